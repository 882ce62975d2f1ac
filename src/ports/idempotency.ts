import type { Id, UserId } from '../core/ids.ts'
import type { Job } from './messages.ts'

export interface Claim {
  /** What the key stands for: fixed by the first request, before anything else is written. */
  readonly job: Job
  readonly done: boolean
}

/** Idempotency keys of creating calls, 24 h: truth while they live. Each call but one is one compare-and-set on one row. */
export interface Idempotency {
  /** [K1] Durable. Fixes `job` for the key, or resolves to what was fixed before (then `mine` is false). */
  claim(user: UserId, key: string, job: Job, now: number): Promise<Claim & { mine: boolean }>
  /** [K2] Durable. Sets a new job if the entry still has the id `from` and is not done; resolves to whether it did. */
  move(user: UserId, key: string, from: Id, job: Job): Promise<boolean>
  /** [K3] Durable. Marks the entry done if it has this id; resolves to whether it is done with this id. */
  finish(user: UserId, key: string, id: Id): Promise<boolean>
  /**
   * [K5] Durable. As `finish`, for who knows that nobody moves the entry before this has resolved: so nothing is compared, which
   * spares a cluster the half of what a key costs. Where it was moved all the same, the entry is not done.
   */
  finishUnmoved(user: UserId, key: string, id: Id): Promise<void>
  /** [K4] What the key stands for, once the call that claimed, moved or finished it has resolved; undefined without a claim. */
  find(user: UserId, key: string): Promise<Claim | undefined>
  /** Removes entries claimed before `before` (Unix ms). */
  forget(before: number): Promise<void>
}
