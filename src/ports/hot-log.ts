import type { MessageId, UserId } from '../core/ids.ts'

export interface HotEntry {
  readonly position: number
  readonly id: MessageId
  readonly author: UserId
  /** See `Job.crossed`. */
  readonly crossed: boolean
}

/**
 * All hot messages in order of appearance: truth. [H1] Positions rise by one. [H2] An id already in the log is not
 * appended again. [H3] An append is durable, and in this process's copy, when it resolves. [H4] The copy answers without
 * a round trip; `refresh` reads up to the store's head.
 */
export interface HotLog {
  readonly epoch: number
  append(id: MessageId, author: UserId, crossed: boolean): Promise<HotEntry>
  /** The newest position of this process's copy; 0 when the log is empty. */
  head(): number
  /** This process's copy after `position`, oldest first, at most `limit`. What was forgotten by age is left out. */
  after(position: number, limit: number): HotEntry[]
  /** Copy entries with id below `below`, largest id first, filtered by `wanted`, at most `limit`. */
  page(below: number, wanted: (author: UserId) => boolean, limit: number): MessageId[]
  /** The largest id this copy no longer (or not yet) holds: at and below it, ask the outboxes. 0: it holds all. */
  reach(): MessageId
  /** Reads up to the store's head. */
  refresh(): Promise<void>
  /** Removes entries whose id lies below. */
  forget(below: MessageId): Promise<void>
}
