import { readerShards } from '../../src/engines/cluster/reader-shards.ts'
import { slotOf, slotsCount } from '../../src/engines/cluster/redis/slots.ts'
import { until } from '../until.ts'
import { freePort, OwnRedis } from './redis.ts'

/** A Redis Cluster of the test's own: three masters, and a copy of the first where it is wanted. */
export interface OwnCluster {
  readonly masters: readonly OwnRedis[]
  readonly copy: OwnRedis | undefined
  /** The master that owns the shard, as it was given out. */
  owner(shard: number): OwnRedis
  end(): Promise<void>
}

const third = Math.ceil(slotsCount / 3)

export async function startCluster(withCopy = false): Promise<OwnCluster> {
  const start = async () => {
    const bus = await freePort()
    const redis = await OwnRedis.start([
      ...['--cluster-enabled', 'yes', '--cluster-port', String(bus), '--cluster-announce-ip', '127.0.0.1'],
      ...['--cluster-node-timeout', '1000', '--cluster-require-full-coverage', 'no', '--repl-diskless-sync-delay', '0'],
    ])
    return { redis, bus }
  }
  const nodes = await Promise.all(Array.from({ length: withCopy ? 4 : 3 }, start))
  const [first] = nodes as [{ redis: OwnRedis; bus: number }]
  const masters = nodes.slice(0, 3).map(({ redis }) => redis)
  const copy = nodes[3]?.redis
  for (const [i, master] of masters.entries()) {
    const last = Math.min((i + 1) * third, slotsCount) - 1
    await master.ask('CLUSTER', 'ADDSLOTSRANGE', String(i * third), String(last))
  }
  for (const { redis } of nodes.slice(1)) {
    await redis.ask('CLUSTER', 'MEET', first.redis.host, String(first.redis.port), String(first.bus))
  }
  const all = nodes.map(({ redis }) => redis)
  const known = async (redis: OwnRedis) => {
    const info = String(await redis.ask('CLUSTER', 'INFO'))
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${all.length}`)
  }
  await until(async () => (await Promise.all(all.map(known))).every(Boolean), 20_000, 'the nodes know each other')
  if (copy !== undefined) {
    await copy.ask('CLUSTER', 'REPLICATE', String(await first.redis.ask('CLUSTER', 'MYID')))
    const synced = async () => String(await copy.ask('INFO', 'replication')).includes('master_link_status:up')
    await until(synced, 20_000, 'the copy is one')
    const seen = async (redis: OwnRedis) => String(await redis.ask('CLUSTER', 'NODES')).includes('slave')
    await until(async () => (await Promise.all(all.map(seen))).every(Boolean), 20_000, 'all know the copy')
  }
  return {
    masters,
    copy,
    owner: (shard) => masters[Math.floor(slotOf(String(shard)) / third)]!,
    async end() {
      await Promise.all(all.map((redis) => redis.end()))
    },
  }
}

/** Shards of one master. */
export function shardsOf(cluster: OwnCluster, master: OwnRedis): number[] {
  return Array.from({ length: readerShards }, (_, shard) => shard).filter((shard) => cluster.owner(shard) === master)
}
