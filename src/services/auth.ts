import { createHash, randomBytes } from 'node:crypto'
import type { UserId } from '../core/ids.ts'
import { tokenCachedMs, tokensCachedMax } from '../core/limits.ts'
import type { BusEvent } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { UserStore } from '../ports/users.ts'

/** A token's characters: 256 bits in base64url. */
const tokenPattern = /^[A-Za-z0-9_-]{43}$/

/** A new random token of 256 bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/** What is stored of a token: its SHA-256 in hex. */
export function tokenHash(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}

export interface Auth {
  /** The user of a token that was asked for lately: no promise, one look-up in memory. */
  known(token: string): UserId | undefined
  /** The token's user; undefined when it is malformed, unknown or dead. */
  userOf(token: string): Promise<UserId | undefined>
  /** From now on the token with this hash is asked of the store again. */
  forget(hash: string): void
  /** The same for all tokens of the user. */
  forgetUser(user: UserId): void
  /** To be called with every event of the Bus. */
  hear(event: BusEvent): void
}

interface Known {
  readonly user: UserId
  readonly hash: string
  /** Unix ms from which the store is asked again; 0 once revoked. */
  until: number
}

/** Tells who a token belongs to, from a bounded memory where it can. */
export function createAuth({
  users,
  clock,
  cachedMs = tokenCachedMs,
}: {
  users: Pick<UserStore, 'userOfToken'>
  clock: Pick<Clock, 'now'>
  /** How long an answer of the store serves. One process may trust its own Bus with revocations, and keep it for long. */
  cachedMs?: number
}): Auth {
  const byToken = new Map<string, Known>()
  const byHash = new Map<string, Known>()
  /** Rises with each revocation: a look-up that one overtook may not be remembered. */
  let revocations = 0

  function remember(token: string, known: Known): void {
    if (byToken.size >= tokensCachedMax) {
      const [oldest, entry] = byToken.entries().next().value!
      byToken.delete(oldest)
      byHash.delete(entry.hash)
    }
    byToken.set(token, known)
    byHash.set(known.hash, known)
  }

  function forget(hash: string): void {
    revocations++
    const known = byHash.get(hash)
    if (known) known.until = 0
  }

  function known(token: string): UserId | undefined {
    const entry = byToken.get(token)
    return entry !== undefined && entry.until > clock.now() ? entry.user : undefined
  }

  return {
    known,
    forget,
    forgetUser(user) {
      revocations++
      for (const entry of byToken.values()) if (entry.user === user) entry.until = 0
    },
    async userOf(token) {
      const user = known(token)
      if (user !== undefined) return user
      if (!tokenPattern.test(token)) return undefined
      const hash = tokenHash(token)
      const before = revocations
      const asked = clock.now()
      const found = await users.userOfToken(hash)
      const former = byToken.get(token)
      if (found === undefined) {
        byToken.delete(token)
        byHash.delete(hash)
      } else if (before === revocations) {
        if (former) former.until = asked + cachedMs
        else remember(token, { user: found, hash, until: asked + cachedMs })
      }
      return found
    },
    hear(event) {
      if (event.kind === 'revoked') forget(event.token)
    },
  }
}
