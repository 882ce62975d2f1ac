import type { MessageId, UserId } from '../core/ids.ts'
import { mentionsMax } from '../core/limits.ts'
import { handlesIn } from '../core/mentions.ts'
import { boostBody, messageBody } from '../core/message.ts'
import type { MediaRecord } from '../ports/media.ts'
import type { UserRecord, UserStore } from '../ports/users.ts'
import type { AttachMedia } from './attach-media.ts'
import { shownOf } from './bodies.ts'
import type { Visibility } from './visibility.ts'

/** What an author wants to publish: a text, perhaps as a reply and with media, or a boost, which has nothing beside it. */
export type Draft =
  | {
      readonly text: string
      readonly replyTo?: MessageId
      readonly media?: readonly string[]
      readonly boostOf?: never
    }
  | { readonly boostOf: MessageId }

/** A draft whose names are looked up: its body once it has an id, and what it answers or boosts. */
export interface Content {
  readonly bodyFor: (id: MessageId) => string
  readonly boostOf: MessageId | undefined
  /** What it answers or boosts. */
  readonly linked: MessageId | undefined
  /** What it shows, to be given to it before it is stored; undefined for most. */
  readonly media?: readonly MediaRecord[] | undefined
}

/**
 * At once for a text that names nobody and nothing. Throws `no_such_message` with the field that names it, also where the
 * author may not see it, `invalid` for media that are not the author's; whom the author may not see is not mentioned.
 */
export type ReadDraft = (author: UserId, draft: Draft) => Content | Promise<Content>

export function createReadDraft({
  visibility,
  users,
  attachMedia,
  withdrawn,
}: {
  visibility: Pick<Visibility, 'mustSeeMessage' | 'blockedAmong'>
  users: Pick<UserStore, 'byHandle'>
  attachMedia: Pick<AttachMedia, 'read'>
  withdrawn: (user: UserId) => boolean
}): ReadDraft {
  /** What is said to a boost is said to what it boosts. */
  async function meant(author: UserId, id: MessageId, field: 'replyTo' | 'boostOf'): Promise<MessageId> {
    return shownOf(await visibility.mustSeeMessage(author, id, field)).id
  }

  async function mentioned(author: UserId, handles: readonly string[]): Promise<UserRecord[]> {
    const found = await Promise.all(handles.map((handle) => users.byHandle(handle)))
    const there = found.filter((user) => user !== undefined && !withdrawn(user.id)) as UserRecord[]
    if (there.length === 0) return there
    const blocked = await visibility.blockedAmong(
      author,
      there.map((user) => user.id),
    )
    return there.filter((user) => !blocked.has(user.id))
  }

  async function named(
    author: UserId,
    text: string,
    handles: readonly string[],
    replyTo: MessageId | undefined,
    ids: readonly string[] | undefined,
  ): Promise<Content> {
    const [linked, mentions, media] = await Promise.all([
      replyTo === undefined ? undefined : meant(author, replyTo, 'replyTo'),
      mentioned(author, handles),
      ids && attachMedia.read(author, ids),
    ])
    const bodyFor = (id: MessageId) => messageBody(id, text, { replyTo: linked, mentions, ...(media && { media }) })
    return { bodyFor, boostOf: undefined, linked, media }
  }

  return function readDraft(author, draft) {
    if (draft.boostOf !== undefined) {
      return meant(author, draft.boostOf, 'boostOf').then((original) => ({
        bodyFor: (id) => boostBody(id, original),
        boostOf: original,
        linked: original,
      }))
    }
    const { text, replyTo, media } = draft
    const handles = handlesIn(text, mentionsMax)
    if (replyTo !== undefined || media !== undefined || handles.length > 0) {
      return named(author, text, handles, replyTo, media)
    }
    return { bodyFor: (id) => messageBody(id, text), boostOf: undefined, linked: undefined }
  }
}
