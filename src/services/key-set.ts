import { type CryptoKey, createLocalJWKSet, errors, type JSONWebKeySet, type JWSHeaderParameters } from 'jose'
import { keySetAgainMs, keySetHeldMs } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'

/** Where a host's key set (JWKS, RFC 7517) comes from: a file, or a URL. */
export interface KeySource {
  /** The text, bounded in time and bytes. Rejects where it cannot be had. */
  read(): Promise<string>
  /** How long a text serves before it is read again. */
  readonly ageMs: number
  /** How soon it is read again for a key that it lacks, or after a failure. */
  readonly againMs: number
  /** Whether reading takes no time worth speaking of, so that it is waited for; else the keys at hand serve meanwhile. */
  readonly near: boolean
}

/** The public key that a token's header names. Throws `unavailable` while there are no keys, else errors of jose's. */
export type KeySet = (header: JWSHeaderParameters) => Promise<CryptoKey>

/** A host's public keys, read again as they grow old, and when a token names one that is not among them. */
export function createKeySet({
  source,
  clock,
  log,
}: {
  source: KeySource
  clock: Pick<Clock, 'now'>
  log: Pick<Log, 'warn'>
}): { find: KeySet; read(): Promise<void> } {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined
  let text = ''
  let readAt = Number.NEGATIVE_INFINITY
  let triedAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  async function load(): Promise<void> {
    triedAt = clock.now()
    const given = await source.read()
    if (given !== text || keys === undefined) keys = createLocalJWKSet(parseKeySet(given))
    text = given
    readAt = triedAt
  }

  /** Once for all who ask at the same time. */
  function read(): Promise<void> {
    reading ??= load().finally(() => {
      reading = undefined
    })
    return reading
  }

  /** The keys at hand stay where these cannot be had. */
  async function readAgain(): Promise<void> {
    if (reading === undefined && clock.now() - triedAt < source.againMs) return
    await read().catch((error) => log.warn({ err: error }, 'the key set of ROOKERY_JWT_JWKS cannot be read'))
  }

  return {
    read,
    async find(header) {
      if (clock.now() - readAt > source.ageMs) {
        const again = readAgain()
        if (source.near || keys === undefined) await again
      }
      if (keys === undefined || clock.now() - readAt > keySetHeldMs) {
        throw new Refusal(
          'unavailable',
          'The keys that such tokens are signed with cannot be read: try again shortly.',
          {
            retryAfterSeconds: Math.ceil(keySetAgainMs / 1_000),
          },
        )
      }
      try {
        return await keys(header)
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        await readAgain()
        return keys(header)
      }
    },
  }
}

function parseKeySet(text: string): JSONWebKeySet {
  const value = JSON.parse(text) as Partial<JSONWebKeySet> | null
  if (!Array.isArray(value?.keys)) throw new SyntaxError('it is no JWKS: an object with a list `keys`')
  return value as JSONWebKeySet
}
