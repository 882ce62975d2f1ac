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
  const boosters = async () =>
    (await gus.client.cached()).messages.filter(({ boostOf }) => boostOf?.id === id).map(({ author }) => author.handle)
  expect(await boosters()).toEqual(['gus', 'eve'])
  await gus.client.unboost(id)
  expect(await boosters()).toEqual(['eve'])
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
  // What others boosted of who is not followed stays, as on the server.
  await gus.client.unfollow(dan.id)
  expect((await offline(store)).texts).not.toContain('of dan')
  expect(await boosters()).toEqual(['eve'])
  await gus.client.block(eve.id)
  expect((await offline(store)).texts).not.toContain('of eve')
  expect(await boosters()).toEqual([])
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
})

for (const [how, client, options] of [
  ['by a socket', {}, {}],
  ['without one', { WebSocket: null }, {}],
  ['to catch up', {}, { live: false }],
] as const) {
  test(`nor does who has but another token, and streams ${how}`, async () => {
    const [store, tag] = [memoryStore(), how.slice(-2)]
    const [kim, leo, mia] = [
      await real.person(`kim_${tag}`, { store }),
      await real.person(`leo_${tag}`),
      await real.person(`mia_${tag}`),
    ]
    await leo.client.follow(mia.id)
    await leo.client.send('of leo')
    await kim.client.fetch()
    await kim.client.send('of kim')
    await new Rookery({ url: 'http://127.0.0.1:1', token: 'x', store }).queueSend('a draft of kim')
    const given = { url: real.server.address, token: leo.client.token, store, ...client }
    const reader = new Reader(new Rookery(given), options)
    await reader.first('reset')
    if (!('live' in options)) await reader.first('online')
    await reader.end()
    expect((await offline(store)).texts).toEqual(['of leo'])
    expect(await store.all('outbox:')).toEqual(new Map())

    // And misses nothing from then on.
    await mia.client.send('while leo was away')
    const again = new Reader(new Rookery(given), { live: false })
    await until(() => again.texts.length > 0)
    expect(again.texts).toEqual(['while leo was away'])
    await again.ended()
    expect((await leo.client.userMessages(leo.id)).messages).toHaveLength(1)
  })
}

test('who logs in where a timeline of nobody knows whom is held finds nothing of it', async () => {
  const [store, nan] = [memoryStore(), await real.person('nan')]
  await nan.client.send('of nan')
  await new Rookery({ url: real.server.address, token: nan.client.token, store }).fetch()
  expect((await offline(store)).texts).toEqual(['of nan'])
  await real.person('ole', { store })
  expect((await offline(store)).texts).toEqual([])
})

test('a log-in as somebody else ends the stream; nothing more of the other one comes into the store', async () => {
  const store = memoryStore()
  const [pia, quin, rex] = [await real.person('pia', { store }), await real.person('quin'), await real.person('rex')]
  await pia.client.follow(rex.id)
  await quin.client.send('of quin')
  const reader = new Reader(pia.client)
  await reader.first('online')
  await pia.client.logIn({ handle: 'quin', password: 'password of quin' })
  await pia.client.fetch()
  await reader.ended()
  expect(reader.failure).toBeUndefined()
  expect((await offline(store)).texts).toEqual(['of quin'])
})

test('logging out leaves nothing of a page that was on its way, and is done where the session has ended already', async () => {
  const [store, gate] = [memoryStore(), Promise.withResolvers<void>()]
  let answered = false
  const { client } = await real.person('sam', {
    store,
    async fetch(url, init) {
      const response = await fetch(url, init)
      if (!url.includes('/fetch')) return response
      answered = true
      await gate.promise
      return response
    },
  })
  await client.send('held')
  const onItsWay = client.fetch()
  await until(() => answered)
  const other = new Rookery({ url: real.server.address, token: client.token })
  await client.logOut()
  gate.resolve()
  expect((await onItsWay).messages).toHaveLength(1)
  expect(await store.all('')).toEqual(new Map())
  // The same token, which is dead by now.
  await other.queueSend('waits')
  await other.logOut()
  expect([other.token, await other.outbox()]).toEqual([undefined, []])
})

test('a store that fails undoes nothing that the server has done, and is found out before there is an account', async () => {
  let fails = false
  const inner = memoryStore()
  const failing = async () => {
    if (fails) throw new Error('the disk is full')
  }
  const store: Store = {
    ...inner,
    all: (prefix) => failing().then(() => inner.all(prefix)),
    set: (changes) => failing().then(() => inner.set(changes)),
  }
  const tom = await real.person('tom', { store })
  await tom.client.fetch()
  fails = true
  const { id } = await tom.client.send('sent')
  expect((await tom.client.like(id)).likes).toBe(1)
  expect((await tom.client.fetch()).messages).toHaveLength(1)
  await expect(real.person('una', { store: { ...store } })).rejects.toThrow('the disk is full')
  await expect(tom.client.user('@una')).rejects.toMatchObject({ code: 'no_such_user' })
  // What it could not hold is written with the next change.
  fails = false
  await tom.client.unlike(id)
  expect((await offline(store)).texts).toEqual(['sent'])
})
