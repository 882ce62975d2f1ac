import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { silentLog } from '../../src/core/log.ts'
import type { Cassandra } from '../../src/engines/cluster/cassandra/client.ts'
import { createDirty, createRecounter } from '../../src/engines/cluster/cassandra/dirty.ts'
import { type CassandraLikes, createCassandraLikes } from '../../src/engines/cluster/cassandra/likes.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { createMemoryEngine, createMemoryTruth, type MemoryTruth } from '../../src/engines/memory/index.ts'
import type { Engine } from '../../src/ports/engine.ts'
import { likesContract } from '../../src/ports/likes.contract.ts'
import { type Opened, takeId, takeIds } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, newKeyspace, openKeyspace, tablesOf } from './cassandra.ts'

const tables = tablesOf(baseTables, 'likes_msg', 'likes_user', 'like_counts', 'dirty', 'recounted')

function stores(db: Cassandra, clock: MovableClock): CassandraLikes {
  return createCassandraLikes({ db, clock, dirty: createDirty({ db, clock }) })
}

async function open(
  keyspace: string,
  clock: MovableClock,
  truth: MemoryTruth,
): Promise<Opened<'likes' | 'messages' | 'users'>> {
  const { db } = await openKeyspace(keyspace, { clock, tables })
  const { messages, users } = createMemoryEngine({ clock, truth })
  const engine: Pick<Engine, 'likes' | 'messages' | 'users'> = { messages, users, likes: stores(db, clock) }
  return {
    engine,
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    async reopen() {
      await db.close()
      return open(keyspace, clock, truth)
    },
    async close() {
      await db.close()
      await dropKeyspace(keyspace)
    },
  }
}

likesContract('cassandra', () => open(newKeyspace(), new MovableClock(), createMemoryTruth()))

describe('cassandra: likes on several processes', () => {
  const keyspace = newKeyspace()
  let db: Cassandra
  beforeAll(async () => {
    db = (await openKeyspace(keyspace, { tables })).db
  })
  afterAll(async () => {
    await db.close()
    await dropKeyspace(keyspace)
  })

  function two() {
    const clocks = [new MovableClock(), new MovableClock()] as const
    return { clocks, one: stores(db, clocks[0]), other: stores(db, clocks[1]) }
  }

  test('what a process marked and left uncounted is counted by the recounter, five seconds later, once', async () => {
    const { one, clocks } = two()
    const [clock] = clocks
    const dirty = createDirty({ db, clock })
    const message = takeId()
    const recounter = createRecounter({
      db,
      clock,
      members: { leads: async () => true },
      recounts: { likes: one.recount },
      log: silentLog,
    })
    await one.like(takeId(), message)
    await clock.pass(6_000)
    await recounter.round()
    // A process that died after the like's row, before its count.
    const lost = takeId()
    const half = createCassandraLikes({
      db: {
        ...db,
        write: async (write, values) => {
          if (!write.cql.includes('like_counts')) await db.write(write, values)
        },
      },
      clock,
      dirty,
    })
    await half.like(lost, message)
    expect(await recounter.round()).toBe(0)
    await clock.pass(6_000)
    const counted = await recounter.round()
    expect(counted).toBe(1)
    expect(await one.counts([message])).toEqual([2])
    expect(await recounter.round()).toBe(0)
  })

  test('a later wish stays, also when its process has a clock that is behind', async () => {
    const { one, other, clocks } = two()
    const [user, message] = [takeId(), takeId()]
    await clocks[0].pass(900)
    expect(await one.like(user, message)).toBe(1)
    expect(await other.unlike(user, message)).toBe(0)
    expect(await one.like(user, message)).toBe(1)
    expect(await other.unlike(user, message)).toBe(0)
    expect((await one.likedAmong(user, [message])).size).toBe(0)
    expect(await one.likers(message, undefined, 10)).toEqual({ users: [] })
  })

  test('likes and unlikes of the same users on both leave edges and counts that agree', async () => {
    const { one, other, clocks } = two()
    await clocks[1].pass(300)
    const message = takeId()
    const users = takeIds(8)
    await Promise.all(
      Array.from({ length: 80 }, (_, i) => {
        const process = i % 2 === 0 ? one : other
        const user = users[(i * 5) % 8]!
        return i % 3 === 0 ? process.unlike(user, message) : process.like(user, message)
      }),
    )
    const { users: likers } = await one.likers(message, undefined, 100)
    for (const user of users) expect((await other.likedAmong(user, [message])).size === 1).toBe(likers.includes(user))
  })
})
