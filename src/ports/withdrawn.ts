import type { UserId } from '../core/ids.ts'

/** `deleted`: all they own goes, bit by bit, and then the mark. `suspended`: until a moderator takes it back. */
export type WithdrawnWhy = 'deleted' | 'suspended'

export interface Withdrawal {
  readonly user: UserId
  readonly why: WithdrawnWhy
  /** Unix ms. */
  readonly at: number
}

/** Who is hidden from everybody, and why: truth. Few at a time: suspended people, and accounts that are being deleted. */
export interface WithdrawnStore {
  /** [W1] Durable and idempotent; a repeated one keeps the first time. */
  withdraw(withdrawal: Withdrawal): Promise<void>
  /** [W2] Durable and idempotent. Of two reasons the other one stays. */
  readmit(user: UserId, why: WithdrawnWhy): Promise<void>
  /** [W3] All of them, as of every call that has resolved, in any process. */
  all(): Promise<Withdrawal[]>
  /** [W4] Another number after each call that changed something, in any process, once it has resolved. Cheap. */
  version(): Promise<number>
}
