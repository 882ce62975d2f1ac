import type { UserId } from './ids.ts'
import { UserIds } from './user-ids.ts'

/** Whom one reader does not see, at one moment. */
export class Hidden {
  readonly muted: UserIds
  /** Whom the reader has blocked, and by whom they are blocked: of the latter `blockersHeldMax` at most. */
  readonly blocked: UserIds
  /** How many the reader has blocked. */
  readonly blocking: number

  private constructor(muted: UserIds, blocked: UserIds, blocking: number) {
    this.muted = muted
    this.blocked = blocked
    this.blocking = blocking
  }

  /** Each list in any order, free of repeats. Undefined where all are empty. */
  static of(muted: readonly UserId[], blocked: readonly UserId[], blockers: readonly UserId[]): Hidden | undefined {
    if (muted.length + blocked.length + blockers.length === 0) return undefined
    return new Hidden(sorted(muted), sorted([...blocked, ...blockers]), blocked.length)
  }

  /** Whether the reader's own timeline leaves this author's messages out, and boosts of them. */
  has(author: UserId): boolean {
    return this.muted.has(author) || this.blocked.has(author)
  }

  get bytes(): number {
    return this.muted.ids.byteLength + this.blocked.ids.byteLength
  }

  sameAs({ muted, blocked, blocking }: Hidden): boolean {
    return this.blocking === blocking && this.muted.sameAs(muted) && this.blocked.sameAs(blocked)
  }
}

function sorted(users: readonly UserId[]): UserIds {
  return new UserIds(Float64Array.from(new Set(users)).sort())
}
