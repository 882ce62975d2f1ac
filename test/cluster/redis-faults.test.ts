import { afterEach, describe, expect, test } from 'bun:test'
import { newestFirst, takeId, takeIds } from '../../src/ports/support.contract.ts'
import { until } from '../until.ts'
import { OwnRedis, TestGenerations } from './redis.ts'
import { reachable, refusedAfter, startProcess, type TestProcess } from './redis-process.ts'

const endless = Number.MAX_SAFE_INTEGER
const ending: (() => Promise<void>)[] = []

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function server(...more: string[]): Promise<OwnRedis> {
  const redis = await OwnRedis.start(more)
  ending.push(() => redis.end())
  return redis
}

async function process(redis: OwnRedis, more: Parameters<typeof startProcess>[1] = {}): Promise<TestProcess> {
  const started = await startProcess(redis.settings, more)
  ending.push(() => started.close())
  return started
}

describe('Redis hangs', () => {
  test('calls under way are refused after a second, further ones at once, and all works again when it wakes', async () => {
    const redis = await server()
    const one = await process(redis)
    const me = await one.driver.ready()
    await one.driver.deliver(takeIds(3), [me])
    const before = await one.driver.head(me)
    redis.hang()
    const { inbox } = one.redis
    const waits = await Promise.all([
      refusedAfter(inbox.head(me)),
      refusedAfter(inbox.page(me, endless, 10)),
      refusedAfter(inbox.after(me, before.epoch, before.position, 10)),
      refusedAfter(inbox.create(me, 1, 1, 1, 2)),
      refusedAfter(inbox.deliver([{ id: takeId(), readers: Float64Array.of(me) }])),
      refusedAfter(inbox.backfill(me, [takeId()], 0)),
      ...Array.from({ length: 500 }, () => refusedAfter(inbox.head(takeId()))),
    ])
    expect(Math.max(...waits)).toBeLessThan(2_000)
    expect(Math.min(...waits)).toBeGreaterThan(900)
    for (let i = 0; i < 5; i++) expect(await refusedAfter(inbox.head(me))).toBeLessThan(200)
    // What keeps no promise is not refused.
    expect(await inbox.lower(me, { ...before, floor: 0 }, [], 0)).toBe(false)
    await inbox.online(me, 'gateway')
    expect(await one.redis.inbox.presence([me])).toEqual(['unknown'])
    expect(one.redis.stats()).toEqual({ servers: 1, usable: 0, shardsAway: 64 })
    redis.wake()
    await reachable(one)
    const { position, epoch } = await one.driver.head(me)
    expect(epoch).toBe(before.epoch)
    expect(position).toBeLessThanOrEqual(before.position + 1)
    // The presence is made up for.
    const reported = async () => (await one.driver.deliver([takeId()], [me])).map(({ gateway }) => gateway)
    await until(async () => (await reported()).includes('gateway'), 5_000, 'the presence is known')
    expect(one.redis.stats()).toEqual({ servers: 1, usable: 1, shardsAway: 0 })
  })

  test('a shard is given up: raised after 5 s, done without 10 s later, and its inboxes are made anew', async () => {
    const redis = await server()
    const one = await process(redis)
    const me = await one.driver.ready()
    const before = await one.driver.head(me)
    redis.hang()
    const early = takeId()
    const deliver = (id: number) => one.redis.inbox.deliver([{ id, readers: Float64Array.of(me) }])
    await refusedAfter(deliver(early))
    expect(one.generations.raised).toEqual([])
    one.skip(5_000)
    await refusedAfter(deliver(early))
    await until(() => one.generations.raised.length === 1)
    // One that was not there when the number was raised must wait for the next time.
    const late = takeId()
    await refusedAfter(deliver(late))
    one.skip(9_000)
    await refusedAfter(deliver(early))
    one.skip(1_000)
    expect(await deliver(early)).toEqual([])
    await refusedAfter(deliver(late))
    await until(() => one.generations.raised.length >= 2)
    one.skip(10_000)
    expect(await deliver(late)).toEqual([])
    expect(new Set(one.generations.raised).size).toBe(1)
    redis.wake()
    await until(() =>
      one.redis.inbox.head(me).then(
        (head) => head === undefined,
        () => false,
      ),
    )
    expect(await one.redis.inbox.after(me, before.epoch, before.position, 10)).toBeUndefined()
    await one.driver.make(me, [late, early])
    expect((await one.driver.head(me)).epoch).not.toBe(before.epoch)
  })

  test('processes that lose a server together share the raises of its shards', async () => {
    const redis = await server()
    const generations = new TestGenerations()
    const keyspace = 'test_together'
    const both = [await process(redis, { generations, keyspace }), await process(redis, { generations, keyspace })]
    const readers = Float64Array.from(takeIds(2_000))
    const deliver = (one: TestProcess, id: number) => one.redis.inbox.deliver([{ id, readers }])
    redis.hang()
    const id = takeId()
    for (const skipped of [0, 5_000]) {
      for (const one of both) one.skip(skipped)
      await Promise.all(both.map((one) => refusedAfter(deliver(one, id))))
    }
    await until(() => new Set(generations.raised).size === 64)
    expect(generations.raised.length).toBeLessThan(1.5 * 64)
    for (const one of both) {
      const delivered = () => {
        one.skip(1_000)
        return deliver(one, id).then(
          () => true,
          () => false,
        )
      }
      await until(delivered, 5_000, 'deliveries do without')
    }
  })

  test('a message that is older than all doubt may do without as soon as a raise has ripened', async () => {
    const redis = await server()
    const one = await process(redis)
    const reader = takeId()
    redis.hang()
    const deliver = (id: number) => one.redis.inbox.deliver([{ id, readers: Float64Array.of(reader) }])
    await refusedAfter(deliver(takeId()))
    one.skip(5_000)
    const before = takeId()
    await one.clock.pass(16_000)
    await refusedAfter(deliver(takeId()))
    await until(() => one.generations.raised.length === 1)
    one.skip(10_000)
    expect(await deliver(before)).toEqual([])
  })

  test('backfill is refused at first, then gives the shard up', async () => {
    const redis = await server()
    const one = await process(redis)
    const me = await one.driver.ready()
    redis.hang()
    await refusedAfter(one.redis.inbox.backfill(me, [takeId()], 0))
    one.skip(5_000)
    await Promise.all([one.redis.inbox.backfill(me, [takeId()], 0), one.redis.inbox.backfill(me, [takeId()], 0)])
    expect(one.generations.raised).toHaveLength(1)
    redis.wake()
    await until(() =>
      one.redis.inbox.head(me).then(
        (head) => head === undefined,
        () => false,
      ),
    )
  })
})

describe('Redis loses what it had', () => {
  test('restarted from an older copy, it gives positions twice: the inboxes of before count as absent', async () => {
    const redis = await server()
    const one = await process(redis)
    const me = await one.driver.ready()
    await one.redis.inbox.online(me, 'gateway')
    await one.driver.deliver(takeIds(3), [me])
    await redis.ask('SAVE')
    const lost = takeIds(2)
    await one.driver.deliver(lost, [me])
    const before = await one.driver.head(me)
    await redis.kill()
    await until(() => one.redis.stats().usable === 0)
    await redis.restart()
    await reachable(one)
    // The value is there, two positions back.
    expect((await redis.ask('KEYS', '*:t:*')) as string[]).toHaveLength(1)
    expect(await one.redis.inbox.head(me)).toBeUndefined()
    expect(await one.redis.inbox.page(me, endless, 10)).toBeUndefined()
    expect(await one.redis.inbox.after(me, before.epoch, before.position, 10)).toBeUndefined()
    // It takes what comes, but a gateway that stands at the old positions does not hear of it.
    expect(await one.driver.deliver(takeIds(3), [me])).toEqual([])
    expect((await one.driver.begin(me)).found).toBe('created')
  })

  test('after a failover to a copy that lagged, likewise', async () => {
    const [main, copy] = [await server(), await server()]
    await copy.ask('REPLICAOF', main.host, String(main.port))
    const both = { ...main.settings, nodes: [...copy.settings.nodes, ...main.settings.nodes] }
    const one = await startProcess(both)
    ending.push(() => one.close())
    const me = await one.driver.ready()
    await one.driver.deliver(takeIds(3), [me])
    await main.ask('WAIT', '1', '1000')
    copy.hang()
    await one.driver.deliver(takeIds(2), [me])
    const before = await one.driver.head(me)
    await main.kill()
    copy.wake()
    await copy.ask('REPLICAOF', 'NO', 'ONE')
    await reachable(one)
    expect(await one.redis.inbox.head(me)).toBeUndefined()
    expect(await one.redis.inbox.after(me, before.epoch, before.position - 1, 10)).toBeUndefined()
    await one.driver.make(me)
    await one.driver.deliver(takeIds(2), [me])
    expect((await one.driver.head(me)).epoch).not.toBe(before.epoch)
  })

  test('a master that becomes a copy is left, and the new one is found', async () => {
    const [first, second] = [await server(), await server()]
    const one = await startProcess({ ...first.settings, nodes: [...first.settings.nodes, ...second.settings.nodes] })
    ending.push(() => one.close())
    const me = await one.driver.ready()
    await first.ask('REPLICAOF', second.host, String(second.port))
    await until(
      () =>
        one.driver.make(me).then(
          () => true,
          () => false,
        ),
      10_000,
      'an inbox is made at the new master',
    )
    expect((await second.ask('KEYS', '*:t:*')) as string[]).toHaveLength(1)
  })

  test('emptied, it has no inboxes; what is made anew has another epoch', async () => {
    const redis = await server()
    const one = await process(redis)
    const me = await one.driver.ready()
    const before = await one.driver.head(me)
    await redis.ask('FLUSHALL')
    expect(await one.redis.inbox.head(me)).toBeUndefined()
    expect(await one.driver.deliver([takeId()], [me])).toEqual([])
    await one.driver.make(me)
    expect((await one.driver.head(me)).epoch).not.toBe(before.epoch)
  })

  test('without its functions, it is given them again', async () => {
    const redis = await server()
    const one = await process(redis)
    const me = await one.driver.ready()
    await redis.ask('FUNCTION', 'FLUSH')
    expect(await one.redis.inbox.head(me)).toBeDefined()
    await redis.ask('FUNCTION', 'FLUSH')
    const ids = takeIds(2)
    await one.driver.deliver(ids, [me])
    expect((await one.redis.inbox.page(me, endless, 10))!.ids).toEqual(newestFirst(ids))
  })

  test('full, it refuses deliveries and is still read', async () => {
    const redis = await server('--maxmemory-policy', 'noeviction')
    const one = await process(redis)
    const me = await one.driver.ready()
    const id = takeId()
    await one.driver.deliver([id], [me])
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1')
    await refusedAfter(one.driver.deliver([takeId()], [me]))
    expect((await one.redis.inbox.page(me, endless, 10))!.ids).toEqual([id])
    expect(await one.redis.inbox.head(me)).toBeDefined()
    await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
    await one.driver.deliver([takeId()], [me])
    expect((await one.driver.head(me)).largest).toBeGreaterThan(id)
  })
})

describe('generations', () => {
  test('raised by one process, the inboxes of before are absent for all within seconds', async () => {
    const redis = await server()
    const generations = new TestGenerations()
    const keyspace = 'test_generations'
    const [one, two] = [
      await process(redis, { generations, keyspace }),
      await process(redis, { generations, keyspace }),
    ]
    const me = await one.driver.ready()
    expect(await two.redis.inbox.head(me)).toEqual(await one.driver.head(me))
    generations.numbers.fill(7)
    for (const { redis: seen } of [one, two]) {
      await until(async () => (await seen.inbox.head(me)) === undefined, 5_000, 'the inbox is absent')
    }
  })

  test('who knows an older generation still delivers into inboxes of the new one, and tells no gateway', async () => {
    const redis = await server()
    const keyspace = 'test_generations'
    const [old, now] = [new TestGenerations(), new TestGenerations()]
    now.numbers.fill(1)
    const behind = await process(redis, { keyspace, generations: old })
    const one = await process(redis, { keyspace, generations: now })
    const me = await one.driver.ready()
    await one.redis.inbox.online(me, 'gateway')
    const id = takeId()
    expect(await behind.redis.inbox.deliver([{ id, readers: Float64Array.of(me) }])).toEqual([])
    expect((await one.redis.inbox.page(me, endless, 10))!.ids).toEqual([id])
    expect(await behind.redis.inbox.page(me, endless, 10)).toBeUndefined()
    const followed = takeId()
    await behind.redis.inbox.backfill(me, [followed], 0)
    expect((await one.redis.inbox.page(me, endless, 10))!.ids).toEqual([followed, id])
  })

  test('not read for 5 s, nothing is read from inboxes, nor delivered; read again, they are as they were', async () => {
    const redis = await server()
    const one = await process(redis)
    const me = await one.driver.ready()
    const before = await one.driver.head(me)
    one.generations.problem = new Error('the database is away')
    one.skip(5_001)
    await refusedAfter(one.redis.inbox.head(me))
    await refusedAfter(one.redis.inbox.page(me, endless, 10))
    await refusedAfter(one.redis.inbox.deliver([{ id: takeId(), readers: Float64Array.of(me) }]))
    one.generations.problem = undefined
    await reachable(one)
    expect((await one.driver.head(me)).epoch).toBe(before.epoch)
  })
})
