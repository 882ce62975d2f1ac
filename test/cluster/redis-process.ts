import { Refusal } from '../../src/core/refusal.ts'
import type { OpenRedis, RedisOptions } from '../../src/engines/cluster/redis/index.ts'
import type { RedisSettings } from '../../src/engines/cluster/settings.ts'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import { InboxDriver } from '../../src/ports/inbox-driver.contract.ts'
import { type Opened, takeId } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'
import { newRedisKeyspace, openTestRedis, TestGenerations } from './redis.ts'

/** One process of an installation, as its inboxes see it. */
export interface TestProcess {
  readonly redis: OpenRedis
  readonly driver: InboxDriver
  readonly generations: TestGenerations
  readonly clock: MovableClock
  /** Lets time pass for what is measured by a monotonic clock. */
  skip(ms: number): void
  close(): Promise<void>
}

export async function startProcess(
  settings: RedisSettings,
  more: Partial<RedisOptions> & { generations?: TestGenerations } = {},
): Promise<TestProcess> {
  const clock = new MovableClock()
  const generations = more.generations ?? new TestGenerations()
  let ahead = 0
  const redis = await openTestRedis(settings, {
    keyspace: newRedisKeyspace(),
    clock,
    monotonic: () => performance.now() + ahead,
    ...more,
    generations,
  })
  const { users, graph } = createMemoryEngine({ clock })
  const opened: Opened<'inbox' | 'users' | 'graph'> = {
    engine: { inbox: redis.inbox, users, graph },
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    reopen: () => Promise.reject(new Error('not reopened')),
    close: async () => {},
  }
  return {
    redis,
    driver: new InboxDriver(opened),
    generations,
    clock,
    skip(ms) {
      ahead += ms
    },
    close: () => redis.close(),
  }
}

/** Waits until the process can use its servers again. */
export async function reachable({ redis }: TestProcess): Promise<void> {
  const reader = takeId()
  await until(
    () =>
      redis.inbox.head(reader).then(
        () => true,
        () => false,
      ),
    10_000,
    'Redis can be used',
  )
}

/** What a call was refused with, and how long that took; throws where it was not refused as `unavailable`. */
export async function refusedAfter(call: Promise<unknown>): Promise<number> {
  const began = performance.now()
  try {
    await call
  } catch (error) {
    if (error instanceof Refusal && error.code === 'unavailable') return performance.now() - began
    throw error
  }
  throw new Error('it was not refused')
}
