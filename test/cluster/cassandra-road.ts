import { type Cassandra, statement } from '../../src/engines/cluster/cassandra/client.ts'
import { createDirty } from '../../src/engines/cluster/cassandra/dirty.ts'
import { type CassandraRoad, createCassandraRoad } from '../../src/engines/cluster/cassandra/road.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import { roadTables } from '../../src/engines/cluster/cassandra/schema-road.ts'
import { searchTables } from '../../src/engines/cluster/cassandra/schema-search.ts'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import type { Engine } from '../../src/ports/engine.ts'
import type { Opened } from '../../src/ports/support.contract.ts'
import { MovableClock } from '../contract/clock.ts'
import { dropKeyspace, newKeyspace, openKeyspace, tablesOf } from './cassandra.ts'

type Ports = Pick<Engine, 'messages' | 'outboxRows' | 'graph' | 'blocks' | 'users' | 'search'>

export interface OpenedRoad extends Opened<keyof Ports> {
  readonly road: CassandraRoad
  readonly db: Cassandra
  readonly clock: MovableClock
  /** Another process over the same data; to be ended before this one is closed. */
  another(clock?: MovableClock): Promise<OpenedRoad>
  /** Closes this process alone. */
  end(): Promise<void>
}

const tables = [...roadTables, ...searchTables, ...tablesOf(baseTables, 'dirty', 'recounted')]
/** Keyspaces that were closed: emptying one takes a tenth of the time of making another. */
const free: string[] = []

/** Messages, outbox rows and graph on a real node; users, whom these ports only name, in memory. */
export async function openRoad(): Promise<OpenedRoad> {
  const used = free.pop()
  if (used === undefined) return openOver(newKeyspace(), new MovableClock())
  const { db } = await openKeyspace(used, { tables })
  for (const table of tables) {
    // Names cannot be given as values; these are ours.
    const [, name] = /EXISTS ([a-z_]+)/.exec(table)!
    await db.write(statement(`TRUNCATE ${name}`), [])
  }
  await db.close()
  return openOver(used, new MovableClock())
}

/** To be called after all tests of a file. */
export async function dropRoads(): Promise<void> {
  await Promise.all(free.splice(0).map(dropKeyspace))
}

async function openOver(keyspace: string, clock: MovableClock): Promise<OpenedRoad> {
  const { db } = await openKeyspace(keyspace, { clock, tables })
  const { users } = createMemoryEngine({ clock })
  const road = createCassandraRoad({
    db,
    clock,
    dirty: createDirty({ db, clock }),
    node: 0,
    largestId: 0,
    recentBytes: 4 * 1024 * 1024,
    lowestInFlight: () => Number.POSITIVE_INFINITY,
    // So small that a suite splits nodes.
    search: { splitRows: 40, countEveryRows: 8 },
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
    another: (its = clock) => openOver(keyspace, its),
    async reopen() {
      await end()
      return openOver(keyspace, clock)
    },
    async close() {
      await end()
      free.push(keyspace)
    },
  }
}
