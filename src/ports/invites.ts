import type { Id, UserId } from '../core/ids.ts'

export interface InviteRecord {
  readonly id: Id
  /** Who has it may use it: 20 hex digits. */
  readonly secret: string
  /** 0: the shell of the machine itself. */
  readonly by: UserId
  /** Unix ms. */
  readonly expiresAt: number
  /** Whose account it makes; 0 while it is free. */
  readonly usedBy: UserId
  /** When that was begun (Unix ms); 0 while it is free, and once the account is there. */
  readonly usedAt: number
}

/** Invitations: truth while they live. */
export interface InviteStore {
  /** [IN1] Durable. Adding the same id again changes nothing. */
  add(invite: InviteRecord): Promise<void>
  one(id: Id): Promise<InviteRecord | undefined>
  /** [IN2] Durable, one compare-and-set: it goes from `from` to `to` (0: it is free); false where it is not `from`'s. */
  pass(id: Id, from: UserId, to: UserId, at: number): Promise<boolean>
  /** [IN3] Those that expired before `before` (Unix ms) may be gone from then on. */
  forget(before: number): Promise<void>
}
