import { check } from '../core/check.ts'
import { type Id, idMax, type MessageId, parseId, type UserId } from '../core/ids.ts'
import { mediaPerMessageMax, pageLengthDefault } from '../core/limits.ts'
import { isMediaId } from '../core/media.ts'
import { Refusal } from '../core/refusal.ts'
import { withNewlines } from '../core/text.ts'
import { type Fetch, type frames, idOf, type Send } from '../core/wire.ts'
import type { Draft } from '../services/draft.ts'
import type { PageQuery } from '../services/timeline.ts'
import type { PageTokens } from './page-token.ts'

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
 * What to publish, its text as it will be kept, out of what is still to be checked against `schema`; or why there is
 * nothing, which `publish` then says unless its key has made a message already.
 */
export function draftToSend(author: UserId, schema: typeof Send | typeof frames.send, given: unknown): Draft | Refusal {
  try {
    return draftOf(author, check(schema, given))
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** Throws `not_yours`, `invalid`, `text_empty`. */
function draftOf(author: UserId, { text, userID, replyTo, media, boostOf }: Send): Draft {
  mustBeOwn(author, userID)
  if (boostOf !== undefined) {
    const beside = text ? 'text' : replyTo !== undefined ? 'replyTo' : media?.length ? 'media' : undefined
    if (beside === undefined) return { boostOf: idOf(boostOf) }
    throw new Refusal('invalid', `A boost has nothing beside it: leave \`${beside}\` out.`, { field: beside })
  }
  if (media?.length) return { ...worded(text ?? '', replyTo), media: mediaToShow(media) }
  if (text === undefined) throw new Refusal('invalid', '`text` is missing: give a string.', { field: 'text' })
  if (text === '') throw new Refusal('text_empty', '`text` must have 1 byte or more.', { field: 'text' })
  return worded(text, replyTo)
}

function worded(text: string, replyTo: string | undefined) {
  return { text: withNewlines(text), ...(replyTo !== undefined && { replyTo: idOf(replyTo) }) }
}

/** Throws `invalid`. */
function mediaToShow(media: readonly string[]): readonly string[] {
  if (media.length > mediaPerMessageMax) {
    throw new Refusal('invalid', `\`media\` may name ${mediaPerMessageMax} at most, not ${media.length}.`, {
      field: 'media',
    })
  }
  const wrong = media.findIndex((id) => !isMediaId(id))
  if (wrong < 0) return media
  throw new Refusal('invalid', `\`media[${wrong}]\` must be an id that \`POST /media\` gave.`, {
    field: `media[${wrong}]`,
  })
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

/** The list of replies goes upward, so its `next` is no id: it tells after which one to go on, and what `before` bounds it. */
export interface RepliesPlace {
  readonly above: Id
  readonly below: Id
}

/** `before` of the list of replies to `message`: a `next`, or a message's id, below which all are. */
export function repliesPlace(before: string | undefined, message: MessageId, tokens: PageTokens): RepliesPlace {
  if (before === undefined) return { above: 0, below: idMax + 1 }
  const id = parseId(before)
  if (id !== undefined) return { above: 0, below: id }
  const [above, below] = tokens.open(repliesList(message), before).split('-').map(Number)
  return { above: above!, below: below! }
}

export function repliesNext(message: MessageId, { above, below }: RepliesPlace, tokens: PageTokens): string {
  return tokens.seal(repliesList(message), `${above}-${below}`)
}

const repliesList = (message: MessageId) => `replies ${message}`

/** `before` of the list of notifications: a `next`, or a notification's id. */
export function notificationBefore(before: string): Id {
  const id = parseId(before)
  if (id === undefined) {
    throw new Refusal('invalid', '`before` must be the `next` of an earlier page, or the id of a notification.', {
      field: 'before',
    })
  }
  return id
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
