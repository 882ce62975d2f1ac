import { afterAll, beforeAll, expect, test } from 'bun:test'
import { memoryStore, Rookery } from '../../src/sdk/index.ts'
import { until } from '../until.ts'
import { Reader, type Real, realServer } from './server.ts'

let real: Real
beforeAll(async () => {
  real = await realServer()
})
afterAll(() => real.close())

test('a stream hands over messages, likes, notifications and deletions as they happen', async () => {
  const [ann, bob] = [await real.person('ann1'), await real.person('bob1')]
  await bob.client.follow(ann.id)
  const reader = new Reader(bob.client)
  expect((await reader.first('online')).user?.handle).toBe('bob1')

  const { id } = await ann.client.send('hello')
  const { message } = await reader.first('message')
  expect(message).toMatchObject({ id, text: 'hello', author: { handle: 'ann1' } })

  bob.client.watch([id])
  await reader.first('likes')
  await ann.client.like(id)
  await until(() => reader.of('likes').at(-1)?.counts[id] === 1)

  await ann.client.follow(bob.id)
  expect((await reader.first('notification')).notification).toMatchObject({ type: 'follow', user: { handle: 'ann1' } })

  await ann.client.deleteMessage(id)
  expect((await reader.first('deleted')).id).toBe(id)
  await reader.end()
  expect(reader.failure).toBeUndefined()
})

test('a new client on the same store goes on where the one before stood', async () => {
  const store = memoryStore()
  const ann = await real.person('ann2')
  const bob = await real.person('bob2', { store })
  await bob.client.follow(ann.id)
  const first = new Reader(bob.client)
  await first.first('online')
  await ann.client.send('one')
  await first.first('message')
  await until(async () => (await store.all('')).get('cursor') !== undefined)
  await first.end()
  await ann.client.send('two')
  await ann.client.send('three')

  const again = new Rookery({ url: real.server.address, token: bob.client.token, store })
  const second = new Reader(again)
  await until(() => second.texts.length >= 2)
  await second.end()
  expect(second.texts).toEqual(['two', 'three'])
})

test('without a WebSocket: `online` first, then what was missed', async () => {
  const ann = await real.person('ann4', { WebSocket: null })
  await ann.client.fetch()
  await ann.client.send('missed')
  const reader = new Reader(ann.client)
  await reader.first('message')
  await reader.end()
  expect(reader.events.map(({ type }) => type)).toEqual(['online', 'message'])
})

test('forgetTimeline: nothing is left to read, and what waits to be sent stays', async () => {
  const store = memoryStore()
  const { client } = await real.person('ann5', { store })
  await client.send('held')
  await client.fetch()
  const away = new Rookery({ url: 'http://127.0.0.1:1', token: client.token, store })
  await away.queueSend('waits')
  await away.forgetTimeline()
  expect(JSON.stringify([...(await store.all(''))])).not.toContain('held"')
  expect((await away.cached()).messages).toEqual([])
  expect((await away.outbox()).map(({ draft }) => draft.text)).toEqual(['waits'])
})

test('cached: the timeline is held offline', async () => {
  const store = memoryStore()
  const ann = await real.person('ann3', { store })
  for (const text of ['one', 'two', 'three']) await ann.client.send(text)
  await ann.client.fetch()
  const { id } = await ann.client.send('four')
  await ann.client.like(id)

  const offline = new Rookery({ url: 'http://127.0.0.1:1', token: ann.client.token, store })
  const { messages, next } = await offline.cached()
  expect(messages.map(({ text }) => text)).toEqual(['four', 'three', 'two', 'one'])
  expect(messages[0]).toMatchObject({ likes: 1, you: { liked: true } })
  expect(next).toBeUndefined()

  await ann.client.logOut()
  expect((await store.all('')).size).toBe(0)
})
