import { createHash, randomBytes } from 'node:crypto'
import type { UserId } from '../core/ids.ts'
import { signedCachedMs, tokenCachedMs, tokenCharactersCachedMax, tokensCachedMax } from '../core/limits.ts'
import type { BusEvent } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { UserStore } from '../ports/users.ts'
import type { HostAccount } from './host-accounts.ts'
import { isSigned, signedUntil, type VerifySigned } from './signed-tokens.ts'

/** A token's characters: 256 bits in base64url. */
const tokenPattern = /^[A-Za-z0-9_-]{43}$/

/** A new random token of 256 bits. */
export function newToken(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * What is stored of a token: its SHA-256 in hex; of a signed token, that of what is signed, for there are several ways to
 * write one signature.
 */
export function tokenHash(token: string): string {
  const text = isSigned(token) ? token.slice(0, token.lastIndexOf('.')) : token
  return createHash('sha256').update(text).digest('hex')
}

/** Whose rows in the store of tokens stand for signed tokens that were ended before their time. */
export const nobody: UserId = 0

/** When a token that was found good ends by itself, in Unix ms; undefined for one of ours, which does not. */
export function tokenUntil(token: string): number | undefined {
  return isSigned(token) ? signedUntil(token) : undefined
}

/** Tokens that a host product signs: how they are verified, and whose they are. */
export interface HostTokens {
  readonly verify: VerifySigned
  readonly account: HostAccount
}

export interface Auth {
  /** The user of a token that was asked for lately: no promise, one look-up in memory. */
  known(token: string): UserId | undefined
  /** The token's user; undefined when it is malformed, unknown or dead. Throws `unauthorized` for a signed one, and says why. */
  userOf(token: string): Promise<UserId | undefined>
  /** Whether the token with this hash, one of ours or one that a host signed, is not ended, as the store has it now. */
  lives(hash: string, signed: boolean): Promise<boolean>
  /** From now on the token with this hash is asked of the store again. */
  forget(hash: string): void
  /** The same for all tokens of the user. */
  forgetUser(user: UserId): void
  /** To be called with every event of the Bus. */
  hear(event: BusEvent): void
}

interface Known {
  readonly token: string
  readonly user: UserId
  readonly hash: string
  /** Unix ms from which the store is asked again; 0 once revoked. */
  until: number
}

/** Tells who a token belongs to, from a bounded memory where it can. */
export function createAuth({
  users,
  clock,
  host,
  cachedMs = tokenCachedMs,
}: {
  users: Pick<UserStore, 'userOfToken'>
  clock: Pick<Clock, 'now'>
  /** Absent where no host product signs tokens. */
  host?: HostTokens | undefined
  /** How long an answer of the store serves. One process may trust its own Bus with revocations, and keep it for long. */
  cachedMs?: number
}): Auth {
  const byToken = new Map<string, Known>()
  const byHash = new Map<string, Known>()
  /** Rises with each revocation: a look-up that one overtook may not be remembered. */
  let revocations = 0
  let characters = 0

  function remember(known: Known): void {
    const { token, hash } = known
    drop(token)
    // There are several ways to write one signed token: only one is held, so that a revocation finds it.
    const twin = byHash.get(hash)
    if (twin !== undefined) drop(twin.token)
    characters += token.length
    while (byToken.size >= tokensCachedMax || (characters > tokenCharactersCachedMax && byToken.size > 0)) {
      drop(byToken.keys().next().value!)
    }
    byToken.set(token, known)
    byHash.set(hash, known)
  }

  function drop(token: string): void {
    const known = byToken.get(token)
    if (known === undefined) return
    byToken.delete(token)
    byHash.delete(known.hash)
    characters -= token.length
  }

  async function lives(hash: string, signed: boolean): Promise<boolean> {
    return ((await users.userOfToken(hash)) === undefined) === signed
  }

  async function ofHost({ verify, account }: HostTokens, token: string, hash: string): Promise<UserId | undefined> {
    const claims = await verify(token)
    return (await lives(hash, true)) ? account(claims) : undefined
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

  function forgetUser(user: UserId): void {
    revocations++
    for (const entry of byToken.values()) if (entry.user === user) entry.until = 0
  }

  return {
    known,
    lives,
    forget,
    forgetUser,
    async userOf(token) {
      const user = known(token)
      if (user !== undefined) return user
      const signedFor = isSigned(token) ? host : undefined
      if (signedFor === undefined && !tokenPattern.test(token)) return undefined
      const hash = tokenHash(token)
      const before = revocations
      const asked = clock.now()
      const found = await (signedFor ? ofHost(signedFor, token, hash) : users.userOfToken(hash))
      if (found === undefined) drop(token)
      else if (before === revocations) {
        const until = signedFor
          ? Math.min(asked + Math.min(cachedMs, signedCachedMs), signedUntil(token))
          : asked + cachedMs
        remember({ token, user: found, hash, until })
      }
      return found
    },
    hear(event) {
      if (event.kind === 'revoked') forget(event.token)
      else if (event.kind === 'sessions') forgetUser(event.user)
    },
  }
}
