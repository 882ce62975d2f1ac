import { describe, expect, test } from 'bun:test'
import { exportJWK, exportSPKI, type GenerateKeyPairResult, generateKeyPair, type JWTPayload } from 'jose'
import { signedLeewaySeconds, signedTokenLengthMax } from '../../src/core/limits.ts'
import { silentLog } from '../../src/core/log.ts'
import { Refusal } from '../../src/core/refusal.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { createKeySet } from '../../src/services/key-set.ts'
import { createVerifySigned, isSigned, signedUntil } from '../../src/services/signed-tokens.ts'
import { hostSecret, inSeconds, type Signing, signed } from '../signed.ts'

const pairs: Record<string, GenerateKeyPairResult> = {
  RS256: await generateKeyPair('RS256', { extractable: true }),
  ES256: await generateKeyPair('ES256', { extractable: true }),
  EdDSA: await generateKeyPair('EdDSA', { extractable: true }),
}
const keys = await Promise.all(
  Object.entries(pairs).map(async ([kid, { publicKey }]) => ({ ...(await exportJWK(publicKey)), kid })),
)
const { find: keySet } = createKeySet({
  source: { read: async () => JSON.stringify({ keys }), ageMs: 1e9, againMs: 1e9, near: true },
  clock: systemClock,
  log: silentLog,
})

const all = { secret: hostSecret, keySet, issuer: undefined, audience: undefined, clock: systemClock, log: silentLog }
const verify = createVerifySigned(all)
const withPair = (alg: string): Signing => ({ alg, kid: alg, key: pairs[alg]!.privateKey })
const fresh = (more: JWTPayload = {}): JWTPayload => ({ sub: 'u-1', exp: inSeconds(60), ...more })
const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

async function refusal(token: string, by = verify): Promise<string> {
  const outcome = await by(token).then(
    () => 'taken',
    (error: unknown) => error,
  )
  if (!(outcome instanceof Refusal) || outcome.code !== 'unauthorized') throw new Error(`not refused: ${outcome}`)
  return outcome.message
}

describe('signed tokens', () => {
  test('every algorithm that was promised is taken, whichever of secret and key set is there', async () => {
    const none = { sub: 'u-1', handle: undefined, name: undefined, picture: undefined, issuedAt: 0 }
    expect(await verify(await signed(fresh()))).toEqual(none)
    for (const alg of Object.keys(pairs)) expect(await verify(await signed(fresh(), withPair(alg)))).toEqual(none)
    expect(await createVerifySigned({ ...all, keySet: undefined })(await signed(fresh()))).toEqual(none)
    const keysAlone = createVerifySigned({ ...all, secret: undefined })
    expect(await keysAlone(await signed(fresh(), withPair('ES256')))).toEqual(none)
  })

  test('`none`, other algorithms, other keys and a public key taken for a secret are refused', async () => {
    const notOurs = /not signed with a key and an algorithm/
    expect(await refusal(`${part({ alg: 'none' })}.${part(fresh())}.AA`)).toMatch(notOurs)
    expect(await refusal(await signed(fresh(), { key: 'another secret of thirty-two bytes' }))).toMatch(notOurs)
    expect(await refusal(await signed(fresh(), { alg: 'HS512' }))).toMatch(notOurs)
    const other = await generateKeyPair('RS256')
    expect(await refusal(await signed(fresh(), { alg: 'RS256', kid: 'RS256', key: other.privateKey }))).toMatch(notOurs)

    const pem = await exportSPKI(pairs.RS256!.publicKey)
    const jwk = JSON.stringify(keys[0])
    const keysAlone = createVerifySigned({ ...all, secret: undefined })
    for (const by of [verify, keysAlone]) {
      for (const key of [pem, jwk]) {
        expect(await refusal(await signed(fresh(), { kid: 'RS256', key }), by)).toMatch(notOurs)
      }
    }
    const secretAlone = createVerifySigned({ ...all, keySet: undefined })
    expect(await refusal(await signed(fresh(), withPair('RS256')), secretAlone)).toMatch(notOurs)
  })

  test('one changed character, of any part, is refused', async () => {
    const token = await signed(fresh())
    for (const at of token.split('.').map((_, i) => token.split('.').slice(0, i).join('.').length + 5)) {
      const changed = token.slice(0, at) + (token[at] === 'A' ? 'B' : 'A') + token.slice(at + 1)
      expect(await refusal(changed)).toBeString()
    }
  })

  test('`exp` and `nbf` count, with a small leeway', async () => {
    const inside = signedLeewaySeconds - 2
    const outside = signedLeewaySeconds + 2
    expect((await verify(await signed(fresh({ exp: inSeconds(-inside) })))).sub).toBe('u-1')
    expect((await verify(await signed(fresh({ nbf: inSeconds(inside) })))).sub).toBe('u-1')
    expect(await refusal(await signed(fresh({ exp: inSeconds(-outside) })))).toMatch(/has expired/)
    expect(await refusal(await signed(fresh({ nbf: inSeconds(outside) })))).toMatch(/not valid yet/)
    const at = inSeconds(60)
    expect(signedUntil(await signed(fresh({ exp: at })))).toBe((at + signedLeewaySeconds) * 1_000)
    expect(signedUntil(await signed({ sub: 'u-1' }))).toBe(Number.POSITIVE_INFINITY)
  })

  test('`iss` and `aud` count where they were set', async () => {
    const strict = createVerifySigned({ ...all, issuer: 'https://host.example', audience: 'rookery' })
    const right = { iss: 'https://host.example', aud: ['shop', 'rookery'] }
    expect((await strict(await signed(fresh(right)))).sub).toBe('u-1')
    expect(await refusal(await signed(fresh({ ...right, iss: 'https://other.example' })), strict)).toMatch(/`iss`/)
    expect(await refusal(await signed(fresh({ ...right, aud: 'shop' })), strict)).toMatch(/`aud`/)
    expect(await refusal(await signed(fresh()), strict)).toMatch(/`(iss|aud)`/)
  })

  test('a `sub` that is no text of 1 to 255 characters is refused and named', async () => {
    const wrong = [undefined, '', 'x'.repeat(256), 'new\nline', 17, null]
    for (const sub of wrong) expect(await refusal(await signed({ sub } as JWTPayload))).toMatch(/`sub`/)
    expect((await verify(await signed({ sub: 'ä'.repeat(255) }))).sub).toHaveLength(255)
  })

  test('a wish for a handle counts where it can be one; a name is cut, and never blank', async () => {
    const claims = async (more: JWTPayload) => verify(await signed(fresh(more)))
    expect(await claims({ preferred_username: 'Ann_1', name: 'Ann', iat: 7 })).toEqual({
      sub: 'u-1',
      handle: 'Ann_1',
      name: 'Ann',
      picture: undefined,
      issuedAt: 7,
    })
    expect(await claims({ preferred_username: 'ann.b@host' })).toMatchObject({ handle: undefined, name: 'ann.b@host' })
    expect(await claims({ name: '  ', preferred_username: 'ann' })).toMatchObject({ handle: 'ann', name: 'ann' })
    expect(await claims({ name: 5, preferred_username: ['ann'] })).toMatchObject({ handle: undefined, name: undefined })
    expect(await claims({ name: 'bad\u0000name' })).toMatchObject({ name: undefined })
    expect(Array.from((await claims({ name: '🐦'.repeat(500) })).name!)).toHaveLength(100)
  })

  test('what has not the form of a signed token, or is too long, is none', async () => {
    expect(isSigned(await signed(fresh()))).toBe(true)
    for (const text of ['', 'a.b', 'a..b', 'a.b.c.d', 'a.b.c ', 'ä.b.c', 'x'.repeat(43)])
      expect(isSigned(text)).toBe(false)
    expect(isSigned(`a.b.${'c'.repeat(signedTokenLengthMax)}`)).toBe(false)
    expect(await refusal('a.b.c')).toBeString()
  })
})
