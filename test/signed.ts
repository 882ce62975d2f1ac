import { type JWTPayload, SignJWT } from 'jose'

/** A host product's secret, as long as it must be. */
export const hostSecret = 'a secret of the host, 32 bytes or more'

export interface Signing {
  readonly alg?: string
  readonly kid?: string
  readonly key?: string | Parameters<SignJWT['sign']>[0]
}

/** A token as a host product signs it; with its secret and HS256 unless told otherwise. */
export function signed(claims: JWTPayload, { alg = 'HS256', kid, key = hostSecret }: Signing = {}): Promise<string> {
  const header = kid === undefined ? { alg } : { alg, kid }
  return new SignJWT(claims)
    .setProtectedHeader(header)
    .sign(typeof key === 'string' ? new TextEncoder().encode(key) : key)
}

/** In Unix seconds, as tokens have it. */
export const inSeconds = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds
