import type { Waiting } from './outbox.ts'
import type { Message, Notification, Timeline, User } from './types.ts'

/** What a stream hands over. */
export type Event =
  /** A message arrived in the home timeline: each once. */
  | { type: 'message'; message: Message }
  /** A message is gone: drop it, and whatever boosts it. */
  | { type: 'deleted'; id: string }
  /** Somebody liked, answered, followed … */
  | { type: 'notification'; notification: Notification }
  /** Likes of messages that `watch` named. */
  | { type: 'likes'; counts: Record<string, number> }
  /** The stream is connected; what was missed comes now, then what happens. `user` is oneself. */
  | { type: 'online'; user: User }
  /** The connection is lost, or could not be made: tried again in so many milliseconds. */
  | { type: 'offline'; retryIn: number; reason: string }
  /** One was away for too long to be told message by message: `page` is the newest, the stream goes on after it. */
  | { type: 'reset'; page: Timeline }
  /** A message that waited in the outbox was published. */
  | { type: 'sent'; key: string; message: Message }
  /** One was refused; it stays in the outbox with its `error` until it is discarded. */
  | { type: 'unsent'; waiting: Waiting }

/** An event on its way to the application, and what is true once it was taken. */
export interface Arrival {
  event?: Event
  /** Whose timeline it is, from here on. */
  user?: User
  /** Everything up to here was handed over then. */
  cursor?: string | undefined
}
