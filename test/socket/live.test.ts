import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { messageBody } from '../../src/core/message.ts'
import type { BusEvent } from '../../src/ports/bus.ts'
import { until } from '../until.ts'
import { Client, type Gateway, openGateway, type Person } from './harness.ts'

let gateway: Gateway
let count = 0
beforeAll(() => {
  gateway = openGateway()
})
afterAll(() => {
  expect(gateway.problems).toEqual([])
  gateway.close()
})

/** An author and a reader who follows them. */
async function pair(on = gateway): Promise<{ author: Person; reader: Person }> {
  const [author, reader] = [await on.person(`author${++count}`), await on.person(`reader${count}`)]
  await on.follow(reader, author)
  return { author, reader }
}

const numbers = (n: number, from = 0) => Array.from({ length: n }, (_, i) => `m${from + i}`)

async function publishAll(on: Gateway, author: Person, texts: readonly string[]): Promise<void> {
  for (const text of texts) await on.publish(author, text)
}

describe('live', () => {
  test('two people talk: each sees the other, a message frame holds message and cursor', async () => {
    const { author, reader } = await pair()
    await gateway.follow(author, reader)
    const [a, b] = [await Client.ready(gateway, author), await Client.ready(gateway, reader)]
    const sent = await a.ask({ op: 'send', ref: 's', text: 'hello you' })
    expect(sent.ok).toMatchObject({ text: 'hello you', author: { id: String(author.id) }, likes: 0 })
    const got = await b.next('message')
    expect(got.message).toEqual(sent.ok as never)
    expect(got.cursor).toBeString()
    expect(b.raw.at(-1)).toStartWith('{"event":"message"')
    await b.ask({ op: 'send', ref: 's', text: 'hello back' })
    expect((await a.next('message')).message?.text).toBe('hello back')
    expect(a.texts).toEqual(['hello back'])
  })

  test('many messages come once each, in order, by pushes alone', async () => {
    const { author, reader } = await pair()
    const client = await Client.ready(gateway, reader)
    await until(() => gateway.hub.stats().refillsWaiting === 0)
    const before = gateway.hub.stats()
    await publishAll(gateway, author, numbers(100))
    await until(() => client.texts.length === 100)
    expect(client.texts).toEqual(numbers(100))
    expect(gateway.hub.stats().refills).toBe(before.refills)
    expect(gateway.hub.stats().pushed - before.pushed).toBe(100)
  })

  test('with since: ready has that cursor, then what arrived after it, then live', async () => {
    const { author, reader } = await pair()
    await gateway.publish(author, 'before')
    await gateway.settled()
    const first = await Client.ready(gateway, reader)
    const since = first.frames[0]!.cursor!
    first.close()
    await publishAll(gateway, author, numbers(120))
    await gateway.settled()
    const client = await Client.ready(gateway, reader, { since })
    expect(client.frames[0]).toMatchObject({ event: 'ready', cursor: since })
    await publishAll(gateway, author, numbers(30, 120))
    await until(() => client.texts.length >= 150)
    expect(client.texts).toEqual(numbers(150))
  })

  test('each message’s cursor goes on after it', async () => {
    const { author, reader } = await pair()
    const client = await Client.ready(gateway, reader)
    await publishAll(gateway, author, numbers(10))
    await until(() => client.texts.length === 10)
    const messages = client.frames.filter((frame) => frame.event === 'message')
    for (let i = 0; i < 10; i += 3) {
      const again = await Client.ready(gateway, reader, { since: messages[i]!.cursor })
      await until(() => again.texts.length === 9 - i)
      expect(again.texts).toEqual(numbers(10).slice(i + 1))
      again.close()
    }
  })

  test('own messages come on the other sockets, the one that sent gets the answer alone', async () => {
    const { author } = await pair()
    const [phone, desk] = [await Client.ready(gateway, author), await Client.ready(gateway, author)]
    for (let i = 0; i < 5; i++) await phone.ask({ op: 'send', ref: `${i}`, text: `from phone ${i}` })
    await desk.ask({ op: 'send', ref: 'd', text: 'from desk' })
    await until(() => desk.texts.length === 5 && phone.texts.length === 1)
    expect(phone.texts).toEqual(['from desk'])
    expect(desk.texts).toEqual(numbers(5).map((_, i) => `from phone ${i}`))
    // The cursor has passed them.
    const again = await Client.ready(gateway, author, { since: phone.lastCursor })
    await gateway.publish(author, 'last')
    await again.next('message')
    expect(again.texts).toEqual(['last'])
  })

  test('sends without waiting for answers: none comes back live', async () => {
    const { author } = await pair()
    const [phone, desk] = [await Client.ready(gateway, author), await Client.ready(gateway, author)]
    for (let i = 0; i < 200; i++) phone.send({ op: 'send', ref: `${i}`, text: `t${i}` })
    await until(() => desk.texts.length === 200)
    await until(() => phone.frames.length === 201)
    expect(phone.texts).toEqual([])
  })

  test('a deleted message is told live, and after ready where it was deleted since', async () => {
    const { author, reader } = await pair()
    const client = await Client.ready(gateway, reader)
    const [one, two] = [await gateway.publish(author, 'one'), await gateway.publish(author, 'two')]
    await until(() => client.texts.length === 2)
    const { cursor } = client.frames.at(-1)!
    await gateway.road.deleteMessage(author.id, one)
    expect((await client.next('deleted')).id).toBe(String(one))
    client.close()
    await gateway.road.deleteMessage(author.id, two)
    const again = await Client.ready(gateway, reader, { since: cursor })
    await until(() => again.frames.filter((frame) => frame.event === 'deleted').length === 2)
    expect(again.raw.at(-1)).toBe(`{"event":"deleted","id":"${two}"}`)
    const stranger = await Client.ready(gateway, await gateway.person('stranger'))
    await gateway.road.deleteMessage(author.id, await gateway.publish(author, 'three'))
    await again.next('deleted')
    expect(stranger.frames).toHaveLength(1)
  })

  test('preview cuts live messages and those after ready', async () => {
    const { author, reader } = await pair()
    const start = (await Client.ready(gateway, reader)).lastCursor
    const client = await Client.ready(gateway, reader, { preview: 5 })
    await gateway.publish(author, 'a👍longer text')
    expect((await client.next('message')).message).toMatchObject({ text: 'a👍lon', truncated: true })
    const again = await Client.ready(gateway, reader, { preview: 3, since: start })
    expect((await again.next('message')).message).toMatchObject({ text: 'a👍l', truncated: true })
  })

  test('what one has unfollowed stops at once, what one follows begins', async () => {
    const { author, reader } = await pair()
    const other = await gateway.person(`other${count}`)
    const client = await Client.ready(gateway, reader)
    await gateway.publish(author, 'one')
    await client.next('message')
    await client.ask({ op: 'unfollow', ref: 'u', id: String(author.id) })
    const followed = await client.ask({ op: 'follow', ref: 'f', id: String(other.id) })
    expect(followed.ok).toMatchObject({ following: true, followedBy: false })
    await gateway.publish(author, 'unseen')
    await gateway.publish(other, 'two')
    await client.next('message')
    expect(client.texts).toEqual(['one', 'two'])
  })

  test('who liked a message before it reached them sees that', async () => {
    const slow = openGateway({
      needs: (needs) => ({
        ...needs,
        present: {
          ...needs.present,
          live: async (id) => {
            await until(async () => (await needs.likeStore.counts([id]))[0] === 1)
            return needs.present.live(id)
          },
        },
      }),
    })
    const { author, reader } = await pair(slow)
    const other = await slow.person('other')
    await slow.follow(other, author)
    const [client, others] = [await Client.ready(slow, reader), await Client.ready(slow, other)]
    await slow.like(reader, await slow.publish(author, 'liked early'))
    expect((await client.next('message')).message).toMatchObject({ likes: 1, you: { liked: true } })
    expect((await others.next('message')).message).toMatchObject({ likes: 1, you: { liked: false } })
    slow.close()
  })
})

describe('hot authors', () => {
  test('come live in order, mixed with others, with followers who come and go', async () => {
    const hot = openGateway({ hotFollowers: 3 })
    const star = await hot.person('star')
    const friend = await hot.person('friend')
    const readers: Person[] = []
    for (let i = 0; i < 5; i++) {
      const reader = await hot.person(`fan${i}`)
      readers.push(reader)
      await hot.follow(reader, star)
      await hot.follow(reader, friend)
    }
    const stranger = await hot.person('stranger')
    const clients = await Promise.all([...readers, stranger].map((reader) => Client.ready(hot, reader)))
    for (let i = 0; i < 20; i++) await hot.publish(i % 3 === 0 ? friend : star, `m${i}`)
    await until(() => clients.slice(0, 5).every((client) => client.texts.length === 20))
    for (const client of clients.slice(0, 5)) {
      expect(client.texts.toSorted()).toEqual(numbers(20).toSorted())
      for (const author of [star, friend]) {
        const of = client.frames.filter((frame) => frame.message?.author.id === String(author.id))
        const ids = of.map((frame) => Number(frame.message!.id))
        expect(ids).toEqual(ids.toSorted((a, b) => a - b))
      }
    }
    expect(clients[5]!.texts).toEqual([])
    // A new follower gets what comes from now on; who unfollows gets no more.
    await hot.follow(stranger, star)
    await hot.unfollow(readers[0]!, star)
    await hot.publish(star, 'm20')
    await until(() => clients[5]!.texts.length === 1 && clients[1]!.texts.length === 21)
    expect(clients[0]!.texts).toHaveLength(20)
    // Where the last cursor stands nothing is missing and nothing comes again.
    const again = await Client.ready(hot, readers[1]!, { since: clients[1]!.lastCursor })
    await hot.publish(star, 'm21')
    await again.next('message')
    expect(again.texts).toEqual(['m21'])
    // The star's own other socket hears of it too, once.
    const own = await Client.ready(hot, star)
    await hot.publish(star, 'm22')
    await own.next('message')
    await hot.publish(star, 'm23')
    await own.next('message')
    expect(own.texts).toEqual(['m22', 'm23'])
    expect(hot.problems).toEqual([])
    hot.close()
  })

  test('an author who turns hot and back keeps the order', async () => {
    const hot = openGateway({ hotFollowers: 3 })
    const star = await hot.person('star')
    const fans = await Promise.all(['a', 'b', 'c', 'd'].map((name) => hot.person(name)))
    await hot.follow(fans[0]!, star)
    const client = await Client.ready(hot, fans[0]!)
    let n = 0
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 5; i++) await hot.publish(star, `m${n++}`)
      for (const fan of fans.slice(1)) await (round % 2 === 0 ? hot.follow(fan, star) : hot.unfollow(fan, star))
    }
    await until(() => client.texts.length === 20)
    expect(client.texts).toEqual(numbers(20))
    hot.close()
  })
})

describe('what the Bus loses', () => {
  /** A gateway whose Bus loses what `loses` says. */
  function lossy(loses: (event: BusEvent) => boolean, options: Parameters<typeof openGateway>[0] = {}): Gateway {
    return openGateway({
      ...options,
      needs: (needs) => ({
        ...needs,
        bus: { subscribe: (name, handle) => needs.bus.subscribe(name, (event) => loses(event) || handle(event)) },
      }),
    })
  }

  test('a gap in the positions is filled before what comes after it', async () => {
    let n = 0
    const some = lossy((event) => event.kind === 'delivered' && n++ % 3 === 1)
    const { author, reader } = await pair(some)
    const client = await Client.ready(some, reader)
    await publishAll(some, author, numbers(60))
    await some.publish(author, 'm60')
    await until(() => client.texts.length >= 60)
    expect(client.texts.slice(0, 60)).toEqual(numbers(60))
    some.close()
  })

  test('comparing heads finds messages, hot ones too, deletions, and follows', async () => {
    const none = lossy(() => true, { hotFollowers: 2, speed: 50 })
    const { author, reader } = await pair(none)
    const star = await none.person('star')
    for (const name of ['x', 'y', 'z']) await none.follow(await none.person(name), star)
    await none.follow(reader, star)
    const client = await Client.ready(none, reader)
    const first = await none.publish(author, 'm0')
    await none.publish(star, 'm1')
    await until(() => client.texts.length === 2)
    await none.road.deleteMessage(author.id, first)
    await until(() => client.frames.some((frame) => frame.event === 'deleted'))
    none.close()
  })

  test('an inbox that is gone is made again, and nothing is missing', async () => {
    const fast = openGateway({ speed: 50 })
    const { author, reader } = await pair(fast)
    const client = await Client.ready(fast, reader)
    await fast.publish(author, 'm0')
    await client.next('message')
    await fast.engine.inbox.forget(reader.id)
    await fast.publish(author, 'm1')
    await until(() => new Set(client.texts).size === 2)
    fast.close()
  })
})

test.each(['pushed', 'hot'] as const)('what comes by id before its own delivery (%s) comes once', async (mode) => {
  const late = openGateway()
  const { author, reader } = await pair(late)
  const other = await late.person('other')
  await late.follow(reader, other)
  const before = await Client.ready(late, reader)
  before.close()
  await until(() => late.hub.stats().sockets === 0)
  await late.engine.inbox.forget(reader.id)
  await late.road.timeline.stand(reader.id)
  // Stored, and its job waits; a later message of somebody else is there already.
  const id = await late.road.ids.take()
  const job = { id, author: author.id, mode, prev: [], crossed: false }
  await late.engine.messages.store({ ...job, body: messageBody(id, 'm0') })
  late.road.ids.settle(id)
  const later = await late.publish(other, 'm1')
  await until(async () => (await late.engine.inbox.head(reader.id))?.largest === later)
  const client = await Client.ready(late, reader, { since: before.frames[0]!.cursor })
  await until(() => client.texts.length === 2)
  await late.engine.queue.put(job)
  await late.settled()
  await late.publish(author, 'm2')
  await until(() => client.texts.includes('m2'))
  expect(client.texts).toEqual(['m0', 'm1', 'm2'])
  late.close()
})
