/** The engines that the benchmarks of the cluster run on, and an installation of their own there. */
import { Client, type ClientOptions, types } from 'cassandra-driver'
import { borrowEngines } from '../../scripts/borrow-engines.ts'
import { dropKeys, dropStreams } from '../../scripts/drop-installation.ts'
import type { Addresses } from '../../src/cli/cluster/trial.ts'
import type { ClusterOptions } from '../../src/engines/cluster/index.ts'

export interface BenchInstallation {
  readonly addresses: Addresses
  readonly keyspace: string
}

/** Why there are no engines to measure on. */
export class NoEngines extends Error {
  override readonly name = 'NoEngines'
}

/**
 * A keyspace on the engines that ROOKERY_TEST_CASSANDRA, ROOKERY_TEST_REDIS and ROOKERY_TEST_NATS name, else on new ones
 * that end afterwards. What `use` leaves in the keyspace is removed.
 * @throws NoEngines
 */
export async function inInstallation<T>(use: (installation: BenchInstallation) => Promise<T>): Promise<T> {
  const engines = await borrowEngines().catch((problem: Error) => {
    throw new NoEngines(
      `The cluster benchmarks need one Cassandra, Redis and NATS: name yours in ROOKERY_TEST_CASSANDRA, ROOKERY_TEST_REDIS and ROOKERY_TEST_NATS, or let them be started here, which failed: ${problem.message}`,
    )
  })
  const keyspace = `bench_${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`
  try {
    return await use({ addresses: engines.addresses, keyspace })
  } finally {
    await remove(engines.addresses, keyspace).catch(() => {})
    await engines.giveBack()
  }
}

/** How a process opens the installation without a server. */
export function clusterOptions({ addresses, keyspace }: BenchInstallation): ClusterOptions {
  return {
    ...addresses,
    keyspace,
    allowUnsafe: true,
    dormantAfterMs: 14 * 86_400_000,
    recentBytes: 32 * 2 ** 20,
    address: '',
    roles: [],
  }
}

/** The driver as it comes: the bare limit of everything that is stored. */
export function bareClient({ addresses, keyspace }: BenchInstallation): Promise<Client> {
  return connectBare(addresses.cassandra, keyspace)
}

async function connectBare(addresses: string, keyspace?: string): Promise<Client> {
  const hosts = addresses.split(',').map((text) => text.split(':'))
  const [host = '127.0.0.1', port = '9042'] = hosts[0]!
  const options: ClientOptions = {
    contactPoints: hosts.map(([name]) => name!),
    protocolOptions: { port: Number(port) },
    localDataCenter: await dataCenterOf(host, Number(port)),
    ...(keyspace !== undefined && { keyspace }),
    queryOptions: { prepare: true, isIdempotent: true, consistency: types.consistencies.localQuorum },
  }
  const client = new Client(options)
  await client.connect()
  return client
}

async function dataCenterOf(host: string, port: number): Promise<string> {
  const client = new Client({
    contactPoints: [host],
    protocolOptions: { port },
    localDataCenter: 'datacenter1',
  })
  try {
    // Without the right name this driver refuses to connect, and names the right one.
    await client.connect()
    return 'datacenter1'
  } catch {
    return [...client.hosts.values()].find((node) => node.datacenter)?.datacenter ?? 'datacenter1'
  } finally {
    await client.shutdown()
  }
}

/** Each engine by itself: a benchmark may have used only some of them. */
async function remove({ cassandra, redis, nats }: Addresses, keyspace: string): Promise<void> {
  await Promise.allSettled([dropKeyspace(cassandra, keyspace), dropStreams(nats, keyspace), dropKeys(redis, keyspace)])
}

async function dropKeyspace(cassandra: string, keyspace: string): Promise<void> {
  const client = await connectBare(cassandra)
  try {
    await client.execute(`DROP KEYSPACE IF EXISTS ${keyspace}`, [], { prepare: false, readTimeout: 20_000 })
  } finally {
    await client.shutdown()
  }
}
