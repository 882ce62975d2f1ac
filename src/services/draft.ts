import type { MessageId, UserId } from '../core/ids.ts'
import { mentionsMax } from '../core/limits.ts'
import { handlesIn } from '../core/mentions.ts'
import { boostBody, messageBody } from '../core/message.ts'
import type { UserRecord, UserStore } from '../ports/users.ts'
import { shownOf } from './bodies.ts'
import type { Visibility } from './visibility.ts'

/** What an author wants to publish: a text, perhaps as a reply, or a boost, which has nothing beside it. */
export type Draft =
  | { readonly text: string; readonly replyTo?: MessageId; readonly boostOf?: never }
  | { readonly boostOf: MessageId }

/** A draft whose names are looked up: its body once it has an id, and what it answers or boosts. */
export interface Content {
  readonly bodyFor: (id: MessageId) => string
  readonly boostOf: MessageId | undefined
  /** What it answers or boosts. */
  readonly linked: MessageId | undefined
}

/**
 * At once for a text that names nobody and nothing. Throws `no_such_message` with the field that names it, also where the
 * author may not see it; whom the author may not see is not mentioned.
 */
export type ReadDraft = (author: UserId, draft: Draft) => Content | Promise<Content>

export function createReadDraft({
  visibility,
  users,
  withdrawn,
}: {
  visibility: Pick<Visibility, 'mustSeeMessage' | 'blockedAmong'>
  users: Pick<UserStore, 'byHandle'>
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
  ): Promise<Content> {
    const [linked, mentions] = await Promise.all([
      replyTo === undefined ? undefined : meant(author, replyTo, 'replyTo'),
      mentioned(author, handles),
    ])
    return { bodyFor: (id) => messageBody(id, text, { replyTo: linked, mentions }), boostOf: undefined, linked }
  }

  return function readDraft(author, draft) {
    if (draft.boostOf !== undefined) {
      return meant(author, draft.boostOf, 'boostOf').then((original) => ({
        bodyFor: (id) => boostBody(id, original),
        boostOf: original,
        linked: original,
      }))
    }
    const { text, replyTo } = draft
    const handles = handlesIn(text, mentionsMax)
    if (replyTo !== undefined || handles.length > 0) return named(author, text, handles, replyTo)
    return { bodyFor: (id) => messageBody(id, text), boostOf: undefined, linked: undefined }
  }
}
