import { decodeJwt, errors, type JWTPayload, jwtVerify } from 'jose'
import {
  hostPictureUrlLengthMax,
  nameLengthMax,
  signedLeewaySeconds,
  signedTokenLengthMax,
  subLengthMax,
} from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import { handleFault, lineFault, nameFault } from '../core/text.ts'
import type { Clock } from '../ports/clock.ts'
import type { KeySet } from './key-set.ts'

/** What a host says of its user. */
export interface Claims {
  readonly sub: string
  /** A possible handle; undefined where the host gives none, or one that none can be. */
  readonly handle: string | undefined
  readonly name: string | undefined
  /** A URL. */
  readonly picture: string | undefined
  /** Unix seconds; 0 where the token does not say. */
  readonly issuedAt: number
}

/** Reads a token that a host product has signed. Throws `unauthorized`, `unavailable`. */
export type VerifySigned = (token: string) => Promise<Claims>

const form = /^[\w-]+\.[\w-]+\.[\w-]+$/

/** Whether it has the form of a signed token (JWT): no token of ours has a full stop in it. */
export function isSigned(token: string): boolean {
  return token.length <= signedTokenLengthMax && form.test(token)
}

/** When a verified token ends, in Unix ms; never is Infinity. */
export function signedUntil(token: string): number {
  const { exp } = decodeJwt(token)
  return exp === undefined ? Number.POSITIVE_INFINITY : (exp + signedLeewaySeconds) * 1_000
}

/** The algorithms of public keys. HS256 is for the shared secret alone: never is a public key taken for one. */
const publicAlgorithms = ['RS256', 'ES256', 'EdDSA']

/**
 * RFC 7519 with the algorithms that are named here and no other, `none` included. A token's own word decides only which of
 * the keys for its algorithm is tried.
 */
export function createVerifySigned({
  secret,
  keySet,
  issuer,
  audience,
  clock,
  log,
}: {
  /** For HS256. */
  secret: string | undefined
  /** For RS256, ES256 and EdDSA. */
  keySet: KeySet | undefined
  /** What `iss` and `aud` must be; undefined: anything. */
  issuer: string | undefined
  audience: string | undefined
  clock: Pick<Clock, 'now'>
  log: Pick<Log, 'warn'>
}): VerifySigned {
  const sharedKey = secret === undefined ? undefined : new TextEncoder().encode(secret)
  const options = {
    algorithms: [...(sharedKey ? ['HS256'] : []), ...(keySet ? publicAlgorithms : [])],
    clockTolerance: signedLeewaySeconds,
    ...(issuer !== undefined && { issuer }),
    ...(audience !== undefined && { audience }),
  }

  return async (token) => {
    try {
      // jose has refused other algorithms before it asks for a key.
      const { payload } = await jwtVerify(token, (header) => (header.alg === 'HS256' ? sharedKey! : keySet!(header)), {
        ...options,
        currentDate: new Date(clock.now()),
      })
      return claimsOf(payload)
    } catch (error) {
      if (error instanceof Refusal) throw error
      // A key of the host's that cannot be used, too short for instance: theirs to mend, so it is said where they look.
      if (!(error instanceof errors.JOSEError)) log.warn({ err: error }, 'a signed token could not be verified')
      throw new Refusal('unauthorized', whyNot(error))
    }
  }
}

function claimsOf({ sub, preferred_username, name, picture, iat = 0 }: JWTPayload): Claims {
  if (typeof sub !== 'string' || sub === '' || sub.length > subLengthMax || lineFault(sub)) {
    throw new Refusal('unauthorized', `This token’s \`sub\` must be a text of 1 to ${subLengthMax} characters.`)
  }
  const wish = typeof preferred_username === 'string' ? preferred_username : undefined
  const shown = typeof name === 'string' && name.trim() !== '' ? name : wish
  return {
    sub,
    handle: wish === undefined || handleFault(wish) ? undefined : wish,
    name: shown === undefined ? undefined : fittingName(shown),
    picture: typeof picture === 'string' && picture.length <= hostPictureUrlLengthMax ? picture : undefined,
    issuedAt: iat,
  }
}

/** Cut to the length of a name; undefined where it is none. */
function fittingName(given: string): string | undefined {
  const name = Array.from(given).slice(0, nameLengthMax).join('')
  return nameFault(name) ? undefined : name
}

function whyNot(error: unknown): string {
  if (error instanceof errors.JWTExpired) return 'This token has expired: ask the site that gave it for a new one.'
  if (error instanceof errors.JWTClaimValidationFailed) {
    if (error.claim === 'nbf') return 'This token is not valid yet: check the clocks.'
    return `This token’s \`${error.claim}\` is not what this server was told to take.`
  }
  if (error instanceof errors.JWKSMultipleMatchingKeys)
    return 'This token must name its key: put a `kid` in its header.'
  return 'This token is not signed with a key and an algorithm that this server was told to take.'
}
