import type { UserId } from '../core/ids.ts'

/** How one user stands to another, where there is anything between them but follows. */
export interface Standing {
  readonly muted: boolean
  readonly blocked: boolean
  readonly blockedBy: boolean
}

/**
 * Mutes and blocks: truth. [V1] Once a call has resolved, `FollowGraph.followees` and `follows` of both, in every process,
 * leave out who is hidden and name them in `hidden`; with `told`, those of readers whose inbox was read after it. Both
 * users must be there.
 */
export interface BlockStore {
  /** [V2] Durable and idempotent; resolves to whether anything changed. */
  setMuted(user: UserId, other: UserId, muted: boolean): Promise<boolean>
  /** [V3] Durable and idempotent; resolves to whether anything changed. Both sides know of it. Ends no follow. */
  setBlocked(user: UserId, other: UserId, blocked: boolean): Promise<boolean>
  /**
   * [V5] Durable: of an account that goes, up to `limit` of what it hid or was hidden from; resolves to whether more is
   * left. Mutes of it by others stay, which say nothing any more.
   */
  clear(user: UserId, limit: number): Promise<boolean>
  /** [V4] How the user stands to `others`, one look-up for all; who is not in it is hidden neither way. At most 1,000 ids. */
  standings(user: UserId, others: readonly UserId[]): Promise<ReadonlyMap<UserId, Standing>>
}
