import { afterAll, beforeAll, expect, test } from 'bun:test'
import { memoryStore, Rookery } from '../../src/sdk/index.ts'
import { outboxMax } from '../../src/sdk/limits.ts'
import { until } from '../until.ts'
import { TcpProxy } from './proxy.ts'
import { Reader, type Real, realServer } from './server.ts'

let real: Real
beforeAll(async () => {
  real = await realServer()
})
afterAll(() => real.close())

/** Texts of all that a user published, oldest first. */
async function published(client: Rookery, id: string): Promise<string[]> {
  const { messages } = await client.userMessages(id, { length: 100 })
  return messages.map(({ text }) => text).reverse()
}

test('messages written offline go out once the network is back, in order and once', async () => {
  const proxy = await TcpProxy.to(real.server.address)
  const ann = await real.person('ann', { url: proxy.address })
  const reader = new Reader(ann.client)
  await reader.first('online')
  proxy.down()
  await reader.first('offline')
  for (const text of ['one', 'two', 'three']) await ann.client.queueSend(text)
  expect((await ann.client.outbox()).map(({ draft }) => draft.text)).toEqual(['one', 'two', 'three'])
  expect(await published(new Rookery({ url: real.server.address, token: ann.client.token }), ann.id)).toEqual([])

  proxy.up()
  await until(() => reader.of('sent').length === 3, 20_000)
  expect(reader.of('sent').map(({ message }) => message.text)).toEqual(['one', 'two', 'three'])
  expect(await ann.client.outbox()).toEqual([])
  expect(await published(ann.client, ann.id)).toEqual(['one', 'two', 'three'])
  await reader.end()
  await proxy.close()
})

test('an answer that is lost leads to no second message, also in another client after a restart', async () => {
  const proxy = await TcpProxy.to(real.server.address)
  const store = memoryStore()
  const bob = await real.person('bob', { store })
  // This client dies with the answer: it takes the server to be gone and is never asked again.
  const dying = new Rookery({
    url: proxy.address,
    token: bob.client.token,
    store,
    fetch: async (url, init) => {
      await fetch(url, init).catch(() => {})
      return new Promise(() => {})
    },
  })
  const lost = proxy.loseAnswer()
  void dying.queueSend('only once')
  await lost
  expect(await published(bob.client, bob.id)).toEqual(['only once'])
  expect(await bob.client.outbox()).toHaveLength(1)
  await bob.client.flushOutbox()
  expect(await bob.client.outbox()).toEqual([])
  expect(await published(bob.client, bob.id)).toEqual(['only once'])
  await proxy.close()
})

test('a message whose key has been forgotten is looked for before it is sent again', async () => {
  const store = memoryStore()
  const cid = await real.person('cid', { store })
  await cid.client.send('arrived in spite of all')
  const longAgo = Date.now() - 25 * 3_600_000
  for (const [i, text] of ['arrived in spite of all', 'never arrived'].entries()) {
    const entry = { key: `key-${i}`, draft: { text }, writtenAt: new Date(longAgo + i).toISOString(), triedAt: longAgo }
    await store.set({ [`outbox:key-${i}`]: JSON.stringify(entry) })
  }
  await cid.client.flushOutbox()
  expect(await cid.client.outbox()).toEqual([])
  expect(await published(cid.client, cid.id)).toEqual(['arrived in spite of all', 'never arrived'])
})

test('what is refused stays with its reason, until it is discarded; what comes after it goes out', async () => {
  const dan = await real.person('dan')
  const reader = new Reader(dan.client)
  await reader.first('online')
  const { key } = await dan.client.queueSend({ text: 'to nothing', replyTo: '4242' })
  await dan.client.queueSend('fine')
  await reader.first('sent')
  expect((await reader.first('unsent')).waiting).toMatchObject({ key, error: { code: 'no_such_message' } })
  expect(await dan.client.outbox()).toMatchObject([{ key, error: { code: 'no_such_message' } }])
  await dan.client.discard(key)
  expect(await dan.client.outbox()).toEqual([])
  await reader.end()
})

test('what is discarded while what stands before it is sent is not sent', async () => {
  const [store, gate] = [memoryStore(), Promise.withResolvers<void>()]
  const hal = await real.person('hal', { store })
  const offline = new Rookery({ url: 'http://127.0.0.1:1', token: hal.client.token, store })
  await offline.queueSend('first')
  const { key } = await offline.queueSend('second')
  let sends = 0
  const slow = new Rookery({
    url: real.server.address,
    token: hal.client.token,
    store,
    async fetch(url, init) {
      sends++
      await gate.promise
      return fetch(url, init)
    },
  })
  const flushed = slow.flushOutbox()
  await until(() => sends === 1)
  await slow.discard(key)
  gate.resolve()
  await flushed
  expect(await published(hal.client, hal.id)).toEqual(['first'])
  expect(await slow.outbox()).toEqual([])
})

test('two clients on one store at once publish what waits once', async () => {
  const store = memoryStore()
  const eve = await real.person('eve', { store })
  const texts = Array.from({ length: 20 }, (_, i) => `number ${i}`)
  const offline = new Rookery({ url: 'http://127.0.0.1:1', token: eve.client.token, store })
  for (const text of texts) await offline.queueSend(text)
  const other = new Rookery({ url: real.server.address, token: eve.client.token, store })
  await Promise.all([eve.client.flushOutbox(), other.flushOutbox()])
  expect((await published(eve.client, eve.id)).sort()).toEqual([...texts].sort())
})

test('logging out takes what waits along', async () => {
  const store = memoryStore()
  const fay = await real.person('fay', { store })
  const offline = new Rookery({ url: 'http://127.0.0.1:1', token: fay.client.token, store })
  await offline.queueSend('never')
  await fay.client.logOut()
  expect(await store.all('')).toEqual(new Map())
})

test('an outbox that is full says so by a code, and loses nothing', async () => {
  const offline = new Rookery({
    url: real.server.address,
    token: 'x',
    fetch: () => Promise.reject(new TypeError('no network')),
  })
  for (let i = 0; i < outboxMax; i++) await offline.queueSend(`${i}`)
  await expect(offline.queueSend('one too many')).rejects.toMatchObject({ code: 'outbox_full', status: 0 })
  const waiting = await offline.outbox()
  expect(waiting).toHaveLength(outboxMax)
  await offline.discard(waiting[0]!.key)
  await offline.queueSend('room again')
  expect((await offline.outbox()).at(-1)?.draft.text).toBe('room again')
})
