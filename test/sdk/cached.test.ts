import { afterAll, beforeAll, expect, test } from 'bun:test'
import { memoryStore, Rookery, type Store } from '../../src/sdk/index.ts'
import { until } from '../until.ts'
import { Reader, type Real, realServer } from './server.ts'

let real: Real
beforeAll(async () => {
  real = await realServer()
})
afterAll(() => real.close())

/** What a client without a network finds in the store. */
async function offline(store: Store): Promise<{ texts: string[]; next: string | undefined }> {
  const { messages, next } = await new Rookery({ url: 'http://127.0.0.1:1', token: 'x', store }).cached()
  return { texts: messages.map(({ text }) => text), next }
}

const numbers = (from: number, to: number) => Array.from({ length: from - to + 1 }, (_, i) => `n${from - i}`)

async function sendAll(client: Rookery, from: number, to: number): Promise<void> {
  for (let i = from; i <= to; i++) await client.send(`n${i}`)
}

test('pages join from the top down; what lies apart does not', async () => {
  const store = memoryStore()
  const ann = await real.person('ann', { store })
  const elsewhere = new Rookery({ url: real.server.address, token: ann.client.token })
  await sendAll(elsewhere, 1, 60)

  const first = await ann.client.fetch({ length: 10 })
  expect(await offline(store)).toEqual({ texts: numbers(60, 51), next: first.next })
  // Far below: not a part of what is held.
  const { messages } = await elsewhere.fetch({ length: 40 })
  await ann.client.fetch({ before: messages.at(-1)!.id, length: 5 })
  expect((await offline(store)).texts).toEqual(numbers(60, 51))
  const second = await ann.client.fetch({ before: first.next, length: 10 })
  expect(await offline(store)).toEqual({ texts: numbers(60, 41), next: second.next })

  // A newest page that meets what is held joins it.
  await sendAll(elsewhere, 61, 65)
  await ann.client.fetch({ length: 10 })
  expect(await offline(store)).toEqual({ texts: numbers(65, 41), next: second.next })
  // One that does not takes its place.
  await sendAll(elsewhere, 66, 90)
  const apart = await ann.client.fetch({ length: 10 })
  expect(await offline(store)).toEqual({ texts: numbers(90, 81), next: apart.next })
  expect((await ann.client.cached()).messages.map(({ text }) => text)).toEqual(numbers(90, 81))
  // Down to the end of it.
  for (let next = apart.next; next !== undefined; ) next = (await ann.client.fetch({ before: next, length: 30 })).next
  expect(await offline(store)).toEqual({ texts: numbers(90, 1), next: undefined })
})

test('on return only what is new is fetched, and joins; what was deleted meanwhile leaves', async () => {
  const store = memoryStore()
  const [ben, cid] = [await real.person('ben'), await real.person('cid', { store })]
  await cid.client.follow(ben.id)
  await sendAll(ben.client, 1, 5)
  await cid.client.fetch()
  const gone = (await ben.client.userMessages(ben.id)).messages.find(({ text }) => text === 'n3')!
  await ben.client.boost(gone.id)
  await ben.client.deleteMessage(gone.id)
  await sendAll(ben.client, 6, 40)

  const asked: string[] = []
  const back = new Rookery({
    url: real.server.address,
    token: cid.client.token,
    store,
    WebSocket: null,
    fetch: (url, init) => {
      asked.push(url)
      return fetch(url, init)
    },
  })
  const reader = new Reader(back, { live: false })
  await reader.ended()
  expect(asked.every((url) => url.includes('since='))).toBe(true)
  expect(reader.texts).toEqual(numbers(40, 6).reverse())
  expect((await offline(store)).texts).toEqual(numbers(40, 1).filter((text) => text !== 'n3'))
})

test('the newest page again: what it has not is gone from its range, and counts are as it says', async () => {
  const store = memoryStore()
  const [mia, ned, ola] = [await real.person('mia'), await real.person('ned'), await real.person('ola', { store })]
  for (const { id } of [mia, ned]) await ola.client.follow(id)
  await mia.client.send('far below')
  const one = await ned.client.send('of ned')
  const other = await mia.client.send('of mia')
  await until(async () => (await ola.client.fetch()).messages.length === 3)
  const elsewhere = new Rookery({ url: real.server.address, token: ola.client.token })
  await elsewhere.unfollow(ned.id)
  await elsewhere.like(other.id)
  await mia.client.send('newer')
  await until(async () => (await elsewhere.fetch()).messages.every(({ id }) => id !== one.id))
  await ola.client.fetch({ length: 3 })
  expect((await offline(store)).texts).toEqual(['newer', 'of mia', 'far below'])
  expect((await ola.client.cached()).messages[1]).toMatchObject({ likes: 1, you: { liked: true } })

  // One that is newer than all that is left.
  await elsewhere.unfollow(mia.id)
  await until(async () => (await ola.client.fetch()).messages.length === 0)
  expect((await offline(store)).texts).toEqual([])
})

test('likes, boosts and watched counts are kept current; who is unfollowed, muted or blocked leaves', async () => {
  const store = memoryStore()
  const people = await Promise.all(['dan', 'eve', 'fay'].map((handle) => real.person(handle)))
  const [dan, eve, fay] = people as [(typeof people)[0], (typeof people)[0], (typeof people)[0]]
  const gus = await real.person('gus', { store })
  for (const { id } of people) await gus.client.follow(id)
  const { id } = await dan.client.send('of dan')
  await eve.client.boost(id)
  await fay.client.send('of fay')
  await eve.client.send('of eve')
  await until(async () => (await gus.client.fetch()).messages.length === 4)

  const held = async () => (await gus.client.cached()).messages.find((message) => message.id === id)!
  await gus.client.like(id)
  expect(await held()).toMatchObject({ likes: 1, you: { liked: true, boosted: false } })
  await gus.client.boost(id)
  expect(await held()).toMatchObject({ boosts: 2, you: { liked: true, boosted: true } })
  await gus.client.unboost(id)
  expect(await held()).toMatchObject({ boosts: 1, you: { boosted: false } })
  const boost = (await gus.client.cached()).messages.find(({ boostOf }) => boostOf !== undefined)!
  expect(boost).toMatchObject({ likes: 1, boostOf: { id, likes: 1, you: { liked: true } } })

  const reader = new Reader(gus.client)
  await reader.first('online')
  gus.client.watch([id])
  await dan.client.like(id)
  await until(async () => (await held()).likes === 2)
  await reader.end()

  await gus.client.mute(fay.id)
  expect((await offline(store)).texts).not.toContain('of fay')
  await gus.client.block(eve.id)
  expect((await offline(store)).texts).not.toContain('of eve')
  await gus.client.unfollow(dan.id)
  expect((await offline(store)).texts).not.toContain('of dan')
  // Shown again, they are in the next page: what is held begins anew, for there would be holes.
  await gus.client.unmute(fay.id)
  await until(async () => (await gus.client.fetch()).messages.some(({ text }) => text === 'of fay'))
  expect((await offline(store)).texts).toEqual((await gus.client.fetch()).messages.map(({ text }) => text))
})

test('it is bounded: the oldest go, and paging goes on where it ends', async () => {
  const store = memoryStore()
  const hal = await real.person('hal', { store })
  const elsewhere = new Rookery({ url: real.server.address, token: hal.client.token })
  const count = 1_100
  for (let i = 0; i < count; i += 50) {
    for (const sent of Array.from({ length: 50 }, () => elsewhere.send('m'))) await sent
  }
  for (let page = await hal.client.fetch({ length: 100 }); page.next !== undefined; ) {
    page = await hal.client.fetch({ length: 100, before: page.next })
  }
  const { messages, next } = await hal.client.cached()
  expect(messages).toHaveLength(1_000)
  expect((await store.all('message:')).size).toBe(1_000)
  const below = await hal.client.fetch({ length: 100, before: next })
  expect(below.messages).toHaveLength(100)
  expect(below.next).toBeUndefined()
  expect(Number(below.messages[0]!.id)).toBeLessThan(Number(messages.at(-1)!.id))
}, 30_000)

test('somebody else on the same store finds nothing of it', async () => {
  const store = memoryStore()
  const ida = await real.person('ida', { store })
  await ida.client.send('for my followers')
  await ida.client.fetch()
  expect((await offline(store)).texts).toEqual(['for my followers'])
  const other = await real.person('jon', { store })
  expect(await offline(store)).toEqual({ texts: [], next: undefined })
  await other.client.deleteAccount()
  expect((await store.all('')).size).toBe(0)

  // Also where only the token is another's, and its owner shows with the stream.
  const kim = await real.person('kim', { store })
  await kim.client.fetch()
  await kim.client.send('of kim')
  const leo = await real.person('leo')
  const reader = new Reader(new Rookery({ url: real.server.address, token: leo.client.token, store }))
  await reader.first('online')
  await reader.end()
  expect((await offline(store)).texts).toEqual([])
})
