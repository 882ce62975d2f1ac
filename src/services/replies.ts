import type { Id, MessageId, UserId } from '../core/ids.ts'
import type { ReplyStore } from '../ports/replies.ts'
import { type Bodies, shownOf } from './bodies.ts'
import type { Present } from './present.ts'
import type { Visibility } from './visibility.ts'

export interface ReplyPage {
  /** Ready JSON, oldest first. */
  readonly messages: string[]
  /** The last one looked at; absent at the end. */
  readonly next?: MessageId
}

/** Replies to a message with `above` < id < `below`, oldest first. Throws `no_such_message`. */
export type Replies = (reader: UserId, message: MessageId, above: Id, below: Id, length: number) => Promise<ReplyPage>

export function createReplies({
  replies,
  bodies,
  visibility,
  present,
}: {
  replies: ReplyStore
  bodies: Pick<Bodies, 'many'>
  visibility: Pick<Visibility, 'mustSeeMessage' | 'seen'>
  present: Pick<Present, 'bodies'>
}): Replies {
  return async function repliesTo(reader, message, above, below, length) {
    const body = await visibility.mustSeeMessage(reader, message)
    // One more than asked for tells whether there is a next page.
    const found = await replies.replies(shownOf(body).id, above, below, length + 1)
    const page = found.slice(0, length)
    const messages = await present.bodies(reader, await visibility.seen(reader, await bodies.many(page)))
    return found.length > length ? { messages, next: page[page.length - 1]! } : { messages }
  }
}
