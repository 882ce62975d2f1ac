import type { Cassandra } from '../../src/engines/cluster/cassandra/client.ts'
import { createDirty } from '../../src/engines/cluster/cassandra/dirty.ts'
import { type CassandraRoad, createCassandraRoad } from '../../src/engines/cluster/cassandra/road.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { roadTables } from '../../src/engines/cluster/cassandra/schema-road.ts'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import type { Engine } from '../../src/ports/engine.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, newKeyspace, openKeyspace, tablesOf } from './cassandra.ts'

type Ports = Pick<Engine, 'messages' | 'outboxRows' | 'graph' | 'users'>

export interface OpenedRoad extends Opened<keyof Ports> {
  readonly road: CassandraRoad
  readonly db: Cassandra
  readonly clock: MovableClock
  /** Another process over the same data; to be ended before this one is closed. */
  another(clock?: MovableClock): Promise<OpenedRoad>
  /** Closes without dropping the keyspace. */
  end(): Promise<void>
}

/** Messages, outbox rows and graph on a real node; users, whom these ports only name, in memory. */
export async function openRoad(keyspace = newKeyspace(), clock = new MovableClock()): Promise<OpenedRoad> {
  const { db } = await openKeyspace(keyspace, {
    clock,
    tables: [...roadTables, ...tablesOf(baseTables, 'dirty', 'recounted')],
  })
  const { users } = createMemoryEngine({ clock })
  const road = createCassandraRoad({
    db,
    clock,
    dirty: createDirty({ db, clock }),
    node: 0,
    largestId: 0,
    recentBytes: 4 * 1024 * 1024,
    lowestInFlight: () => Number.POSITIVE_INFINITY,
    log: (problem, error) => console.error(problem, error),
  })
  async function end(): Promise<void> {
    await road.close()
    await db.close()
  }
  return {
    road,
    db,
    clock,
    end,
    engine: { ...road, users },
    now: () => clock.now(),
    pass: (ms) => clock.pass(ms),
    another: (its = clock) => openRoad(keyspace, its),
    async reopen() {
      await end()
      return openRoad(keyspace, clock)
    },
    async close() {
      await end()
      await dropKeyspace(keyspace)
    },
  }
}
