import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { JWTPayload } from 'jose'
import { accountSettleMs, signedCachedMs, signedLeewaySeconds } from '../../src/core/limits.ts'
import { hostSecret, inSeconds, signed } from '../signed.ts'
import { until } from '../until.ts'
import { openServer, type TestServer } from './harness.ts'

let server: TestServer
beforeAll(() => {
  server = openServer({ jwtSecret: hostSecret, registration: 'closed' })
})
afterAll(async () => {
  expect(server.mistakes).toEqual([])
  await server.close()
})

const of = (claims: JWTPayload) => signed({ exp: inSeconds(600), iat: inSeconds(0), ...claims })
const me = (token: string) => server.ask('GET', '/users/me', { token })

describe('a token that a host product signs [HU4]', () => {
  test('makes its user on first sight, whatever registration says, and is good for every call', async () => {
    const token = await of({ sub: 'host-1', preferred_username: 'Hanna', name: 'Hanna H.' })
    const { status, body } = await me(token)
    expect(status).toBe(200)
    expect(body).toMatchObject({ handle: 'hanna', name: 'Hanna H.', role: 'user' })
    const sent = await server.ask('POST', '/send', { token, json: { text: 'from the host’s page' } })
    expect(sent.status).toBe(201)
    expect(sent.body.author).toMatchObject({ id: body.id, handle: 'hanna', name: 'Hanna H.' })
    expect((await server.ask('GET', '/fetch', { token })).body.messages).toHaveLength(1)
    const another = await of({ sub: 'host-1', preferred_username: 'Other', jti: 'another' })
    expect((await me(another)).body).toMatchObject({ id: body.id, handle: 'hanna' })
  })

  test('is not good while its user is suspended, and is again afterwards', async () => {
    const token = await of({ sub: 'host-rude', preferred_username: 'rude' })
    const id = Number((await me(token)).body.id)
    await server.engine.withdrawn.withdraw({ user: id, why: 'suspended', at: 1 })
    server.engine.bus.publish('all', { kind: 'withdrawn', user: id })
    await until(async () => (await me(token)).status === 401)
    const refused = (await me(await of({ sub: 'host-rude', jti: 'another' }))).body
    expect([refused.code, refused.detail]).toEqual(['unauthorized', expect.stringContaining('suspended')])
    await server.engine.withdrawn.readmit(id, 'suspended')
    server.engine.bus.publish('all', { kind: 'withdrawn', user: id })
    await until(async () => (await me(token)).status === 200)
  })

  test('many requests at first sight make one user', async () => {
    const token = await of({ sub: 'host-crowd', preferred_username: 'crowd' })
    const ids = await Promise.all(Array.from({ length: 20 }, async () => (await me(token)).body.id))
    expect(new Set(ids).size).toBe(1)
  })

  test('without a free or possible handle: `u` and the id', async () => {
    const taken = (await me(await of({ sub: 'host-2', preferred_username: 'hanna' }))).body
    expect(taken).toMatchObject({ handle: `u${taken.id}`, name: 'hanna' })
    const none = (await me(await of({ sub: 'host-3' }))).body
    expect(none).toMatchObject({ handle: `u${none.id}`, name: `u${none.id}` })
    const impossible = (await me(await of({ sub: 'host-4', preferred_username: 'h.h@host' }))).body
    expect(impossible).toMatchObject({ handle: `u${impossible.id}`, name: 'h.h@host' })
  })

  test('a change of name by the host is taken over, by the newest token; in between the user’s own stays', async () => {
    const older = await of({ sub: 'host-5', name: 'Before', iat: inSeconds(0) })
    expect((await me(older)).body.name).toBe('Before')
    const newer = await of({ sub: 'host-5', name: 'After', iat: inSeconds(10) })
    expect((await me(newer)).body.name).toBe('After')
    server.pass(signedCachedMs)
    expect((await me(older)).body.name).toBe('After')
    await server.ask('PATCH', '/users/me', { token: newer, json: { name: 'My own' } })
    server.pass(signedCachedMs)
    const again = await of({ sub: 'host-5', name: 'After', iat: inSeconds(20), exp: inSeconds(900) })
    expect((await me(again)).body.name).toBe('My own')
    const changed = await of({ sub: 'host-5', name: 'Married', iat: inSeconds(30), exp: inSeconds(900) })
    expect((await me(changed)).body.name).toBe('Married')
  })

  test('has no password: logging in is refused as for nobody', async () => {
    const { body } = await me(await of({ sub: 'host-6', preferred_username: 'nopass', exp: inSeconds(900) }))
    expect(body.handle).toBe('nopass')
    for (const password of ['', 'password', 'host-6']) {
      const { status, body } = await server.ask('POST', '/sessions', { json: { handle: 'nopass', password } })
      expect([status, body.code]).toEqual([401, 'unauthorized'])
    }
  })

  test('ends when it expires, although it was good before', async () => {
    const fresh = openServer({ jwtSecret: hostSecret })
    try {
      const token = await signed({ sub: 'host-7', exp: inSeconds(30) })
      expect((await fresh.ask('GET', '/users/me', { token })).status).toBe(200)
      expect((await fresh.ask('GET', '/fetch', { token })).status).toBe(200)
      fresh.pass((30 + signedLeewaySeconds) * 1_000)
      for (const path of ['/users/me', '/fetch']) {
        const { status, body, headers } = await fresh.ask('GET', path, { token })
        expect([status, body.code]).toEqual([401, 'unauthorized'])
        expect(body.detail).toMatch(/expired/)
        expect(headers.get('www-authenticate')).toStartWith('Bearer')
      }
    } finally {
      await fresh.close()
    }
  })

  test('is dead once it was logged out, however its signature is written', async () => {
    const token = await of({ sub: 'host-8', exp: inSeconds(900) })
    const kept = await of({ sub: 'host-8', exp: inSeconds(901) })
    // The last character of 32 bytes in base64url holds two bits that nobody reads.
    const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
    const twin = token.slice(0, -1) + last[last.indexOf(token.at(-1)!) ^ 1]!
    const twinTaken = (await me(twin)).status === 200
    expect((await me(token)).status).toBe(200)
    expect((await server.ask('DELETE', '/sessions', { token })).status).toBe(204)
    for (const dead of [token, twin]) expect((await me(dead)).status).toBe(401)
    expect((await me(kept)).status).toBe(200)
    expect(twinTaken).toBeBoolean()
  })

  test('is dead for good once its user’s account was deleted, a newer one for the same `sub` too', async () => {
    const fresh = openServer({ jwtSecret: hostSecret })
    try {
      const ask = async (jti: string, method = 'GET') => {
        const token = await signed({ sub: 'leaving', preferred_username: 'leaving', jti })
        return (await fresh.ask(method, '/users/me', { token })).status
      }
      expect(await ask('first')).toBe(200)
      expect(await ask('first', 'DELETE')).toBe(204)
      for (const jti of ['first', 'second']) expect(await ask(jti)).toBe(401)
      fresh.pass(accountSettleMs)
      await until(async () => (await fresh.engine.withdrawn.all()).length === 0, 20_000)
      for (const jti of ['first', 'third']) expect(await ask(jti)).toBe(401)
      expect(await fresh.engine.users.byHandle('leaving')).toBeUndefined()
    } finally {
      await fresh.close()
    }
  })

  test('is good in the cookie too, where the `Origin` is ours', async () => {
    const token = await of({ sub: 'host-9', exp: inSeconds(900) })
    const headers = { cookie: `rookery=${token}` }
    expect((await server.ask('GET', '/users/me', { headers })).status).toBe(200)
    const foreign = { ...headers, origin: 'https://evil.example' }
    expect((await server.ask('GET', '/users/me', { headers: foreign })).status).toBe(401)
  })

  test('what is not signed as it must be is refused in one sentence that says why, and makes nobody', async () => {
    const wrong = [
      await signed({ sub: 'nobody', exp: inSeconds(900) }, { key: 'some other secret of 32 bytes and more' }),
      await signed({ sub: 'nobody', exp: inSeconds(-3600) }),
      await signed({ exp: inSeconds(900) }),
    ]
    for (const token of wrong) {
      const { status, body } = await me(token)
      expect([status, body.code]).toEqual([401, 'unauthorized'])
      expect(body.detail).toEndWith('.')
    }
    expect(await server.engine.hostUsers.find('nobody')).toBeUndefined()
  })

  test('where no host signs tokens it is no token', async () => {
    const plain = openServer()
    try {
      const { status } = await plain.ask('GET', '/users/me', { token: await of({ sub: 'host-1' }) })
      expect(status).toBe(401)
    } finally {
      await plain.close()
    }
  })
})
