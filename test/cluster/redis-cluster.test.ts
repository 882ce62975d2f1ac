import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import type { UserId } from '../../src/core/ids.ts'
import { readerShardOf } from '../../src/engines/cluster/reader-shards.ts'
import { slotOf } from '../../src/engines/cluster/redis/slots.ts'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import { inboxContract } from '../../src/ports/inbox.contract.ts'
import { PartlyDelivered } from '../../src/ports/inbox.ts'
import { takeId, takeIds } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'
import { newRedisKeyspace, openTestRedis, TestGenerations } from './redis.ts'
import { type OwnCluster, startCluster } from './redis-cluster.ts'
import { refusedAfter, startProcess, type TestProcess } from './redis-process.ts'

/** A reader, with an inbox, whose shard one of these fulfils. */
async function readyWhere({ driver }: TestProcess, holds: (shard: number) => boolean): Promise<UserId> {
  let reader = await driver.reader()
  while (!holds(readerShardOf(reader))) reader = await driver.reader()
  await driver.make(reader)
  return reader
}

let cluster: OwnCluster

beforeAll(async () => {
  cluster = await startCluster()
})
afterAll(async () => {
  await cluster.end()
})

inboxContract('Redis Cluster', async () => {
  const clock = new MovableClock()
  const { users, graph } = createMemoryEngine({ clock })
  const [keyspace, generations] = [newRedisKeyspace(), new TestGenerations()]
  // One node is named; it tells of the others.
  const start = () => openTestRedis(cluster.masters[1]!.settings, { keyspace, clock, generations })
  const opened = (redis: Awaited<ReturnType<typeof start>>) => ({
    engine: { inbox: redis.inbox, users, graph },
    now: () => clock.now(),
    pass: (ms: number) => clock.pass(ms),
    async reopen() {
      await redis.close()
      return opened(await start())
    },
    close: () => redis.close(),
  })
  return opened(await start())
})

describe('Redis Cluster, faults', () => {
  test('one node hangs: its readers are refused, others served, and what reached somebody is reported', async () => {
    const one = await startProcess(cluster.masters[0]!.settings)
    const [hung] = cluster.masters as [OwnCluster['masters'][number]]
    const inHung = await readyWhere(one, (shard) => cluster.owner(shard) === hung)
    const other = await readyWhere(one, (shard) => cluster.owner(shard) !== hung)
    for (const reader of [inHung, other]) await one.redis.inbox.online(reader, 'gateway')
    hung.hang()
    try {
      const id = takeId()
      const deliver = () => one.redis.inbox.deliver([{ id, readers: Float64Array.of(inHung, other) }])
      const error = await deliver().catch((problem: unknown) => problem)
      expect(error).toBeInstanceOf(PartlyDelivered)
      expect((error as PartlyDelivered).code).toBe('unavailable')
      expect((error as PartlyDelivered).delivered.map(({ reader }) => reader)).toEqual([other])
      expect(await refusedAfter(one.redis.inbox.head(inHung))).toBeLessThan(200)
      expect((await one.driver.head(other)).largest).toBe(id)
      expect(await one.redis.inbox.presence([inHung, other])).toEqual(['unknown', 'unknown'])
      hung.wake()
      await until(
        () =>
          deliver().then(
            () => true,
            () => false,
          ),
        10_000,
        'the node is used again',
      )
      await until(
        () =>
          one.redis.inbox.head(inHung).then(
            (head) => head?.largest === id,
            () => false,
          ),
        10_000,
      )
    } finally {
      hung.wake()
      await one.close()
    }
  })

  test('a shard that moves to another node is followed there, and its inboxes are made anew', async () => {
    const one = await startProcess(cluster.masters[0]!.settings)
    const [from, to] = cluster.masters as [OwnCluster['masters'][number], OwnCluster['masters'][number]]
    const me = await readyWhere(one, (shard) => cluster.owner(shard) === from)
    await one.driver.deliver(takeIds(3), [me])
    const before = await one.driver.head(me)
    const slot = String(slotOf(String(readerShardOf(me))))
    const [fromId, toId] = [String(await from.ask('CLUSTER', 'MYID')), String(await to.ask('CLUSTER', 'MYID'))]
    await to.ask('CLUSTER', 'SETSLOT', slot, 'IMPORTING', fromId)
    await from.ask('CLUSTER', 'SETSLOT', slot, 'MIGRATING', toId)
    // Under way: nothing is written in either place.
    await refusedAfter(one.driver.deliver([takeId()], [me]))
    const keys = (await from.ask('CLUSTER', 'GETKEYSINSLOT', slot, '1000')) as string[]
    await from.ask('MIGRATE', to.host, String(to.port), '', '0', '1000', 'KEYS', ...keys)
    for (const node of [to, from, cluster.masters[2]!]) await node.ask('CLUSTER', 'SETSLOT', slot, 'NODE', toId)
    expect(await one.redis.inbox.head(me)).toBeUndefined()
    expect(await one.redis.inbox.after(me, before.epoch, before.position, 10)).toBeUndefined()
    await one.driver.make(me)
    await one.driver.deliver(takeIds(2), [me])
    expect((await one.driver.head(me)).epoch).not.toBe(before.epoch)
    await one.close()
  })
})

test('a copy takes over from a lost master: served again within seconds, inboxes made anew', async () => {
  const own = await startCluster(true)
  const one = await startProcess(own.masters[2]!.settings)
  try {
    const [lost] = own.masters as [OwnCluster['masters'][number]]
    const me = await readyWhere(one, (shard) => own.owner(shard) === lost)
    await one.driver.deliver(takeIds(3), [me])
    const before = await one.driver.head(me)
    await lost.kill()
    await until(
      () =>
        one.redis.inbox.head(me).then(
          () => true,
          () => false,
        ),
      20_000,
      'the copy serves',
    )
    expect(await one.redis.inbox.head(me)).toBeUndefined()
    expect(await one.redis.inbox.after(me, before.epoch, before.position, 10)).toBeUndefined()
    await one.driver.make(me)
    await one.driver.deliver(takeIds(2), [me])
    expect((await one.driver.head(me)).epoch).not.toBe(before.epoch)
  } finally {
    await one.close()
    await own.end()
  }
})
