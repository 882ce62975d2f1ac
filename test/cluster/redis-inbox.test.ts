import { afterAll } from 'bun:test'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import { inboxContract } from '../../src/ports/inbox.contract.ts'
import type { InboxPorts } from '../../src/ports/inbox-driver.contract.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropRedisKeyspace, newRedisKeyspace, openTestRedis, sharedRedis, TestGenerations } from './redis.ts'

const keyspaces: string[] = []

/** Inboxes of Redis; graph and users only name readers here. */
async function open(
  keyspace = newRedisKeyspace(),
  clock = new MovableClock(),
  generations = new TestGenerations(),
): Promise<Opened<InboxPorts>> {
  keyspaces.push(keyspace)
  const { users, graph } = createMemoryEngine({ clock })
  const redis = await openTestRedis(await sharedRedis(), { keyspace, clock, generations })
  return {
    engine: { inbox: redis.inbox, users, graph },
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    async reopen() {
      await redis.close()
      return open(keyspace, clock, generations)
    },
    close: () => redis.close(),
  }
}

inboxContract('Redis', () => open())

afterAll(async () => {
  for (const keyspace of new Set(keyspaces)) await dropRedisKeyspace(await sharedRedis(), keyspace)
})
