import { afterAll, describe, expect, test } from 'bun:test'
import { sharedRatesContract } from '../../src/ports/rates.contract.ts'
import { createRateLimits } from '../../src/services/rate-limit.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'
import { dropRedisKeyspace, newRedisKeyspace, OwnRedis, openTestRedis, sharedRedis } from './redis.ts'

const keyspaces: string[] = []
afterAll(async () => {
  for (const keyspace of keyspaces) await dropRedisKeyspace(await sharedRedis(), keyspace)
})

sharedRatesContract('Redis', async () => {
  const keyspace = newRedisKeyspace()
  keyspaces.push(keyspace)
  const clock = new MovableClock()
  const redis = await openTestRedis(await sharedRedis(), { keyspace, clock })
  const opened = {
    engine: { sharedRates: redis.sharedRates },
    now: () => clock.now(),
    // Redis goes by a clock of its own.
    pass: (ms: number) => Bun.sleep(ms),
    reopen: async () => opened,
    close: () => redis.close(),
  }
  return opened
})

describe('rates while Redis goes and comes', () => {
  test('each gateway goes on by itself, and tells what it took once Redis is back [R3]', async () => {
    const redis = await OwnRedis.start()
    const keyspace = newRedisKeyspace()
    const opened = await Promise.all([0, 1].map(() => openTestRedis(redis.settings, { keyspace })))
    try {
      const [one, two] = opened.map(({ sharedRates }) =>
        createRateLimits({ clock: new MovableClock(), on: true, shared: sharedRates }),
      ) as [ReturnType<typeof createRateLimits>, ReturnType<typeof createRateLimits>]
      const tries = (of: typeof one, times: number) =>
        Array.from({ length: times }, () => of.take('logins', 'ann')!.allowed).filter(Boolean).length
      expect(tries(one, 8)).toBe(8)
      await one.settle()
      expect(tries(two, 1)).toBe(1)
      await two.settle()
      expect(two.take('logins', 'ann')!.remaining).toBeLessThanOrEqual(11)

      await redis.kill()
      await until(async () => opened.every(({ stats }) => stats().usable === 0))
      expect(tries(one, 5)).toBe(5)
      await one.settle()
      await two.settle()
      expect(tries(one, 20)).toBeLessThanOrEqual(8)

      // It comes back with nothing: what was taken before is forgiven, what could not be told is told now.
      await redis.restart()
      await until(async () => opened.every(({ stats }) => stats().usable === 1))
      await one.settle()
      await two.settle()
      expect(two.take('logins', 'ann')!.remaining).toBeLessThanOrEqual(12)
    } finally {
      for (const each of opened) await each.close()
      await redis.end()
    }
  })
})
