import { type Cassandra, statement } from '../../src/engines/cluster/cassandra/client.ts'
import { createDirty } from '../../src/engines/cluster/cassandra/dirty.ts'
import { type CassandraRoad, createCassandraRoad } from '../../src/engines/cluster/cassandra/road.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { roadTables } from '../../src/engines/cluster/cassandra/schema-road.ts'
import { searchTables } from '../../src/engines/cluster/cassandra/schema-search.ts'
import type { RedisSettings } from '../../src/engines/cluster/settings.ts'
import type { MovableClock } from '../contract/clock.ts'
import { openKeyspace, tablesOf } from './cassandra.ts'
import type { TestGenerations } from './redis.ts'
import { startProcess, type TestProcess } from './redis-process.ts'

const tables = [...roadTables, ...searchTables, ...tablesOf(baseTables, 'dirty', 'recounted')]

/** Graph, messages and inboxes of one process, wired as `openCluster` does. */
export interface TellingProcess extends TestProcess, Pick<CassandraRoad, 'graph' | 'messages' | 'outboxRows'> {
  readonly db: Cassandra
  /** How many reads of the store the call made. */
  readsOf(call: () => Promise<unknown>): Promise<number>
}

/** `shared` by the processes of an installation; their clocks do not differ by more than is allowed. */
export async function startTelling(
  keyspace: string,
  settings: RedisSettings,
  shared: { readonly generations: TestGenerations; readonly clock: MovableClock },
): Promise<TellingProcess> {
  const { clock } = shared
  const process = await startProcess(settings, { keyspace, ...shared })
  const { redis } = process
  const { db } = await openKeyspace(keyspace, { clock, tables })
  const road = createCassandraRoad({
    db,
    clock,
    dirty: createDirty({ db, clock }),
    node: 0,
    largestId: 0,
    recentBytes: 1024 * 1024,
    lowestInFlight: () => Number.POSITIVE_INFINITY,
    inboxes: {
      follows: {
        look: (reader) => redis.inbox.head(reader).catch(() => undefined),
        around: (reader, change) => redis.edgeChanges.around(reader, change),
      },
      tellOwn: redis.tellOwn,
    },
    log: () => {},
  })
  const reads = () => db.stats().calls.read.calls
  /** Deletions of former days are read after a start. */
  async function untilQuiet(): Promise<void> {
    for (let before = -1; before !== reads(); await Bun.sleep(50)) before = reads()
  }
  return {
    ...process,
    ...road,
    clock,
    db,
    async readsOf(call) {
      await untilQuiet()
      const before = reads()
      await call()
      return reads() - before
    },
    async close() {
      await road.close()
      await db.close()
      await redis.close()
    },
  }
}

/** Writes a whole edge as a process does that tells nobody. */
export async function writeEdge(db: Cassandra, follower: number, followee: number): Promise<void> {
  const at = Date.now() * 1_000
  await db.write(
    statement(
      'INSERT INTO following (follower, followee, level, since, notify) VALUES (?, ?, 0, 0, false) USING TIMESTAMP ?',
    ),
    [follower, followee, at],
  )
}
