import { silentLog } from '../../src/core/log.ts'
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

/** Opens a keyspace with these tables (default: all). */
export function openKeyspace(
  keyspace: string,
  more: { clock?: Clock; tables?: readonly string[] } = {},
): Promise<OpenCassandra> {
  const { clock = systemClock, tables } = more
  return openCassandra({
    settings: testCassandra(),
    keyspace,
    replication: 1,
    clock,
    chance: systemChance,
    log: silentLog,
    ...(tables && { tables }),
  })
}

export async function dropKeyspace(keyspace: string): Promise<void> {
  const admin = await connectAdmin(testCassandra(), systemClock)
  await admin.client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], { readTimeout: 20_000 })
  await admin.close()
}
