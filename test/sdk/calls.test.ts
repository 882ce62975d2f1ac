import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Rookery, RookeryError } from '../../src/sdk/index.ts'
import { until } from '../until.ts'
import { TcpProxy } from './proxy.ts'
import { type Real, realServer } from './server.ts'

let real: Real
/** Operations of the server's own description, as `PUT /users/{id}/follow`, and those that the SDK has called. */
const described = new Set<string>()
const called = new Set<string>()

/** Calls that are no method: pages, files to look at, the socket, and what operators ask for. */
const others =
  /^GET \/($|socket|media\/|healthz|readyz|metrics|docs|openapi|asyncapi|admin$|[\w.-]+\.(js|css|html|json|webmanifest|svg|png))/

beforeAll(async () => {
  real = await realServer(['--allow-private-push'])
  const { paths } = (await (await fetch(`${real.server.address}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>
  }
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods)) described.add(`${method.toUpperCase()} ${path}`)
  }
})
afterAll(() => real.close())

async function noted(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (response.ok) called.add(operationOf(init.method!, new URL(url).pathname))
  return response
}

function operationOf(method: string, path: string): string {
  const exact = `${method} ${path}`
  if (described.has(exact)) return exact
  return exact
    .replace(/\/%40[^/]+/, '/@{handle}')
    .replace(/\/@[^/{]+/, '/@{handle}')
    .replace(/\/[^/@{]*[0-9][^/]*/, '/{id}')
}

test('every call of the API is a method', async () => {
  const options = { fetch: noted }
  const [ann, ben] = [await real.person('ann', options), await real.person('ben', options)]
  const a = ann.client
  expect((await a.me()).handle).toBe('ann')
  expect((await a.user('@ben')).id).toBe(ben.id)
  expect((await a.user(ben.id)).handle).toBe('ben')
  expect(await a.updateProfile({ name: 'Ann', bio: 'here' })).toMatchObject({ name: 'Ann', bio: 'here', role: 'user' })
  expect((await a.searchPeople('be')).users.map(({ handle }) => handle)).toEqual(['ben'])
  expect((await a.suggestions()).users).toBeArray()

  expect(await ben.client.follow(ann.id, { notify: true })).toMatchObject({ following: true, notify: true })
  expect((await a.followers(ann.id)).users.map(({ handle }) => handle)).toEqual(['ben'])
  expect((await a.following(ben.id)).users.map(({ handle }) => handle)).toEqual(['ann'])

  const hello = await a.send('hello @ben')
  await until(async () => (await ben.client.fetch({ length: 5 })).messages.length === 1)
  expect((await a.message(hello.id)).text).toBe('hello @ben')
  expect((await ben.client.like(hello.id)).liked).toBe(true)
  expect((await a.likers(hello.id)).users.map(({ handle }) => handle)).toEqual(['ben'])
  expect((await ben.client.unlike(hello.id)).liked).toBe(false)
  const boost = await ben.client.boost(hello.id)
  expect(boost.boostOf?.id).toBe(hello.id)
  expect((await ben.client.boost(hello.id)).id).toBe(boost.id)
  await ben.client.unboost(hello.id)
  const reply = await ben.client.send({ text: 'hello back', replyTo: hello.id })
  expect((await a.replies(hello.id)).messages.map(({ id }) => id)).toEqual([reply.id])
  expect((await a.userMessages(ben.id)).messages.map(({ id }) => id)).toContain(reply.id)
  await until(async () => (await a.search('back')).messages.length === 1)

  await until(async () => (await a.notifications()).notifications.length >= 2)
  const [newest] = (await a.notifications()).notifications
  expect(await a.markRead(newest!.id)).toEqual({ unread: 0 })
  await a.deleteMessage(hello.id)

  if (described.has('POST /media')) {
    const pixel = Uint8Array.fromBase64('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7')
    const media = await a.uploadMedia(new Blob([pixel], { type: 'image/gif' }), {
      name: 'dot.gif',
      description: 'a dot',
    })
    expect(media).toMatchObject({ type: 'image', description: 'a dot' })
    expect((await a.send({ text: 'look', media: [media.id] })).media).toHaveLength(1)
  }
  if (described.has('PUT /push')) {
    expect(await a.pushKey()).toMatch(/^[\w-]{87}$/)
    const keys = {
      p256dh: 'BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4',
      auth: 'BTBZMqHH6r4Tts7J_aSIgg',
    }
    const endpoint = 'http://127.0.0.1:9/push'
    expect(await a.subscribePush({ endpoint, keys, events: ['reply'] })).toMatchObject({ endpoint, events: ['reply'] })
    await a.unsubscribePush()
  }

  for (const [hide, show, list] of [
    ['mute', 'unmute', 'mutes'],
    ['block', 'unblock', 'blocks'],
  ] as const) {
    await a[hide](ben.id)
    expect((await a[list]()).users.map(({ handle }) => handle)).toEqual(['ben'])
    await a[show](ben.id)
    expect((await a[list]()).users).toEqual([])
  }
  await a.unfollow(ben.id)

  const warden = await real.person('warden', options)
  await real.shell('user', 'role', 'warden', 'moderator')
  const { id } = await a.report({ user: ben.id, reason: 'rude' })
  expect((await warden.client.reports({ state: 'open' })).reports.map((report) => report.id)).toEqual([id])
  expect(await warden.client.decideReport(id, { state: 'resolved', note: 'told them' })).toMatchObject({
    note: 'told them',
  })
  expect((await warden.client.suspend(ben.id, 'rude')).user.handle).toBe('ben')
  await warden.client.restore(ben.id)
  expect((await warden.client.invite()).code).toBeString()

  await real.shell('user', 'role', 'warden', 'admin')
  expect((await warden.client.installation()).instances).toHaveLength(1)
  expect(await warden.client.metrics()).toContain('rookery_')

  const lines: unknown[] = []
  for await (const line of a.export()) lines.push(line)
  expect(lines.at(-1)).toMatchObject({ kind: 'end' })

  const again = new Rookery({ url: real.server.address, fetch: noted })
  await again.logIn({ handle: 'ann', password: 'password of ann' })
  const { sessions } = await a.sessions()
  await a.endSession(sessions.find(({ current }) => !current)!.id)
  await expect(again.me()).rejects.toMatchObject({ code: 'unauthorized' })
  await a.logOut()
  await again.logIn({ handle: 'ann', password: 'password of ann' })
  await again.deleteAccount()
  expect(again.token).toBeUndefined()

  expect([...described].filter((operation) => !others.test(operation) && !called.has(operation))).toEqual([])
})

test('errors carry code, status, field and what to do', async () => {
  const { client } = await real.person('carl')
  const long = await client.send('x'.repeat(10_241)).catch((error) => error)
  expect(long).toBeInstanceOf(RookeryError)
  expect(long).toMatchObject({ code: 'text_too_long', status: 422, field: 'text' })
  expect(long.detail).toBeString()
  await expect(client.user('4242')).rejects.toMatchObject({ code: 'no_such_user', status: 404 })
  const nobody = new Rookery({ url: real.server.address, token: 'wrong' })
  await expect(nobody.me()).rejects.toMatchObject({ code: 'unauthorized', status: 401 })
})

test('a call is given up by its signal', async () => {
  const { client } = await real.person('dora')
  const stop = AbortSignal.abort(new Error('enough'))
  await expect(client.me({ signal: stop })).rejects.toThrow('enough')
  const away = new Rookery({ url: 'http://127.0.0.1:1', token: 'x' })
  const later = new AbortController()
  const asked = away.me({ signal: later.signal })
  later.abort(new Error('enough'))
  await expect(asked).rejects.toThrow('enough')
})

test('a send whose answer is lost is tried again by itself and publishes one message', async () => {
  const proxy = await TcpProxy.to(real.server.address)
  const { client, id } = await real.person('emil', { url: proxy.address })
  proxy.cut()
  const lost = proxy.loseAnswer()
  const sent = client.send('once')
  await lost
  const message = await sent
  expect((await client.userMessages(id)).messages.map((each) => each.id)).toEqual([message.id])

  // A deletion that was done by the try whose answer was lost is done.
  proxy.cut()
  const again = proxy.loseAnswer()
  const deleted = client.deleteMessage(message.id)
  await again
  await deleted
  expect((await client.userMessages(id)).messages).toEqual([])
  await proxy.close()
})

test('503 with Retry-After is tried again, within bounds; what may have begun is not, where it must not happen twice', async () => {
  const problem = (code: string, after: number) => () =>
    Response.json({ code, detail: 'Later.' }, { status: 503, headers: { 'Retry-After': String(after) } })
  const answers = [problem('overloaded', 0), problem('unavailable', 0), () => Response.json({ users: [] })]
  let calls = 0
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => answers[calls++]!() })
  const client = new Rookery({ url: server.url.href, token: 'x' })
  expect(await client.suggestions()).toEqual({ users: [] })
  expect(calls).toBe(3)

  // Overload refuses before anything is begun; what is unavailable may have been.
  calls = 0
  const failed = await client.signUp({ handle: 'h', password: 'long enough' }).catch((error) => error)
  expect(failed).toMatchObject({ code: 'unavailable', status: 503 })
  expect(calls).toBe(2)

  answers[0] = problem('unavailable', 60)
  calls = 0
  await expect(client.me()).rejects.toMatchObject({ code: 'unavailable', retryAfter: 60 })
  expect(calls).toBe(1)
  await server.stop(true)
  const gone = await client.signUp({ handle: 'h', password: 'long enough' }).catch((error) => error)
  expect(gone).toMatchObject({ code: 'unreachable', status: 0 })
})

test('Retry-After may be a date; an answer that is no JSON is of something in between', async () => {
  const answers = [
    () => new Response('', { status: 429, headers: { 'Retry-After': new Date(Date.now() + 60_000).toUTCString() } }),
    () => new Response('<h1>Log in to this hotel</h1>'),
  ]
  const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: () => answers.shift()!() })
  const client = new Rookery({ url: server.url.href, token: 'x' })
  const limited = await client.me().catch((error) => error)
  expect(limited).toMatchObject({ status: 429 })
  expect(limited.retryAfter).toBeWithin(55, 61)
  const between = await client.signUp({ handle: 'h', password: 'long enough' }).catch((error) => error)
  expect(between).toMatchObject({ code: 'unreachable', status: 0 })
  await server.stop(true)
})

test('an export that stops coming is given up by its signal, one that breaks off says so', async () => {
  let end: (() => void) | undefined
  const server = Bun.serve({
    port: 0,
    hostname: '127.0.0.1',
    fetch: () =>
      new Response(
        new ReadableStream({
          start(body) {
            body.enqueue('{"kind":"user"}\n{"ki')
            end = () => body.close()
          },
        }),
      ),
  })
  const client = new Rookery({ url: server.url.href, token: 'x' })
  const stop = new AbortController()
  const lines = client.export({ signal: stop.signal })
  expect((await lines.next()).value).toEqual({ kind: 'user' })
  const next = lines.next()
  stop.abort(new Error('enough'))
  await expect(next).rejects.toThrow('enough')

  const cut = client.export()
  await cut.next()
  end!()
  await expect(cut.next()).rejects.toMatchObject({ code: 'unreachable', status: 0 })

  const later = new AbortController()
  const metrics = client.metrics({ signal: later.signal })
  later.abort(new Error('enough'))
  await expect(metrics).rejects.toThrow('enough')
  await server.stop(true)
})
