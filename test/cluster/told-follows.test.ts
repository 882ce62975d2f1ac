import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { followsChangeMs, generationAgeMaxMs, shardGivenUpMs } from '../../src/core/limits.ts'
import { statement } from '../../src/engines/cluster/cassandra/client.ts'
import { readRedis } from '../../src/engines/cluster/settings.ts'
import { takeId } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'
import { dropKeyspace, newKeyspace } from './cassandra.ts'
import { createProxy } from './proxy.ts'
import { OwnRedis, TestGenerations } from './redis.ts'
import { reachable, refusedAfter } from './redis-process.ts'
import { startTelling, type TellingProcess, writeEdge } from './telling.ts'

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

const follow = (process: TellingProcess, reader: number, followee: number) =>
  process.graph.follow(reader, followee, takeId(), false)
const idsOf = async (process: TellingProcess, reader: number) => [...(await process.graph.followees(reader)).ids]
const head = (process: TellingProcess, reader: number) => process.driver.head(reader)

/** A process whose way to Redis can be cut. */
async function cutOff(): Promise<{ process: TellingProcess; proxy: ReturnType<typeof createProxy> }> {
  const proxy = createProxy(redis.host, redis.port)
  ending.push(() => proxy.close())
  const process = await startTelling(keyspace, readRedis(`127.0.0.1:${proxy.port}`), shared)
  ending.push(() => process.close())
  return { process, proxy }
}

describe('while the inbox tells the same', () => {
  test('[G6] [G7] lists are the same objects, and cost no read of the store', async () => {
    const me = await one.driver.ready()
    const [anna, bela] = [takeId(), takeId()]
    await follow(one, me, anna)
    await follow(one, me, bela)
    const told = await head(two, me)
    const followees = await two.graph.followees(me, told)
    const since = await two.graph.followedSince(me, told)
    expect([...followees.ids]).toEqual([anna, bela])
    expect([...since.keys()].sort((a, b) => a - b)).toEqual([anna, bela])
    const reads = await two.readsOf(async () => {
      for (let i = 0; i < 10; i++) {
        expect(await two.graph.followees(me, await head(two, me))).toBe(followees)
        expect(await two.graph.followees(me)).toBe(followees)
        expect(await two.graph.followedSince(me, told)).toBe(since)
      }
    })
    expect(reads).toBe(0)
  })

  test('a change that changes nothing leaves the same object', async () => {
    const [me, anna] = [await one.driver.ready(), takeId()]
    await follow(one, me, anna)
    const followees = await two.graph.followees(me)
    const before = await head(two, me)
    expect(await follow(one, me, anna)).toBe(false)
    const after = await head(two, me)
    expect(after.follows).not.toBe(before.follows)
    expect(await two.graph.followees(me, after)).toBe(followees)
  })

  test('without an inbox every list is read of a quorum', async () => {
    const [me, anna] = [takeId(), takeId()]
    await follow(one, me, anna)
    expect(await two.readsOf(async () => expect(await idsOf(two, me)).toEqual([anna]))).toBe(1)
    await writeEdge(two.db, me, anna + 1)
    expect(await idsOf(two, me)).toEqual([anna, anna + 1])
  })
})

describe('[G6] what has resolved in one process is seen in every other', () => {
  test('of follows and unfollows in any order, with the head read then', async () => {
    const me = await one.driver.ready()
    const all = Array.from({ length: 4 }, takeId)
    const wished = new Map<number, boolean>()
    const processes = [one, two]
    let seed = 7
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31
      return (seed >> 8) % below
    }
    // Each followee's edge is changed by one caller at a time; those of different ones at once.
    async function change(followee: number): Promise<void> {
      for (let i = 0; i < 12; i++) {
        const wish = random(2) === 1
        const process = processes[random(2)]!
        if (wish) await follow(process, me, followee)
        else await process.graph.unfollow(me, followee)
        wished.set(followee, wish)
        const seen = await Promise.all(processes.map(async (each) => each.graph.followees(me, await head(each, me))))
        for (const list of seen) expect(list.has(followee)).toBe(wish)
        for (const each of processes) expect((await each.graph.followees(me)).has(followee)).toBe(wish)
      }
    }
    await Promise.all(all.map(change))
    const expected = all.filter((followee) => wished.get(followee)).sort((a, b) => a - b)
    for (const each of processes) expect(await idsOf(each, me)).toEqual(expected)
    // Nothing is left under way.
    expect((await head(one, me)).follows).toBeGreaterThan(0)
  }, 60_000)

  test('also where the inbox goes away under way, and is made anew', async () => {
    const [me, anna] = [await one.driver.ready(), takeId()]
    expect(await idsOf(two, me)).toEqual([])
    await one.redis.edgeChanges.around(me, async () => {
      await two.redis.inbox.forget(me)
      await two.driver.make(me)
      // Kept under the new inbox's version, before the edge is there.
      expect((await head(two, me)).follows).toBeGreaterThan(0)
      expect(await idsOf(two, me)).toEqual([])
      await writeEdge(one.db, me, anna)
    })
    expect(await idsOf(two, me)).toEqual([anna])
  })

  test('an edge that a list of followers completes', async () => {
    const [me, anna] = [await one.driver.ready(), takeId()]
    expect(await idsOf(two, me)).toEqual([])
    await follow(one, takeId(), anna)
    // What a process that died left: the row among the followers alone.
    await one.graph.follow(me, anna, 0, false)
    await one.db.write(statement('DELETE FROM following WHERE follower = ? AND followee = ?'), [me, anna])
    await one.redis.edgeChanges.around(me, async () => {})
    expect(await idsOf(two, me)).toEqual([])
    const { users } = await one.graph.listFollowers(anna, undefined, 10)
    expect(await idsOf(two, me)).toEqual(users.includes(me) ? [anna] : [])
  })
})

describe('while an edge is being written', () => {
  test('no version is told, and lists are read each time', async () => {
    const [me, anna] = [await one.driver.ready(), takeId()]
    const before = await head(two, me)
    await two.graph.followees(me, before)
    await one.redis.edgeChanges.around(me, async () => {
      expect((await head(two, me)).follows).toBe(0)
      expect((await two.redis.inbox.page(me, Number.MAX_SAFE_INTEGER, 1))!.head.follows).toBe(0)
      await writeEdge(one.db, me, anna)
      expect(await idsOf(two, me)).toEqual([anna])
    })
    const after = await head(two, me)
    expect(after.follows).toBeGreaterThan(before.follows)
    expect(await idsOf(two, me)).toEqual([anna])
  })

  test('a process that dies tells none until its writes have ended', async () => {
    const me = await one.driver.ready()
    void one.redis.edgeChanges.around(me, () => new Promise<void>(() => {}))
    await until(async () => (await head(two, me)).follows === 0, 5_000, 'the change has begun')
    // One that ends meanwhile does not hide it.
    await follow(two, me, takeId())
    expect((await head(two, me)).follows).toBe(0)
    await shared.clock.pass(followsChangeMs)
    expect((await head(two, me)).follows).toBeGreaterThan(0)
  })
})

describe('Redis cannot be told', () => {
  test('at first a follow is refused, and nothing is written', async () => {
    const { process, proxy } = await cutOff()
    const [me, anna] = [await one.driver.ready(), takeId()]
    proxy.cut()
    expect(await refusedAfter(follow(process, me, anna))).toBeLessThan(2_000)
    expect(await idsOf(two, me)).toEqual([])
    expect(await two.graph.edge(me, anna)).toBeUndefined()
  })

  test('later it is answered when nobody goes by the lists that others keep', async () => {
    const { process, proxy } = await cutOff()
    const [me, anna] = [await one.driver.ready(), takeId()]
    expect(await idsOf(two, me)).toEqual([])
    proxy.cut()
    await refusedAfter(process.redis.inbox.head(me))
    process.skip(shardGivenUpMs)
    const raised = generations.raised.length
    const began = performance.now()
    expect(await follow(process, me, anna)).toBe(true)
    expect(performance.now() - began).toBeGreaterThan(generationAgeMaxMs)
    expect(generations.raised.length).toBeGreaterThan(raised)
    // The inbox of before counts as absent; one made anew tells of lists that have the edge.
    expect(await two.redis.inbox.head(me)).toBeUndefined()
    expect(await idsOf(two, me)).toEqual([anna])
    await two.driver.make(me)
    expect(await idsOf(two, me)).toEqual([anna])
    // Process one was not cut off, and kept nothing either.
    expect(await idsOf(one, me)).toEqual([anna])
  }, 30_000)

  test('the end alone: refused, and a repetition tells it', async () => {
    const { process, proxy } = await cutOff()
    const [me, anna] = [await one.driver.ready(), takeId()]
    const change = process.redis.edgeChanges.around(me, async () => {
      await writeEdge(process.db, me, anna)
      proxy.cut()
    })
    await refusedAfter(change)
    // Nobody keeps anything meanwhile.
    expect((await head(two, me)).follows).toBe(0)
    expect(await idsOf(two, me)).toEqual([anna])
    proxy.release()
    await reachable(process)
    expect(await follow(process, me, anna)).toBe(false)
    expect(await idsOf(two, me)).toEqual([anna])
  })
})
