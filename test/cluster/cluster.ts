import { dropKeys, dropStreams } from '../../scripts/drop-installation.ts'
import type { Log } from '../../src/core/log.ts'
import { allTables } from '../../src/engines/cluster/cassandra/schema.ts'
import { type ClusterEngine, type ClusterOptions, openCluster } from '../../src/engines/cluster/index.ts'
import { dropKeyspace, emptyTables, newKeyspace, openKeyspace } from './cassandra.ts'
import { testEngines } from './engines.ts'

export { newKeyspace } from './cassandra.ts'

/** Opens an installation on the engines that tests share. */
export async function openTestCluster(
  keyspace = newKeyspace(),
  options: Partial<ClusterOptions> = {},
): Promise<ClusterEngine> {
  const { cassandra, redis, nats, natsMonitor } = await testEngines()
  return openCluster({
    cassandra,
    redis,
    nats,
    natsMonitor,
    keyspace,
    replication: 1,
    // Clocks of tests run ahead.
    allowUnsafe: true,
    dormantAfterMs: 14 * 86_400_000,
    recentBytes: 4 * 1024 * 1024,
    address: '',
    roles: [],
    ...options,
  })
}

/** Takes away what an installation left in all three engines. */
export async function dropInstallation(keyspace: string): Promise<void> {
  await Promise.all([dropLater(keyspace), dropJobsAndInboxes(keyspace)])
}

/** A node that is busy with many schemas may answer late; what it did not do by then is not worth a failed test. */
async function dropLater(keyspace: string): Promise<void> {
  await dropKeyspace(keyspace)
    .catch(() => dropKeyspace(keyspace))
    .catch(() => {})
}

/** Leaves an installation as if it had just been made: a fraction of the time of making another. */
export async function emptyInstallation(keyspace: string): Promise<void> {
  const { db } = await openKeyspace(keyspace)
  await Promise.all([emptyTables(db, allTables), dropJobsAndInboxes(keyspace)])
  await db.close()
}

async function dropJobsAndInboxes(keyspace: string): Promise<void> {
  const { redis, nats } = await testEngines()
  await Promise.all([dropStreams(nats, keyspace), dropKeys(redis, keyspace)])
}

/** Keeps what is said as a problem, for tests that expect none. */
export function listeningLog(): { log: Log; problems: string[] } {
  const problems: string[] = []
  const note = (fields: object, line: string) => {
    const { err, error } = fields as { err?: unknown; error?: unknown }
    problems.push(`${line}: ${err ?? error ?? ''}`)
  }
  return { problems, log: { info() {}, warn: note, error: note, fatal: note } }
}
