import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Arrivals } from '../../src/sdk/arrivals.ts'
import type { Event } from '../../src/sdk/events.ts'
import { memoryStore, Rookery } from '../../src/sdk/index.ts'
import { Live } from '../../src/sdk/live.ts'
import { until } from '../until.ts'
import { TcpProxy } from './proxy.ts'
import { Reader, type Real, realServer } from './server.ts'

let real: Real
beforeAll(async () => {
  real = await realServer()
})
afterAll(() => real.close())

test('a session that ends elsewhere ends the stream with an error, and takes the timeline away', async () => {
  const { client } = await real.person('ann')
  await client.send('held')
  await client.fetch()
  const reader = new Reader(client)
  await reader.first('online')
  const elsewhere = new Rookery({ url: real.server.address })
  await elsewhere.logIn({ handle: 'ann', password: 'password of ann' })
  const mine = (await elsewhere.sessions()).sessions.find(({ current }) => !current)!
  await elsewhere.endSession(mine.id)
  await reader.ended()
  expect(reader.failure).toMatchObject({ code: 'unauthorized', status: 401 })
  expect((await client.cached()).messages).toEqual([])
})

test('so does a suspension', async () => {
  const [ben, warden] = [await real.person('ben'), await real.person('warden')]
  await real.shell('user', 'role', 'warden', 'moderator')
  const reader = new Reader(ben.client)
  await reader.first('online')
  await warden.client.suspend(ben.id, 'rude')
  await reader.ended()
  expect(reader.failure).toMatchObject({ status: 401 })
})

test('a client has one stream at a time, and a new one after it', async () => {
  const { client } = await real.person('cid')
  const reader = new Reader(client)
  await reader.first('online')
  await expect(client.stream().next()).rejects.toThrow('has a stream already')
  await reader.end()
  const next = new Reader(client)
  await next.first('online')
  await next.end()
})

test('while the server is away, waits grow; back, what was missed comes', async () => {
  const proxy = await TcpProxy.to(real.server.address)
  const { client } = await real.person('dan', { url: proxy.address })
  const reader = new Reader(client)
  await reader.first('online')
  proxy.down()
  await until(() => reader.of('offline').length >= 4)
  const waits = reader.of('offline').map(({ retryIn }) => retryIn)
  // Each between half of its bound and all of it; the bound doubles.
  for (const [i, wait] of waits.slice(0, 4).entries()) {
    expect(wait).toBeGreaterThanOrEqual(125 * 2 ** i)
    expect(wait).toBeLessThanOrEqual(250 * 2 ** i)
  }
  await new Rookery({ url: real.server.address, token: client.token }).send('missed')
  proxy.up()
  await until(() => reader.texts.length > 0, 10_000)
  expect(reader.texts).toEqual(['missed'])
  expect(reader.of('online')).toHaveLength(2)
  await reader.end()
  await proxy.close()
})

test('a connection that is dead without a word is found out', async () => {
  const proxy = await TcpProxy.to(real.server.address)
  const { client } = await real.person('eve')
  const live = new Live({
    url: proxy.address,
    WebSocket,
    token: () => client.token,
    newest: async () => ({ user: await client.me(), page: await client.fetch() }),
    patience: { silenceMs: 100, probeMs: 200 },
  })
  const stop = new AbortController()
  const arrivals = new Arrivals()
  const listening = live.listen(arrivals, undefined, undefined, stop.signal)
  const next = async (): Promise<Event> => (await arrivals.take())?.event ?? next()
  expect((await next()).type).toBe('online')
  // Asked and answered, it stays.
  const { sent } = proxy
  await until(() => proxy.sent >= sent + 4)
  expect(proxy.connections).toBe(1)
  proxy.freeze()
  expect(await next()).toMatchObject({ type: 'offline', reason: 'The server does not answer any more.' })
  proxy.up()
  expect((await next()).type).toBe('online')
  stop.abort()
  await listening
  await proxy.close()
})

test('more than 200 messages cannot be watched', async () => {
  const { client } = await real.person('fay')
  expect(() => client.watch(Array.from({ length: 201 }, (_, i) => String(i)))).toThrow('at most 200')
})

test('a server that drains loses a stream nothing', async () => {
  const own = await realServer()
  const [gus, hal] = [await own.person('gus'), await own.person('hal')]
  await hal.client.follow(gus.id)
  const reader = new Reader(hal.client)
  await reader.first('online')
  const sending = (async () => {
    for (let i = 0; i < 30; i++) await gus.client.send(`n${i}`)
  })()
  await until(() => reader.texts.length > 3)
  await own.server.end('SIGTERM')
  await own.server.start()
  await sending
  await until(() => reader.texts.length >= 30, 30_000)
  await reader.end()
  expect(reader.texts).toEqual(Array.from({ length: 30 }, (_, i) => `n${i}`))
  await own.close()
})

test('logging out ends the stream quietly and leaves nothing behind, also of what was being handled', async () => {
  const store = memoryStore()
  const { client } = await real.person('ida', { store })
  await client.fetch()
  await client.send('handled while logging out')
  for await (const event of client.stream()) {
    if (event.type === 'message') await client.logOut()
  }
  expect(await store.all('')).toEqual(new Map())
})

test('what is closed hands over nothing more, and ends without the error of what came after', async () => {
  const arrivals = new Arrivals()
  arrivals.put({ cursor: 'waits' })
  arrivals.close()
  arrivals.put({ cursor: 'too late' })
  arrivals.end(new Error('the socket was closed'))
  expect(await arrivals.take()).toBeUndefined()
})

test('a cursor that expired while the network is bad is got over once it is back', async () => {
  const proxy = await TcpProxy.to(real.server.address)
  const store = memoryStore()
  const { client } = await real.person('jon', { url: proxy.address, store })
  await client.fetch()
  await store.set({ cursor: 'never a cursor' })
  let failures = 0
  const flaky = new Rookery({
    url: proxy.address,
    token: client.token,
    store,
    fetch(url, init) {
      if (url.includes('/fetch') && ++failures <= 8) proxy.cut()
      return fetch(url, init)
    },
  })
  const reader = new Reader(flaky)
  await reader.first('reset', 30_000)
  await client.send('afterwards')
  await until(() => reader.texts.length > 0)
  expect(reader.texts).toEqual(['afterwards'])
  await reader.end()
  await proxy.close()
})

test('what is wrong with the hello itself ends the stream with an error', async () => {
  const { client } = await real.person('kay')
  const wrong = client.stream({ preview: -1 }).next()
  await expect(wrong).rejects.toMatchObject({ code: 'invalid', status: 422, field: 'preview' })
  const odd = new Rookery({ url: real.server.address, token: 'a\u0001b' })
  await expect(odd.stream().next()).rejects.toMatchObject({ code: 'invalid', field: 'token' })
})

test('the page of a stream that begins anew is cut as its messages are', async () => {
  const store = memoryStore()
  const { client } = await real.person('lou', { store })
  await client.send('0123456789')
  await store.set({ cursor: 'never a cursor' })
  const back = new Rookery({ url: real.server.address, token: client.token, store })
  for await (const event of back.stream({ preview: 4 })) {
    if (event.type !== 'reset') continue
    expect(event.page.messages.map(({ text }) => text)).toEqual(['0123'])
    break
  }
})

test('where each cursor expires at once, it is not begun anew without a pause', async () => {
  const { client } = await real.person('max')
  class Expires {
    onopen = null
    onmessage = null
    onclose: ((event: never) => void) | null = null
    onerror = null
    constructor() {
      queueMicrotask(() => this.onclose?.({ code: 4410, reason: '' } as never))
    }
    send() {}
    close() {}
  }
  const asked: number[] = []
  const live = new Live({
    url: real.server.address,
    WebSocket: Expires,
    token: () => client.token,
    async newest() {
      asked.push(performance.now())
      return { user: await client.me(), page: await client.fetch() }
    },
  })
  const stop = new AbortController()
  const listening = live.listen(new Arrivals(), 'a cursor', undefined, stop.signal)
  await until(() => asked.length === 2)
  expect(asked[1]! - asked[0]!).toBeGreaterThan(250)
  stop.abort()
  await listening
})
