import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { generationAgeMaxMs, redisAnswerMs, settleMs, sharedBodyLengthMax } from '../../src/core/limits.ts'
import { statement } from '../../src/engines/cluster/cassandra/client.ts'
import { partOf } from '../../src/engines/cluster/cassandra/deletions.ts'
import type { ClusterEngine } from '../../src/engines/cluster/index.ts'
import { newMessage, takeId } from '../../src/ports/support.contract.ts'
import { until } from '../until.ts'
import { openKeyspace } from './cassandra.ts'
import { dropInstallation, newKeyspace, openTestCluster } from './cluster.ts'
import { testEngines } from './engines.ts'
import { createProxy, type TcpProxy } from './proxy.ts'
import { OwnRedis } from './redis.ts'
import { bodyKeyOf, given, share, sharedMessage, standing, took } from './sharing.ts'

const keyspace = newKeyspace()
const logged = statement('INSERT INTO deletions (part, stamp, id, author) VALUES (?, ?, ?, ?)')
const keyOf = (id: number) => bodyKeyOf(keyspace, id)
/** What a deletion takes that Redis cannot be told of, and what a full machine adds. */
const untoldMs = redisAnswerMs + generationAgeMaxMs + 5_000

let redis: OwnRedis
let toRedis: TcpProxy
let toCassandra: TcpProxy
let one: ClusterEngine
/** Reaches Redis and Cassandra through proxies. */
let two: ClusterEngine

beforeAll(async () => {
  redis = await OwnRedis.start()
  toRedis = createProxy(redis.host, redis.port)
  const [host, port] = (await testEngines()).cassandra.split(':')
  toCassandra = createProxy(host!, Number(port))
  one = await openTestCluster(keyspace, { redis: redis.text })
  const proxied = { redis: `127.0.0.1:${toRedis.port}`, cassandra: `127.0.0.1:${toCassandra.port}` }
  two = await openTestCluster(keyspace, proxied)
}, 120_000)

afterEach(async () => {
  redis.wake()
  for (const proxy of [toRedis, toCassandra]) proxy.release()
  await until(() => [one, two].every((each) => each.stats().redis.usable === 1), 20_000, 'both reach Redis')
  // Calls that a proxy held may have been refused.
  await until(() => [one, two].every((each) => each.stats().cassandra.breaker === 'closed'), 20_000, 'both are well')
})

afterAll(async () => {
  await Promise.all([one?.close(), two?.close()])
  await redis?.end()
  for (const proxy of [toRedis, toCassandra]) proxy?.close()
  await dropInstallation(keyspace)
}, 60_000)

const shared = () => sharedMessage(one, redis, keyspace)
/** Nobody is given the body, whatever stands in Redis. */
async function goneEverywhere(id: number): Promise<void> {
  for (const each of [one, two, one]) expect((await given(each, id)).bodies).toEqual([undefined])
}

describe('a body', () => {
  test('that one process has read is found in Redis by the others', async () => {
    const message = newMessage(takeId(), { body: '"text":"Grüße 🐦 \\u0000\\n und mehr"' })
    await one.messages.store(message)
    expect(await given(two, message.id)).toEqual({ bodies: [message.body], hits: 0 })
    await until(async () => (await standing(redis, keyOf(message.id))) === 'body')
    expect(await one.messages.many([message.id])).toEqual([
      { id: message.id, author: message.author, body: message.body },
    ])
    expect(await given(one, message.id)).toEqual({ bodies: [message.body], hits: 1 })
    expect(await given(two, message.id)).toEqual({ bodies: [message.body], hits: 1 })
    expect(Number(await redis.ask('TTL', keyOf(message.id)))).toBeGreaterThan(60)
  })

  test('asked for often in one turn, with others, is asked for once, in few calls', async () => {
    const messages = Array.from({ length: 100 }, () => newMessage(takeId()))
    await Promise.all(messages.map((message) => one.messages.store(message)))
    const ids = messages.map(({ id }) => id)
    await one.messages.many(ids)
    for (const id of ids) await until(async () => (await standing(redis, keyOf(id))) === 'body')
    const before = await redis.calls('mget')
    const [some, all] = await Promise.all([given(two, ...ids.slice(0, 50)), given(two, ...ids)])
    expect(all.bodies).toEqual(messages.map(({ body }) => body))
    expect(some.bodies).toEqual(all.bodies.slice(0, 50))
    expect(all.hits).toBe(100)
    expect((await redis.calls('mget')) - before).toBeLessThanOrEqual(64)
  })

  test('that is not there is looked for each time, and may be leased at once again', async () => {
    const id = takeId()
    expect(await given(one, id)).toEqual({ bodies: [undefined], hits: 0 })
    await until(async () => (await standing(redis, keyOf(id))) === 'nothing')
    const message = newMessage(takeId(), { id })
    await two.messages.store(message)
    await share(one, redis, keyspace, id)
    expect(await given(two, id)).toEqual({ bodies: [message.body], hits: 1 })
  })

  test('that is too large stays out', async () => {
    const message = newMessage(takeId(), { body: `"text":"${'a'.repeat(sharedBodyLengthMax)}"` })
    await one.messages.store(message)
    for (const each of [one, two, one]) {
      expect(await given(each, message.id)).toEqual({ bodies: [message.body], hits: 0 })
    }
    await until(async () => (await standing(redis, keyOf(message.id))) === 'nothing')
  })
})

describe('[M5] [M6] a deletion', () => {
  test('is seen in every process when it resolves, and is not waited for', async () => {
    const message = await shared()
    expect((await given(two, message.id)).hits).toBe(1)
    expect(await took(one.messages.delete(message.id, message.author, takeId()))).toBeLessThan(untoldMs - 3_000)
    await goneEverywhere(message.id)
    expect(await standing(redis, keyOf(message.id))).toBe('nothing')
  })

  test('[M4] as an abandonment is', async () => {
    const message = await shared()
    await two.messages.abandon(message.id, message.author)
    await goneEverywhere(message.id)
  })

  test('[M2] what is stored once more after it is not shared', async () => {
    const message = await shared()
    await one.messages.delete(message.id, message.author, takeId())
    for (const each of [two, one]) {
      await each.messages.store(message)
      await goneEverywhere(message.id)
    }
  })

  test('while a read of before is under way: what it brings is not shared', async () => {
    const message = await readDuring((id, author) => one.messages.delete(id, author, takeId()))
    await goneEverywhere(message.id)
    expect(await standing(redis, keyOf(message.id))).toBe('nothing')
  })

  test('the same, and Redis has lost all it was told', async () => {
    const message = await readDuring(async (id, author) => {
      await one.messages.delete(id, author, takeId())
      await redis.ask('FLUSHALL')
    })
    await goneEverywhere(message.id)
  })

  /** Another process reads the message from Cassandra while `change` is made; the answer comes after. */
  async function readDuring(change: (id: number, author: number) => Promise<unknown>) {
    const message = newMessage(takeId())
    await one.messages.store(message)
    toCassandra.hold()
    const reading = given(two, message.id)
    await until(async () => (await standing(redis, keyOf(message.id))) === 'lease')
    await change(message.id, message.author)
    toCassandra.release()
    expect(await reading).toEqual({ bodies: [message.body], hits: 0 })
    return message
  }
})

describe('Redis cannot be told of a deletion', () => {
  test('as it hangs: it resolves all the same, and what comes back with Redis is served by nobody', async () => {
    const message = await shared()
    redis.hang()
    const ms = await took(one.messages.delete(message.id, message.author, takeId()))
    expect(ms).toBeGreaterThan(generationAgeMaxMs)
    expect(ms).toBeLessThan(untoldMs)
    redis.wake()
    await until(() => two.stats().redis.usable === 1 && one.stats().redis.usable === 1, 10_000, 'Redis is used again')
    await goneEverywhere(message.id)
  }, 60_000)

  test('as only this process is cut off: others go by the body for seconds, and by nothing once it resolves', async () => {
    const message = await shared()
    toRedis.cut()
    await until(() => two.stats().redis.usable === 0)
    await two.messages.delete(message.id, message.author, takeId())
    expect(await standing(redis, keyOf(message.id))).toBe('body')
    await goneEverywhere(message.id)
    // Others are shared under the new number.
    const next = await shared()
    expect((await given(one, next.id)).hits).toBe(1)
  }, 60_000)

  test('nor of one whose body is on its way into Redis, and arrives when it wakes', async () => {
    const message = newMessage(takeId())
    await one.messages.store(message)
    toCassandra.hold()
    const reading = given(two, message.id)
    await until(async () => (await standing(redis, keyOf(message.id))) === 'lease')
    redis.hang()
    toCassandra.release()
    expect((await reading).bodies).toEqual([message.body])
    await one.messages.delete(message.id, message.author, takeId())
    redis.wake()
    await until(() => two.stats().redis.usable === 1 && one.stats().redis.usable === 1, 10_000, 'Redis is used again')
    await goneEverywhere(message.id)
  }, 60_000)
})

describe('Redis is away: bodies are read from Cassandra, without an error', () => {
  test('hung: once after its time-out, then at once', async () => {
    const message = await shared()
    redis.hang()
    try {
      expect(await took(given(one, message.id))).toBeLessThan(3 * redisAnswerMs)
      await until(() => one.stats().redis.usable === 0)
      const ms = await took(given(one, message.id))
      expect(ms).toBeLessThan(redisAnswerMs / 2)
      expect(await given(one, message.id)).toEqual({ bodies: [message.body], hits: 0 })
    } finally {
      redis.wake()
    }
  })

  test('full: read, not filled', async () => {
    const before = await shared()
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await redis.ask('CONFIG', 'SET', 'maxmemory', '1')
    try {
      const message = newMessage(takeId())
      await one.messages.store(message)
      expect(await given(two, message.id)).toEqual({ bodies: [message.body], hits: 0 })
      expect(await given(two, before.id)).toEqual({ bodies: [before.body], hits: 1 })
      await one.messages.delete(before.id, before.author, takeId())
      await goneEverywhere(before.id)
    } finally {
      await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
    }
  })
})

test('a process dies in the middle of a deletion: whoever meets it in the log takes the shared body away too', async () => {
  const message = await shared()
  expect((await given(two, message.id)).hits).toBe(1)
  const { db } = await openKeyspace(keyspace)
  try {
    const stamp = takeId()
    await db.write(logged, [partOf(stamp), stamp, message.id, message.author])
    const gone = async () => {
      await two.messages.deletionsHead()
      return (await given(one, message.id)).bodies[0] === undefined
    }
    await until(gone, settleMs + 15_000, 'it is finished')
    await goneEverywhere(message.id)
    expect(await standing(redis, keyOf(message.id))).toBe('nothing')
  } finally {
    await db.close()
  }
}, 60_000)

// These end the server, and come last.
describe('Redis was restarted', () => {
  test('with what it held before a deletion: of another history, served by nobody', async () => {
    const [message, kept] = [await shared(), await shared()]
    await redis.ask('SAVE')
    await one.messages.delete(message.id, message.author, takeId())
    await redis.kill()
    expect(await given(two, kept.id)).toEqual({ bodies: [kept.body], hits: 0 })
    await redis.restart()
    expect(await standing(redis, keyOf(message.id))).toBe('body')
    await until(() => [one, two].every((each) => each.stats().redis.usable === 1), 10_000, 'Redis is used again')
    await goneEverywhere(message.id)
    expect(await given(two, kept.id)).toEqual({ bodies: [kept.body], hits: 0 })
    await until(async () => (await given(one, kept.id)).hits === 1, 5_000, 'it is shared anew')
  }, 60_000)
})
