import type { UserId } from '../core/ids.ts'
import { handleLengthMax } from '../core/limits.ts'
import type { UserRecord } from './users.ts'

/** Who a host product's user is here. */
export interface HostUser {
  readonly user: UserId
  /** The name that the host gave last, and the Unix second at which it did; empty and 0 for none yet. */
  readonly name: string
  readonly namedAt: number
}

/**
 * Users of the product that Rookery is embedded in, by its own ids for them (`sub`, at most `subLengthMax` characters):
 * truth. [HU1] A `sub` stands for one user for ever, also among simultaneous creations.
 */
export interface HostUsers {
  /** Undefined where nobody has come by that `sub`. The user may be gone, for good, or not be whole yet: `create` then completes it. */
  find(sub: string): Promise<HostUser | undefined>
  /**
   * [HU2] Durable: makes the user, with their handle where it is free, else the first of `handlesFor` that is. Resolves to
   * the user that `sub` stands for, another one where somebody was first; nothing is made then. `user.name` is the host's,
   * as of `namedAt`.
   */
  create(sub: string, user: UserRecord, namedAt: number): Promise<UserId>
  /** [HU3] Durable: what the host calls them since `namedAt`; an older name than the one known changes nothing. */
  named(sub: string, name: string, namedAt: number): Promise<void>
}

/** The wish, then `u` and the id, then the same with `_` behind it: somebody would have had to guess the id for these. */
export function handlesFor({ handle, id }: Pick<UserRecord, 'handle' | 'id'>): string[] {
  const own = `u${id}`
  return [handle, ...Array.from({ length: handleLengthMax - own.length + 1 }, (_, i) => own + '_'.repeat(i))]
}

/** Every handle that somebody could have is taken. */
export function noHandleLeft(id: UserId): Error {
  return new Error(`no handle is left for the user ${id}`)
}
