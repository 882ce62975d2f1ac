import { afterAll, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { exportJWK, generateKeyPair } from 'jose'
import { keySetBytesMax } from '../../src/core/limits.ts'
import { inSeconds, signed } from '../signed.ts'
import { call } from '../system/client.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'

const folder = temporaryFolder()
afterAll(folder.remove)
const path = (name: string) => join(folder.path, name)

async function refusedStart(env: Record<string, string>): Promise<string> {
  const server = new ServerProcess(path('refused'), ['--engine', 'memory'], env)
  const error = await server.start().then(
    () => undefined,
    (error: Error) => error,
  )
  if (error === undefined) throw new Error('it started')
  return error.message
}

async function key(kid: string) {
  const { publicKey, privateKey } = await generateKeyPair('ES256', { extractable: true })
  return { kid, jwk: { ...(await exportJWK(publicKey)), kid }, sign: { alg: 'ES256', kid, key: privateKey } }
}

describe('serve with a host product', () => {
  test('a secret that is too short is refused in a sentence that does not show it', async () => {
    const said = await refusedStart({ ROOKERY_JWT_SECRET: 'tooshort-ü-31-bytes-of-secret-' })
    expect(said).toContain('ended with 2')
    expect(said).toContain('ROOKERY_JWT_SECRET wants a secret of 32 bytes or more')
    expect(said).not.toContain('tooshort')
  })

  test('a key set that is not there, or none, is refused', async () => {
    writeFileSync(path('none.json'), '{"keys": 1}')
    writeFileSync(path('large.json'), `{"keys":[${' '.repeat(keySetBytesMax)}]}`)
    for (const name of ['absent.json', 'none.json', 'large.json']) {
      const said = await refusedStart({ ROOKERY_JWT_JWKS: path(name) })
      expect(said).toContain('ended with 2')
      expect(said).toContain(`ROOKERY_JWT_JWKS names ${path(name)}, which cannot be read as a key set`)
    }
    expect(await refusedStart({ ROOKERY_JWT_JWKS: 'http://host.example/keys' })).toContain('wants an https URL')
  })

  test('keys in a file are read again when it changes', async () => {
    const [first, second] = [await key('first'), await key('second')]
    writeFileSync(path('keys.json'), JSON.stringify({ keys: [first.jwk] }))
    const env = { ROOKERY_JWT_JWKS: path('keys.json'), ROOKERY_JWT_AUDIENCE: 'rookery' }
    const server = new ServerProcess(path('file'), ['--engine', 'memory'], env)
    await server.start()
    try {
      const claims = { sub: 'ann', aud: 'rookery', exp: inSeconds(600) }
      const status = async (by: typeof first, more = {}) => {
        const token = await signed({ ...claims, jti: crypto.randomUUID(), ...more }, by.sign)
        return (await call(server.address, 'GET', '/users/me', { token })).status
      }
      expect(await status(first)).toBe(200)
      expect(await status(first, { aud: 'shop' })).toBe(401)
      expect(await status(second)).toBe(401)
      writeFileSync(path('keys.json'), JSON.stringify({ keys: [second.jwk] }))
      await until(async () => (await status(second)) === 200)
      expect(await status(first)).toBe(401)
    } finally {
      await server.end('SIGKILL')
    }
  })

  test('keys behind a URL: bounded in bytes and time, redirects not followed, taken up when it is back', async () => {
    const { jwk, sign } = await key('only')
    let answer = (): Response | Promise<Response> => new Response('away', { status: 500 })
    let asked = 0
    const host = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      fetch() {
        asked++
        return answer()
      },
    })
    const server = new ServerProcess(path('url'), ['--engine', 'memory'], {
      ROOKERY_JWT_JWKS: `http://127.0.0.1:${host.port}/keys`,
    })
    try {
      await server.start()
      expect(server.errors).toContain('cannot be read yet')
      const token = await signed({ sub: 'ann', exp: inSeconds(600) }, sign)
      const ask = () => fetch(`${server.address}/users/me`, { headers: { authorization: `Bearer ${token}` } })
      const refused = await ask()
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10'])
      const before = asked
      await Promise.all(Array.from({ length: 30 }, ask))
      expect(asked).toBe(before)
      answer = () => Response.json({ keys: [jwk] })
      await until(async () => (await ask()).status === 200, 20_000)
    } finally {
      await server.end('SIGKILL')
      await host.stop(true)
    }
  }, 60_000)
})
