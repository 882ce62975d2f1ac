import { check } from '../core/check.ts'
import { type MessageId, parseId, type UserId } from '../core/ids.ts'
import { pageLengthDefault } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { withNewlines } from '../core/text.ts'
import { type Fetch, type frames, idOf, type Send } from '../core/wire.ts'
import type { PageQuery } from '../services/timeline.ts'

/** What the arguments of HTTP calls and of socket frames mean beyond their schemas: the same for both. */

/** @throws Refusal `not_yours` where `userID` names somebody else. */
export function mustBeOwn(reader: UserId, userID: string | undefined): void {
  if (userID !== undefined && idOf(userID) !== reader) {
    throw new Refusal('not_yours', 'Leave `userID` out, or give your own: the token says who you are.', {
      field: 'userID',
    })
  }
}

/**
 * The text to publish, as it will be kept, out of what is still to be checked against `schema`; or why there is none, which
 * `publish` then says unless its key has made a message already.
 */
export function textToSend(author: UserId, schema: typeof Send | typeof frames.send, given: unknown): string | Refusal {
  try {
    return textOf(author, check(schema, given))
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** Throws `not_yours`, `not_available`, `invalid`, `text_empty`. */
function textOf(author: UserId, { text, userID, replyTo, media, boostOf }: Send): string {
  mustBeOwn(author, userID)
  const unavailable =
    replyTo !== undefined ? 'replyTo' : boostOf !== undefined ? 'boostOf' : media?.length ? 'media' : undefined
  if (unavailable) {
    throw new Refusal('not_available', `This server takes no \`${unavailable}\` yet: leave it out.`, {
      field: unavailable,
    })
  }
  if (text === undefined) throw new Refusal('invalid', '`text` is missing: give a string.', { field: 'text' })
  if (text === '') throw new Refusal('text_empty', '`text` must have 1 byte or more.', { field: 'text' })
  return withNewlines(text)
}

/** What a `fetch` asks for. Throws `not_yours`, `invalid`. */
export function pageToFetch(reader: UserId, { userID, length, since, before, preview }: Fetch): PageQuery {
  mustBeOwn(reader, userID)
  if (since !== undefined && before !== undefined) {
    throw new Refusal('invalid', 'Give `since` or `before`, not both.', { field: 'before' })
  }
  return {
    length: length ?? pageLengthDefault,
    ...(since !== undefined && { since }),
    ...(before !== undefined && { before: messageBefore(before) }),
    ...(preview !== undefined && { preview }),
  }
}

/** `before` of a list of messages: a `next`, which is an id as well, or a message's id. */
export function messageBefore(before: string): MessageId {
  const id = parseId(before)
  if (id === undefined) {
    throw new Refusal('invalid', '`before` must be the `next` of an earlier page, or the id of a message.', {
      field: 'before',
    })
  }
  return id
}
