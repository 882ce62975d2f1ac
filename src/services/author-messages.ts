import { idMax, type MessageId, type UserId } from '../core/ids.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { Bodies } from './bodies.ts'
import type { Present } from './present.ts'
import type { Visibility } from './visibility.ts'

export interface MessageList {
  /** Ready JSON, newest first. */
  readonly messages: string[]
  readonly next?: string
}

/** One author's messages, newest first, below `before`. Empty for an author without messages (or an unknown one). */
export type AuthorMessages = (
  reader: UserId,
  author: UserId,
  before: MessageId | undefined,
  length: number,
) => Promise<MessageList>

export function createAuthorMessages({
  messages,
  bodies,
  visibility,
  present,
}: {
  messages: Pick<MessageStore, 'outbox'>
  bodies: Pick<Bodies, 'many'>
  visibility: Pick<Visibility, 'seen'>
  present: Pick<Present, 'bodies'>
}): AuthorMessages {
  return async function authorMessages(reader, author, before = idMax + 1, length) {
    const found = await messages.outbox(author, before, length + 1)
    const entries = found.slice(0, length)
    const there = await bodies.many(entries.map((entry) => entry.id))
    const json = await present.bodies(reader, await visibility.seen(reader, there, author))
    return found.length > length
      ? { messages: json, next: String(entries[entries.length - 1]!.id) }
      : { messages: json }
  }
}

/** One message as the reader sees it. Throws `no_such_message`, also where a block hides it. */
export type OneMessage = (reader: UserId, id: MessageId) => Promise<string>

export function createOneMessage({
  present,
  visibility,
}: {
  present: Pick<Present, 'bodies'>
  visibility: Pick<Visibility, 'mustSeeMessage'>
}): OneMessage {
  return async function oneMessage(reader, id) {
    const [json] = await present.bodies(reader, [await visibility.mustSeeMessage(reader, id)])
    return json!
  }
}
