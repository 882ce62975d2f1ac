import type { Id, MessageId, UserId } from '../core/ids.ts'
import type { Claim } from './idempotency.ts'
import type { Job } from './messages.ts'

/**
 * Who boosts what: one boost a user and message. A boost is a message as well, and counts as long as that is stored; what
 * is kept here goes when it is deleted or abandoned. `message` is always what is boosted, never a boost of it.
 */
export interface BoostStore {
  /** [LK3] Durable. Fixes `job` as the user's boost of `message`, or resolves to what was fixed before (then `mine` is false). */
  claim(user: UserId, message: MessageId, job: Job): Promise<Claim & { mine: boolean }>
  /**
   * [LK4] Durable. Sets a new job if the boost still has the id `from` and is, or is not, done as `done` says: who saw it undone
   * must not move one that another try has finished since. Resolves to whether it did.
   */
  move(user: UserId, message: MessageId, from: Id, done: boolean, job: Job): Promise<boolean>
  /** [LK5] Durable. Marks the boost done if it has this id; resolves to whether it is done with this id. */
  finish(user: UserId, message: MessageId, id: Id): Promise<boolean>
  /** [LK6] The user's boost of `message`, done or not. */
  find(user: UserId, message: MessageId): Promise<Claim | undefined>
  /** [LK7] Which of `messages` the user boosts: one look-up for all of them. At most 1,000 ids. */
  boostedAmong(user: UserId, messages: readonly MessageId[]): Promise<ReadonlySet<MessageId>>
  /** [LK8] The stored boosts of `message`, in the engine's order, and the token of the next page. At most 1,000. */
  boostsOf(
    message: MessageId,
    page: string | undefined,
    length: number,
  ): Promise<{ boosts: { id: MessageId; user: UserId }[]; next?: string }>
  /** [LK9] The stamp up to which boosts of deleted messages were deleted too; it survives a restart and never moves back. */
  cleared(): Promise<Id>
  setCleared(stamp: Id): Promise<void>
}
