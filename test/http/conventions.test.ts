import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { logInsPerAccount, readsPerMinute } from '../../src/core/limits.ts'
import { Refusal } from '../../src/core/refusal.ts'
import { openServer, type Person, type TestServer } from './harness.ts'

describe('conventions', () => {
  let server: TestServer
  let ada: Person
  beforeAll(async () => {
    server = openServer()
    ada = await server.person('ada')
  })
  afterAll(() => server.close())

  test('HEAD is where GET is, and says the same without a body', async () => {
    for (const path of ['/fetch', '/users/me', '/healthz', '/docs']) {
      const get = await server.ask('GET', path, { token: ada.token })
      const head = await server.ask('HEAD', path, { token: ada.token })
      expect([path, head.status, head.text]).toEqual([path, 200, ''])
      // A cursor's length moves with the time in it.
      expect(Math.abs(Number(head.headers.get('content-length')) - Buffer.byteLength(get.text))).toBeLessThan(5)
      expect(head.headers.get('content-type')).toBe(get.headers.get('content-type'))
    }
  })

  test('405 says what is allowed', async () => {
    const allow = async (path: string) => (await server.ask('PROPFIND', path)).headers.get('allow')
    expect(await allow('/users')).toBe('POST, GET, HEAD, OPTIONS')
    expect(await allow('/users/1/follow')).toBe('PUT, DELETE, OPTIONS')
    expect(await allow('/fetch')).toBe('GET, HEAD, OPTIONS')
  })

  test('any origin may ask before and ask', async () => {
    const preflight = await server.ask('OPTIONS', '/messages/1/like', {
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'PUT' },
    })
    expect(preflight.status).toBe(204)
    expect(preflight.headers.get('access-control-allow-origin')).toBe('*')
    expect(preflight.headers.get('access-control-allow-methods')).toContain('PUT')
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization')
    expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
    for (const path of ['/fetch', '/users/me', '/nowhere']) {
      const got = await server.ask('GET', path, { token: ada.token, headers: { origin: 'https://elsewhere.example' } })
      expect(got.headers.get('access-control-allow-origin')).toBe('*')
    }
    expect((await server.ask('OPTIONS', '/nowhere')).status).toBe(404)
  })

  test('a problem has all that RFC 9457 and API.md ask for', async () => {
    const { body } = await server.ask('GET', '/users/abc', { token: ada.token })
    expect(Object.keys(body)).toEqual(['type', 'title', 'status', 'code', 'detail', 'field'])
    expect(body.type).toBe('urn:rookery:problem:invalid')
  })

  test('answers are not to be guessed at, nor kept by proxies', async () => {
    for (const path of ['/fetch', '/users/me', '/healthz', '/nowhere']) {
      const { headers } = await server.ask('GET', path, { token: ada.token })
      expect(headers.get('x-content-type-options')).toBe('nosniff')
      expect(headers.get('cache-control')).toMatch(/private|no-store/)
    }
  })

  test('the ETag of a page stays while nothing but the cursor changes', async () => {
    await server.send(ada, 'an entity')
    const first = await server.ask('GET', '/fetch', { token: ada.token })
    const etag = first.headers.get('etag')!
    expect(etag).toMatch(/^W\/"[0-9a-z]+"$/)
    await server.settled()
    for (const header of [etag, etag.slice(2), `"other", ${etag}`, '*']) {
      const again = await server.ask('GET', '/fetch', { token: ada.token, headers: { 'if-none-match': header } })
      expect([again.status, again.text]).toEqual([304, ''])
      expect(again.headers.get('etag')).toBe(etag)
    }
    const other = await server.ask('GET', '/fetch', { token: ada.token, headers: { 'if-none-match': '"other"' } })
    expect(other.status).toBe(200)
    await server.send(ada, 'another')
    const later = await server.ask('GET', '/fetch', { token: ada.token, headers: { 'if-none-match': etag } })
    expect(later.status).toBe(200)
  })

  test('a page of large texts in many alphabets is the same JSON as a small one', async () => {
    const ben = await server.person('ben')
    const texts = ['x'.repeat(10_240), '€'.repeat(3_413), '😀'.repeat(2_560), 'é"\\\n\t</script>', '\u2028\u2029\ufeff']
    for (let i = 0; i < 25; i++) await server.send(ben, texts[i % texts.length]!)
    const { body } = await server.ask('GET', '/fetch?length=25', { token: ben.token })
    const got = (body.messages as { text: string }[]).map((message) => message.text).reverse()
    expect(got).toEqual(Array.from({ length: 25 }, (_, i) => texts[i % texts.length]!))
  })

  test('metrics count what was asked', async () => {
    const { status, text, headers } = await server.ask('GET', '/metrics')
    expect(status).toBe(200)
    expect(headers.get('content-type')).toStartWith('text/plain')
    expect(text).toMatch(/rookery_http_request_duration_seconds_count\{method="GET",route="\/fetch",status="200"\} \d+/)
    expect(text).toMatch(/route="\/users\/:id",status="422"/)
  })

  test('metrics are for the private network, also behind a proxy', async () => {
    const from = (address: string, token?: string) =>
      server.ask('GET', '/metrics', {
        headers: { 'x-forwarded-for': address },
        ...(token !== undefined && { token }),
      })
    expect((await from('10.1.2.3')).status).toBe(200)
    expect((await from('fd00::1')).status).toBe(200)
    // The last one is what our own proxy saw; the others are what the client says.
    expect((await from('10.1.2.3, 203.0.113.7')).status).toBe(401)
    expect((await from('2001:db8::7')).status).toBe(401)
    expect((await from('203.0.113.7', ada.token)).body.code).toBe('forbidden')
  })

  test('a socket begins at /socket', async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/socket`)
    await new Promise((resolve, reject) => {
      socket.onopen = resolve
      socket.onerror = reject
    })
    socket.close()
  })
})

describe('cookies', () => {
  const open = async (publicUrl?: string) => {
    const server = openServer(publicUrl === undefined ? {} : { publicUrl })
    const origin = publicUrl ?? server.url
    const json = { handle: 'ada', password: 'long enough' }
    const signUp = (headers: Record<string, string>) => server.ask('POST', '/sessions', { json, headers })
    await server.ask('POST', '/users', { json })
    return { server, origin, signUp }
  }

  test('only a page of ours gets one, and only it can use it for changes', async () => {
    const { server, origin, signUp } = await open()
    expect((await signUp({})).headers.get('set-cookie')).toBeNull()
    expect((await signUp({ origin: 'https://elsewhere.example' })).headers.get('set-cookie')).toBeNull()
    expect((await signUp({ origin: 'null' })).headers.get('set-cookie')).toBeNull()
    const given = (await signUp({ origin })).headers.get('set-cookie')!
    expect(given).toMatch(/^rookery=[A-Za-z0-9_-]{43}; HttpOnly; SameSite=Lax; Path=\/; Max-Age=\d+$/)

    const cookie = `a=b; ${given.split(';')[0]}; c=d`
    const ask = (method: string, path: string, headers: Record<string, string>, json?: object) =>
      server.ask(method, path, { headers: { cookie, ...headers }, ...(json && { json }) })
    expect((await ask('GET', '/users/me', {})).status).toBe(200)
    expect((await ask('GET', '/fetch', {})).status).toBe(200)
    expect((await ask('GET', '/users/me', { origin })).status).toBe(200)
    expect((await ask('GET', '/users/me', { origin: 'https://elsewhere.example' })).status).toBe(401)
    expect((await ask('POST', '/send', { origin }, { text: 'a' })).status).toBe(201)
    expect((await ask('POST', '/send', {}, { text: 'a' })).body.code).toBe('forbidden')
    expect((await ask('POST', '/send', { origin: 'https://elsewhere.example' }, { text: 'a' })).status).toBe(401)
    // A header counts before a cookie, a wrong one too.
    expect((await ask('GET', '/users/me', { authorization: `Bearer ${'x'.repeat(43)}` })).status).toBe(401)

    const out = await ask('DELETE', '/sessions', { origin })
    expect([out.status, out.headers.get('set-cookie')]).toEqual([
      204,
      'rookery=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0',
    ])
    expect((await ask('GET', '/users/me', {})).status).toBe(401)
    await server.close()
  })

  test('with --public-url its origin alone is ours, and on https the cookie is Secure', async () => {
    const { server, origin, signUp } = await open('https://rookery.example')
    expect((await signUp({ origin: server.url })).headers.get('set-cookie')).toBeNull()
    expect((await signUp({ origin })).headers.get('set-cookie')).toContain('; Secure')
    await server.close()
  })
})

describe('rates', () => {
  test('each user has their own; what is left is said, and what is too much comes back with 429', async () => {
    const server = openServer({ limited: true })
    const [ada, ben] = [await server.person('ada'), await server.person('ben')]
    const like = (person: Person) => server.ask('PUT', '/messages/1/like', { token: person.token })
    const first = await like(ada)
    expect(first.headers.get('ratelimit-policy')).toBe('"writes";q=300;w=60')
    expect(first.headers.get('ratelimit')).toBe('"writes";r=299;t=1')
    const answers = await Promise.all(Array.from({ length: 320 }, () => like(ada)))
    const refused = answers.filter((got) => got.status === 429)
    expect(refused.length).toBeGreaterThan(10)
    expect(refused[0]!.body.code).toBe('rate_limited')
    expect(Number(refused[0]!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(refused[0]!.headers.get('ratelimit')).toStartWith('"writes";r=0;')
    expect((await like(ben)).status).toBe(404)
    expect((await server.ask('GET', '/fetch', { token: ada.token })).headers.get('ratelimit')).toStartWith(
      '"reads";r=1199;',
    )
    server.pass(10_000)
    expect((await like(ada)).status).toBe(404)
    await server.close()
  })

  test('logging in is limited by account too, from wherever, whether or not there is such an account', async () => {
    const server = openServer({ limited: true })
    await server.person('somebody')
    const codes = async (handle: string) => {
      const tries = Array.from({ length: logInsPerAccount + 5 }, (_, i) =>
        server.ask('POST', '/sessions', {
          json: { handle, password: 'a wrong guess' },
          headers: { 'x-forwarded-for': `198.51.100.${i}` },
        }),
      )
      const got = await Promise.all(tries)
      for (const { status, headers } of got) {
        // Of the account, not of the address.
        const limited = status === 429 ? '"account-logins";q=30;w=900' : '"logins";q=20;w=60'
        expect([status, headers.get('ratelimit-policy')]).toEqual([status, limited])
        if (status === 429) expect(headers.get('ratelimit')).toBe('"account-logins";r=0;t=900')
        if (status === 429) expect(headers.get('retry-after')).toBe('30')
      }
      return got.map(({ status, body }) => `${status} ${body.code} ${String(body.detail).replace(/\d+/, 'N')}`).sort()
    }
    const somebody = await codes('SomeBody')
    expect(somebody.filter((code) => code.startsWith('401'))).toHaveLength(logInsPerAccount)
    expect(somebody.filter((code) => code.startsWith('429'))).toHaveLength(5)
    expect(await codes('no_such_body')).toEqual(somebody)
    await server.close()
  })

  test('what needs no token is limited by address', async () => {
    const server = openServer({ limited: true })
    const read = (address: string) => server.ask('GET', '/docs/style.css', { headers: { 'x-forwarded-for': address } })
    const answers = await Promise.all(Array.from({ length: readsPerMinute + 50 }, () => read('198.51.100.1')))
    expect(answers[0]!.headers.get('ratelimit')).toStartWith('"reads";r=')
    expect(answers.filter(({ status }) => status === 429).length).toBeWithin(1, 51)
    expect((await read('198.51.100.2')).status).toBe(200)
    await server.close()
  })

  test('a wrong name and a wrong password are told after the same time', async () => {
    const server = openServer()
    await server.person('timed')
    const took = async (handle: string) => {
      const began = performance.now()
      const json = { handle, password: 'a wrong guess' }
      expect((await server.ask('POST', '/sessions', { json })).status).toBe(401)
      return performance.now() - began
    }
    await took('timed')
    const [there, absent]: [number[], number[]] = [[], []]
    for (let i = 0; i < 9; i++) {
      there.push(await took('timed'))
      absent.push(await took(`absent_${i}`))
    }
    const median = (times: number[]) => times.sort((a, b) => a - b)[times.length >> 1]!
    expect(median(absent) / median(there)).toBeWithin(0.6, 1.7)
    await server.close()
  })

  test('logging in is limited by address, and off means without a word', async () => {
    const server = openServer({ limited: true })
    const logIn = (address: string) =>
      server.ask('POST', '/sessions', {
        json: { handle: 'nobody', password: 'x' },
        headers: { 'x-forwarded-for': address },
      })
    const tries = await Promise.all(Array.from({ length: 25 }, () => logIn('203.0.113.7')))
    expect(tries.filter((got) => got.status === 401).length).toBe(20)
    expect(tries.filter((got) => got.status === 429).length).toBe(5)
    expect((await logIn('203.0.113.8')).status).toBe(401)
    await server.close()

    const free = openServer()
    const { headers } = await free.ask('POST', '/sessions', { json: { handle: 'nobody', password: 'x' } })
    expect([headers.get('ratelimit'), headers.get('ratelimit-policy')]).toEqual([null, null])
    await free.close()
  })
})

describe('trouble', () => {
  test('registration may be closed', async () => {
    for (const registration of ['closed', 'invite'] as const) {
      const server = openServer({ registration })
      const got = await server.ask('POST', '/users', { json: { handle: 'ada', password: 'long enough' } })
      expect([got.status, got.body.code]).toEqual([403, 'registration_closed'])
      await server.close()
    }
  })

  test('a bug of ours is 500 without its details, is logged, and ends nothing else', async () => {
    const server = openServer({
      needs: (needs) => ({
        ...needs,
        deleteMessage: async () => {
          throw new TypeError('a secret of the house')
        },
      }),
    })
    const ada = await server.person('ada')
    const got = await server.ask('DELETE', '/messages/5', { token: ada.token })
    expect([got.status, got.body.code]).toEqual([500, 'internal'])
    expect(got.text).not.toContain('secret')
    expect(server.mistakes.length).toBeGreaterThan(0)
    expect((await server.ask('GET', '/fetch', { token: ada.token })).status).toBe(200)
    await server.close()
  })

  test('a store that is away is 503, a full one 507, both with Retry-After', async () => {
    let code: 'unavailable' | 'disk_full' = 'unavailable'
    const server = openServer({
      needs: (needs) => ({
        ...needs,
        publish: async () => {
          throw new Refusal(code, 'It is as it is, and not otherwise.')
        },
      }),
    })
    const ada = await server.person('ada')
    for (const [next, status] of [
      ['unavailable', 503],
      ['disk_full', 507],
    ] as const) {
      code = next
      const got = await server.ask('POST', '/send', { token: ada.token, json: { text: 'a' } })
      expect([got.status, got.body.code, got.headers.get('retry-after')]).toEqual([status, next, '1'])
    }
    await server.close()
  })

  test('draining: what is in work is finished, new work is refused, health is told', async () => {
    const held = Promise.withResolvers<void>()
    const server = openServer({
      ready: () => ({ status: 'draining' }),
      needs: (needs) => ({
        ...needs,
        async deleteMessage(user, id) {
          await held.promise
          return needs.deleteMessage(user, id)
        },
      }),
    })
    const ada = await server.person('ada')
    const id = await server.send(ada, 'to be deleted')
    const slow = server.ask('DELETE', `/messages/${id}`, { token: ada.token })
    await server.ask('GET', '/healthz')
    let done = false
    const drained = server.gateway.drain().then(() => {
      done = true
    })
    for (const path of ['/fetch', '/users/me']) {
      const got = await server.ask('GET', path, { token: ada.token })
      expect([got.status, got.body.code]).toEqual([503, 'draining'])
      expect(got.headers.get('retry-after')).not.toBeNull()
    }
    expect((await server.ask('GET', '/readyz')).status).toBe(503)
    expect((await server.ask('GET', '/healthz')).status).toBe(200)
    expect(done).toBe(false)
    held.resolve()
    expect((await slow).status).toBe(204)
    await drained
    await server.close()
  })

  test('ready tells what is away', async () => {
    const server = openServer({ ready: () => ({ status: 'ok', degraded: ['redis'] }) })
    expect((await server.ask('GET', '/readyz')).body).toEqual({ status: 'ok', degraded: ['redis'] })
    await server.close()
  })
})
