import { join } from 'node:path'
import { ServerProcess } from '../system/server.ts'
import type { FaultCluster } from './harness.ts'

/** The options by which `./rookery serve` finds a cluster as it is now. */
export function engineOptions(cluster: Pick<FaultCluster, 'addresses'>): string[] {
  const { cassandra, redis, nats, natsMonitor, replication } = cluster.addresses()
  const engines = ['--cassandra', cassandra, '--redis', redis, '--nats', nats, '--nats-monitor', natsMonitor]
  return ['--engine', 'cluster', ...engines, '--replication', String(replication)]
}

/** Starts processes of Rookery on a cluster, one for each list of further options; `end` kills what still runs. */
export async function serveOn(
  cluster: FaultCluster,
  ...processes: readonly (readonly string[])[]
): Promise<{ servers: ServerProcess[]; end(): Promise<void> }> {
  // A cluster's process keeps nothing in its folder.
  const unused = join(cluster.folder, 'unused')
  const servers = processes.map((more) => new ServerProcess(unused, [...engineOptions(cluster), ...more]))
  const end = async () => {
    await Promise.all(servers.map((server) => server.end('SIGKILL')))
  }
  try {
    await Promise.all(servers.map((server) => server.start()))
  } catch (problem) {
    await end()
    throw problem
  }
  return { servers, end }
}
