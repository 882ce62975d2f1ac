import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { presenceKnownAfterMs, presenceRenewEveryMs } from '../../src/core/limits.ts'
import { takeId } from '../../src/ports/support.contract.ts'
import { until } from '../until.ts'
import { newRedisKeyspace, OwnRedis } from './redis.ts'
import { reachable, startProcess } from './redis-process.ts'

let redis: OwnRedis

beforeAll(async () => {
  redis = await OwnRedis.start()
})
afterAll(async () => {
  await redis.end()
})

/** Two processes of one installation, in which presences have been kept for long enough to be known. */
async function twoGateways() {
  const keyspace = newRedisKeyspace()
  const start = async () => {
    const started = await startProcess(redis.settings, { keyspace })
    const marks = async () => ((await redis.ask('KEYS', `${keyspace}:b:*`)) as string[]).length
    await until(async () => (await marks()) === 64, 5_000, 'the first renewal')
    return started
  }
  const [one, two] = [await start(), await start()]
  for (const { clock } of [one, two]) await clock.pass(presenceKnownAfterMs)
  return {
    keyspace,
    one,
    two,
    async close() {
      await one.close()
      await two.close()
    },
  }
}

describe('presence', () => {
  test('it is unknown until presences have been kept for a while, then online or offline', async () => {
    const { one, two, close } = await twoGateways()
    const [here, there, gone, never] = [takeId(), takeId(), takeId(), takeId()]
    await one.redis.inbox.online(here, 'one')
    await two.redis.inbox.online(there, 'two')
    await one.redis.inbox.online(gone, 'one')
    await one.redis.inbox.offline(gone, 'one')
    const asked = [here, there, gone, never]
    expect(await one.redis.inbox.presence(asked)).toEqual(['online', 'online', 'offline', 'offline'])
    expect(await two.redis.inbox.presence(asked)).toEqual(['online', 'online', 'offline', 'offline'])
    await close()

    const fresh = await startProcess(redis.settings)
    expect(await fresh.redis.inbox.presence(asked)).toEqual(['unknown', 'unknown', 'unknown', 'unknown'])
    await fresh.close()
  })

  test('it counts at each gateway by itself, and ends a minute after its process did', async () => {
    const { one, two, close } = await twoGateways()
    const me = await one.driver.ready()
    await one.redis.inbox.online(me, 'one')
    await two.redis.inbox.online(me, 'two')
    const gateways = async () => (await one.driver.deliver([takeId()], [me])).map(({ gateway }) => gateway).sort()
    expect(await gateways()).toEqual(['one', 'two'])
    await two.close()
    await one.clock.pass(61_000)
    await until(async () => (await gateways()).join() === 'one', 5_000, 'one gateway is left')
    expect(await one.redis.inbox.presence([me])).toEqual(['online'])
    await close()
  })

  test('who was online before there was an inbox is told of what comes', async () => {
    const { one, close } = await twoGateways()
    const me = takeId()
    await one.redis.inbox.online(me, 'one')
    await one.driver.make(me)
    const other = await one.driver.ready()
    await one.redis.inbox.online(other, 'one')
    const told = (await one.driver.deliver([takeId()], [me, other])).map(({ reader }) => reader)
    expect(told.sort()).toEqual([me, other].sort())
    await close()
  })

  test('emptied, Redis knows of all sockets again with the next renewal, and of nobody that they are offline for a while', async () => {
    const { keyspace, one, close } = await twoGateways()
    const readers = Array.from({ length: 2_000 }, () => takeId())
    await Promise.all(readers.map((reader) => one.redis.inbox.online(reader, 'one')))
    await redis.ask('FLUSHALL')
    expect(new Set(await one.redis.inbox.presence(readers))).toEqual(new Set(['unknown']))
    await one.clock.pass(presenceRenewEveryMs)
    await until(async () => ((await redis.ask('KEYS', `${keyspace}:p:*`)) as string[]).length === 2_000)
    await until(async () => ((await redis.ask('KEYS', `${keyspace}:b:*`)) as string[]).length === 64)
    expect(new Set(await one.redis.inbox.presence([takeId()]))).toEqual(new Set(['unknown']))
    await one.clock.pass(presenceKnownAfterMs)
    await until(async () => (await one.redis.inbox.presence(readers)).every((presence) => presence === 'online'))
    expect(await one.redis.inbox.presence([takeId()])).toEqual(['offline'])
    await close()
  })

  test('who came and went while Redis was away is known once it is back', async () => {
    const own = await OwnRedis.start()
    const one = await startProcess(own.settings)
    const [came, went] = [await one.driver.ready(), await one.driver.ready()]
    await one.redis.inbox.online(went, 'one')
    own.hang()
    await one.redis.inbox.online(came, 'one')
    await one.redis.inbox.offline(went, 'one')
    own.wake()
    await reachable(one)
    const reported = async () => (await one.driver.deliver([takeId()], [came])).length
    await until(async () => (await reported()) === 1, 5_000, 'who came is known')
    await one.close()
    await own.end()
  })
})
