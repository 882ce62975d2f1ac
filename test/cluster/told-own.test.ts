import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { idMax } from '../../src/core/ids.ts'
import { ownSeenMs, ownToldMs, settleMs } from '../../src/core/limits.ts'
import { readRedis } from '../../src/engines/cluster/settings.ts'
import { newMessage, takeId } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, newKeyspace } from './cassandra.ts'
import { createProxy } from './proxy.ts'
import { OwnRedis, TestGenerations } from './redis.ts'
import { refusedAfter } from './redis-process.ts'
import { startTelling, type TellingProcess } from './telling.ts'

const keyspace = newKeyspace()
const generations = new TestGenerations()
const shared = { generations, clock: new MovableClock() }
let redis: OwnRedis
let one: TellingProcess
let two: TellingProcess
const ending: (() => Promise<void> | void)[] = []

beforeAll(async () => {
  redis = await OwnRedis.start()
  one = await startTelling(keyspace, redis.settings, shared)
  two = await startTelling(keyspace, redis.settings, shared)
}, 120_000)

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

afterAll(async () => {
  await one?.close()
  await two?.close()
  await redis?.end()
  await dropKeyspace(keyspace)
}, 60_000)

/** What a newest page adds to what the inbox holds: as services/pages.ts asks. */
async function ownUndone({ outboxRows, driver, messages }: TellingProcess, author: number): Promise<number[]> {
  const undone = await outboxRows.lowestUndone()
  return messages.own(author, idMax + 1, undone - 1, 10, await driver.head(author))
}

describe('[M14] own messages that no fan-out has brought yet', () => {
  test('are known in every process when the message has been stored', async () => {
    const author = await one.driver.ready()
    for (const process of [one, two, one]) {
      const message = newMessage(author)
      await process.messages.store(message)
      for (const each of [one, two]) expect((await ownUndone(each, author))[0]).toBe(message.id)
    }
    expect(await ownUndone(two, author)).toHaveLength(3)
  })

  test('also where the inbox is made later', async () => {
    const author = await one.driver.reader()
    const message = newMessage(author)
    await one.messages.store(message)
    await two.driver.make(author)
    expect(await ownUndone(two, author)).toEqual([message.id])
  })
})

describe('Redis cannot be told', () => {
  test('the message is answered that much later, and every process that reads rows knows of it', async () => {
    const proxy = createProxy(redis.host, redis.port)
    ending.push(() => proxy.close())
    const cut = await startTelling(keyspace, readRedis(`127.0.0.1:${proxy.port}`), shared)
    ending.push(() => cut.close())
    const author = await two.driver.ready()
    const before = await two.driver.head(author)
    proxy.cut()
    await refusedAfter(cut.redis.inbox.head(author))
    const message = newMessage(author)
    const began = performance.now()
    await cut.messages.store(message)
    expect(performance.now() - began).toBeGreaterThanOrEqual(ownToldMs - 50)
    expect((await two.driver.head(author)).own).toBe(before.own)
    // The inbox tells nothing of it: `own` says that all is older.
    const nothing = { epoch: 1, own: 0 }
    const undone = await two.outboxRows.lowestUndone()
    expect(await two.messages.own(author, idMax + 1, undone - 1, 10, nothing)).toEqual([message.id])
  })
})

describe('an author who has just written', () => {
  test('costs one look into the outbox, not one a page, and each further message is seen', async () => {
    const author = await one.driver.ready()
    const ids: number[] = []
    for (let i = 0; i < 5; i++) {
      const message = newMessage(author)
      await (i % 2 ? one : two).messages.store(message)
      ids.unshift(message.id)
      expect(await ownUndone(two, author)).toEqual(ids)
      const undone = await two.outboxRows.lowestUndone()
      const again = async () => two.messages.own(author, idMax + 1, undone - 1, 10, await two.driver.head(author))
      expect(await two.readsOf(async () => expect(await again()).toEqual(ids))).toBe(0)
    }
  })

  test('a message that is on its way while a page is read is in the page after its answer', async () => {
    const author = await one.driver.ready()
    for (let i = 0; i < 40; i++) {
      const message = newMessage(author)
      let answered = false
      const storing = one.messages.store(message).then(() => {
        answered = true
      })
      while (!answered) await ownUndone(two, author)
      await storing
      expect((await ownUndone(two, author))[0]).toBe(message.id)
      await two.messages.delete(message.id, author, takeId())
    }
  })
})

describe('of an inbox just made', () => {
  test('one page asks the store, further ones do not until something is told', async () => {
    const reader = await one.driver.ready()
    const ask = () => ownUndone(two, reader)
    expect(await ask()).toEqual([])
    expect(await two.readsOf(async () => expect(await own(reader)).toEqual([]))).toBe(0)
    const { own: before } = await two.driver.head(reader)
    // Smaller than what the inbox names.
    const message = newMessage(reader)
    expect(message.id).toBeLessThan(before)
    await one.messages.store(message)
    expect((await two.driver.head(reader)).own).toBeGreaterThan(before)
    expect(await ask()).toEqual([message.id])
  })

  /** Without the look at rows that a page begins with. */
  async function own(reader: number): Promise<number[]> {
    return two.messages.own(reader, idMax + 1, takeId(), 10, await two.driver.head(reader))
  }
})

// Ids of tests are of the real time: these let the clock run ahead, and come last.
describe('when time has passed', () => {
  test('where there are none for a while, no page asks the store', async () => {
    const [author, other] = [await one.driver.ready(), await one.driver.ready()]
    const message = newMessage(author)
    await one.messages.store(message)
    await one.outboxRows.done((await one.outboxRows.undone(0, 1_000)).map(({ id }) => id))
    await shared.clock.pass(settleMs + 3_000)
    await two.outboxRows.lowestUndone()
    const undone = await two.outboxRows.lowestUndone()
    expect(undone).toBeGreaterThan(message.id)
    const reads = await two.readsOf(async () => {
      for (const reader of [author, other]) {
        const head = await two.driver.head(reader)
        expect(await two.messages.own(reader, idMax + 1, undone - 1, 10, head)).toEqual([])
      }
    })
    expect(reads).toBe(0)
  })

  test('who has read no rows for a while asks the store', async () => {
    const author = takeId()
    await two.outboxRows.lowestUndone()
    const ask = () => two.messages.own(author, idMax + 1, author, 10, { epoch: 1, own: 0 })
    expect(await two.readsOf(ask)).toBe(0)
    await shared.clock.pass(ownSeenMs + 1)
    expect(await two.readsOf(ask)).toBeGreaterThan(0)
  })
})
