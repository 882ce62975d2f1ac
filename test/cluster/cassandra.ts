import { silentLog } from '../../src/core/log.ts'
import { type Cassandra, statement } from '../../src/engines/cluster/cassandra/client.ts'
import { connectAdmin } from '../../src/engines/cluster/cassandra/connect.ts'
import { type OpenCassandra, openCassandra } from '../../src/engines/cluster/cassandra/open.ts'
import type { CassandraSettings } from '../../src/engines/cluster/settings.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { type Clock, systemClock } from '../../src/ports/clock.ts'

/** The Cassandra that tests use: one node, its address in the environment. */
export function testCassandra(): CassandraSettings {
  const [host = '127.0.0.1', port = '9042'] = (process.env.ROOKERY_TEST_CASSANDRA ?? '').split(':')
  return { hosts: [host || '127.0.0.1'], port: Number(port) }
}

/** A keyspace that nobody else has; made when it is opened, dropped by `dropKeyspace`. */
export function newKeyspace(): string {
  return `test_${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`
}

/** Opens a keyspace with these tables (default: all); makes none that it does not leave open. */
export async function openKeyspace(
  keyspace: string,
  more: { clock?: Clock; tables?: readonly string[] } = {},
): Promise<OpenCassandra> {
  const { clock = systemClock, tables } = more
  const opened = openCassandra({
    settings: testCassandra(),
    keyspace,
    replication: 1,
    // Clocks of tests run ahead.
    allowUnsafe: true,
    clock,
    chance: systemChance,
    log: silentLog,
    ...(tables && { tables }),
  })
  return opened.catch(async (error) => {
    await dropKeyspace(keyspace)
    throw error
  })
}

/** Those of the tables that have one of these names: the fewer, the sooner a keyspace is there. */
export function tablesOf(all: readonly string[], ...names: string[]): string[] {
  return all.filter((table) => names.some((name) => table.includes(`EXISTS ${name} (`)))
}

/** Empties these tables: a tenth of the time of making another keyspace. */
export async function emptyTables(db: Cassandra, tables: readonly string[]): Promise<void> {
  for (const table of tables) {
    // Names cannot be given as values; these are ours.
    const [, name] = /EXISTS ([a-z_]+)/.exec(table)!
    await db.write(statement(`TRUNCATE ${name}`), [])
  }
}

export async function dropKeyspace(keyspace: string): Promise<void> {
  const admin = await connectAdmin(testCassandra(), systemClock)
  // Waits for its turn among all changes of the schema, of which there are many while tests run side by side.
  await admin.client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], { readTimeout: 90_000 })
  await admin.close()
}
