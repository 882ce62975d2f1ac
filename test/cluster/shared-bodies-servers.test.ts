import { afterAll, afterEach, describe, expect, test } from 'bun:test'
import { Refusal } from '../../src/core/refusal.ts'
import type { ClusterEngine } from '../../src/engines/cluster/index.ts'
import { bodyShardOf } from '../../src/engines/cluster/redis/body-forgets.ts'
import { newMessage, takeId } from '../../src/ports/support.contract.ts'
import { until } from '../until.ts'
import { dropInstallation, newKeyspace, openTestCluster } from './cluster.ts'
import { createProxy } from './proxy.ts'
import { newRedisKeyspace, OwnRedis, openTestRedis, TestGenerations } from './redis.ts'
import { startCluster } from './redis-cluster.ts'
import { bodyKeyOf, given, sharedMessage, standing } from './sharing.ts'

const keyspace = newKeyspace()
const ending: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
}, 60_000)
afterAll(() => dropInstallation(keyspace), 60_000)

async function processes(redis: string): Promise<[ClusterEngine, ClusterEngine]> {
  const open = async () => {
    const engine = await openTestCluster(keyspace, { redis })
    ending.push(() => engine.close())
    return engine
  }
  return [await open(), await open()]
}

test('Redis Cluster: bodies of all nodes are shared; of one that hangs they are read from Cassandra, and deletions resolve', async () => {
  const cluster = await startCluster()
  ending.push(() => cluster.end())
  const [one, two] = await processes(cluster.masters.map(({ text }) => text).join(','))
  const messages = Array.from({ length: 200 }, () => newMessage(takeId()))
  await Promise.all(messages.map((message) => one.messages.store(message)))
  const ids = messages.map(({ id }) => id)
  // So that many shards have some: ids of one moment are of one.
  const older = Array.from({ length: 64 }, (_, i) => newMessage(takeId(), { id: ids[0]! - (i + 1) * 16 * 2 ** 12 }))
  await Promise.all(older.map((message) => one.messages.store(message)))
  const all = [...messages, ...older]
  const every = all.map(({ id }) => id)
  await one.messages.many(every)
  await until(async () => (await given(two, ...every)).hits === every.length, 10_000, 'all are shared')
  expect((await given(two, ...every)).bodies).toEqual(all.map(({ body }) => body))
  const nodes = new Set(every.map((id) => cluster.owner(bodyShardOf(id))))
  expect(nodes.size).toBe(3)

  const [hung] = cluster.masters as [OwnRedis]
  const [inHung, elsewhere] = [true, false].map((there) => {
    return all.find(({ id }) => (cluster.owner(bodyShardOf(id)) === hung) === there)!
  }) as [(typeof all)[0], (typeof all)[0]]
  hung.hang()
  try {
    expect((await given(two, ...every)).bodies).toEqual(all.map(({ body }) => body))
    expect((await given(two, elsewhere.id)).hits).toBe(1)
    for (const { id, author } of [inHung, elsewhere]) await one.messages.delete(id, author, takeId())
  } finally {
    hung.wake()
  }
  const wellAgain = () => [one, two].every((each) => each.stats().redis.usable === 3)
  await until(wellAgain, 20_000, 'all nodes are used again')
  for (const { id } of [inHung, elsewhere]) {
    for (const each of [two, one]) expect((await given(each, id)).bodies).toEqual([undefined])
  }
}, 120_000)

test('a failover to a copy that missed a deletion: what it holds is of another history', async () => {
  const [main, copy] = [await OwnRedis.start(), await OwnRedis.start()]
  const replication = createProxy(main.host, main.port)
  ending.push(
    () => main.end(),
    () => copy.end(),
    () => replication.close(),
  )
  await copy.ask('REPLICAOF', '127.0.0.1', String(replication.port))
  const [one, two] = await processes(`${main.text},${copy.text}`)
  const message = await sharedMessage(one, main, keyspace)
  const key = bodyKeyOf(keyspace, message.id)
  await until(async () => (await standing(copy, key)) === 'body', 10_000, 'the copy has it')
  expect((await given(two, message.id)).hits).toBe(1)
  replication.hold()
  await one.messages.delete(message.id, message.author, takeId())
  await main.kill()
  await copy.ask('REPLICAOF', 'NO', 'ONE')
  expect(await standing(copy, key)).toBe('body')
  const found = () => [one, two].every((each) => each.stats().redis.usable === 1)
  await until(found, 20_000, 'the copy is used')
  for (const each of [two, one]) expect((await given(each, message.id)).bodies).toEqual([undefined])
  const next = await sharedMessage(one, copy, keyspace)
  expect(await given(two, next.id)).toEqual({ bodies: [next.body], hits: 1 })
}, 120_000)

describe('neither Redis nor the number can be written', () => {
  test('a deletion is refused, and made good by the next try', async () => {
    const server = await OwnRedis.start()
    ending.push(() => server.end())
    const bodyGenerations = new TestGenerations()
    const { sharedBodies, close, stats } = await openTestRedis(server.settings, {
      keyspace: newRedisKeyspace(),
      bodyGenerations,
    })
    ending.push(close)
    const [told, id] = [takeId(), takeId()]
    await sharedBodies.forget(told)
    expect(bodyGenerations.raised).toEqual([])
    bodyGenerations.problem = new Refusal('unavailable', 'away')
    await server.kill()
    await until(() => stats().usable === 0)
    expect(await sharedBodies.forget(id).catch((error: unknown) => error)).toBe(bodyGenerations.problem)
    bodyGenerations.problem = undefined
    await sharedBodies.forget(id)
    expect(bodyGenerations.raised).toEqual([bodyShardOf(id)])
    // What is forgotten is not forgotten once more.
    const elsewhere = takeId()
    sharedBodies.gone(elsewhere)
    for (const done of [told, id, elsewhere]) await sharedBodies.forget(done)
    expect(bodyGenerations.raised).toEqual([bodyShardOf(id)])
  }, 60_000)

  test('many deletions at once share the raises of their shards', async () => {
    const server = await OwnRedis.start()
    ending.push(() => server.end())
    const bodyGenerations = new TestGenerations()
    const opened = await openTestRedis(server.settings, { keyspace: newRedisKeyspace(), bodyGenerations })
    ending.push(opened.close)
    await server.kill()
    await until(() => opened.stats().usable === 0)
    const first = takeId()
    const ids = Array.from({ length: 50 }, (_, i) => first + i)
    await Promise.all(ids.map((id) => opened.sharedBodies.forget(id)))
    expect(new Set(bodyGenerations.raised)).toEqual(new Set(ids.map(bodyShardOf)))
    expect(bodyGenerations.raised.length).toBeLessThan(10)
  }, 60_000)
})
