import { type Client, type Host, types } from 'cassandra-driver'
import { clocksApartMaxMs, nodesSeenWithinMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import { EngineUnusable } from '../unusable.ts'
import type { Admin } from './connect.ts'

/** What could lose acknowledged data, one sentence each. */
export interface Findings {
  /** Refused unless `--allow-unsafe` is given. */
  readonly unsafe: readonly string[]
  /** Said in the log. */
  readonly warnings: readonly string[]
}

export interface SafetyOptions {
  readonly keyspace: string
  readonly replication: number
  readonly clock: Clock
  /** Bounds how long too few nodes are counted again; `nodesSeenWithinMs` without it. */
  readonly startMs?: number
}

/** The oldest Cassandra with Paxos v2, which compare-and-sets rely on when replicas change. */
const oldestVersion: readonly [number, number] = [4, 1]

/**
 * Looks at nodes, settings, clocks and an existing keyspace.
 * @throws EngineUnusable when so many replicas cannot work on so few nodes, whatever is allowed
 */
export async function checkSafety(
  { client, dataCenter }: Admin,
  { keyspace, replication, clock, startMs = nodesSeenWithinMs }: SafetyOptions,
): Promise<Findings> {
  const withinMs = Math.min(startMs, nodesSeenWithinMs)
  const nodes = await countNodes(client, dataCenter, { replication, clock, withinMs })
  if (nodes < Math.floor(replication / 2) + 1) {
    const one = nodes === 1 ? 'One node works with --replication 1, and what it loses is lost; for more run three.' : ''
    throw new EngineUnusable(`Cassandra has ${count(nodes)} for --replication ${replication}. ${one}`.trim())
  }
  const unsafe: string[] = []
  const warnings: string[] = []
  if (nodes === 2) {
    unsafe.push('Cassandra has two nodes, of which neither may fail: run three, or one with --replication 1.')
  } else if (nodes > 1 && nodes < replication) {
    unsafe.push(`Cassandra has ${count(nodes)}, fewer than --replication ${replication}: run more, or ask for less.`)
  }
  if (replication === 1) {
    warnings.push(
      'Cassandra keeps everything once (--replication 1): what a node loses is lost, and without it nothing works.',
    )
  }
  const factor = await replicationOf(client, keyspace, dataCenter)
  if (factor !== undefined && factor < replication) {
    unsafe.push(
      `The keyspace ${keyspace} keeps everything ${factor} times in ${dataCenter}, less than --replication ${replication}: raise it (ALTER KEYSPACE, then nodetool repair), or ask for less.`,
    )
  }
  for (const host of nodesOf(client, dataCenter).filter((host) => host.isUp())) {
    const found = await checkNode(client, host, clock)
    unsafe.push(...found.unsafe)
    warnings.push(...found.warnings)
  }
  return { unsafe, warnings }
}

const count = (nodes: number) => (nodes === 1 ? 'one node' : `${nodes} nodes`)
const nodesOf = (client: Client, dataCenter: string) =>
  client.hosts.values().filter((host) => host.datacenter === dataCenter)

/** The nodes of the data centre. A node serves a second or two before the others list it, so too few are counted again. */
async function countNodes(
  client: Client,
  dataCenter: string,
  { replication, clock, withinMs }: { replication: number; clock: Clock; withinMs: number },
): Promise<number> {
  const enough = Math.max(replication, replication === 1 ? 1 : 3)
  for (const began = performance.now(); ; ) {
    const [host] = nodesOf(client, dataCenter)
    const { rows } = await client.execute('SELECT peer, data_center FROM system.peers', [], host ? { host } : {})
    const peers = rows.filter((row) => row.data_center === dataCenter).length
    const seen = Math.max(peers + 1, nodesOf(client, dataCenter).length)
    if ((seen >= enough && seen !== 2) || performance.now() - began > withinMs) return seen
    await clock.sleep(500)
  }
}

/** How often the keyspace keeps everything in this data centre; undefined when it is not there. */
async function replicationOf(client: Client, keyspace: string, dataCenter: string): Promise<number | undefined> {
  const query = 'SELECT replication FROM system_schema.keyspaces WHERE keyspace_name = ?'
  const { rows } = await client.execute(query, [keyspace], { prepare: true })
  const replication = rows[0]?.replication as Record<string, string> | undefined
  if (replication === undefined) return undefined
  return Number(replication[dataCenter] ?? replication.replication_factor ?? 0)
}

async function checkNode(client: Client, host: Host, clock: Clock): Promise<Findings> {
  const unsafe: string[] = []
  const warnings: string[] = []
  const name = host.address.replace(/:\d+$/, '')
  const settings = await settingsOf(client, host)
  const [major = 0, minor = 0] = host.getCassandraVersion()
  const scylla = await isScylla(client, host)
  if (!scylla && (major < oldestVersion[0] || (major === oldestVersion[0] && minor < oldestVersion[1]))) {
    unsafe.push(
      `Cassandra node ${name} is version ${host.cassandraVersion}: 4.1 is the oldest that serves, 5.0 is better.`,
    )
  }
  if (settings.get('commitlog_sync') === 'periodic') {
    warnings.push(
      `Cassandra node ${name} has commitlog_sync: periodic, which loses up to 10 s of writes in a power cut: set \`group\` or \`batch\`.`,
    )
  }
  if (settings.get('paxos_variant') === 'v1') {
    warnings.push(`Cassandra node ${name} has paxos_variant: v1: set \`v2\`, which is safe while nodes join and leave.`)
  }
  const ahead = await clockAhead(client, host, clock)
  if (Math.abs(ahead) > clocksApartMaxMs) {
    const seconds = (Math.abs(ahead) / 1_000).toFixed(1)
    unsafe.push(
      `The clock of Cassandra node ${name} is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} this machine's: set both right (NTP).`,
    )
  }
  return { unsafe, warnings }
}

const looked = ['commitlog_sync', 'paxos_variant']

/** The node's settings, as far as it tells them: a virtual table of Cassandra's, another one of ScyllaDB's. */
async function settingsOf(client: Client, host: Host): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const table of ['system_views.settings', 'system.config']) {
    for (const name of looked) {
      const result = await ask(client, host, `SELECT name, value FROM ${table} WHERE name = ?`, [name])
      const [row] = result?.rows ?? []
      if (row !== undefined) found.set(name, String(row.value))
    }
    if (found.size > 0) break
  }
  return found
}

async function isScylla(client: Client, host: Host): Promise<boolean> {
  const query =
    "SELECT table_name FROM system_schema.tables WHERE keyspace_name = 'system' AND table_name = 'scylla_local'"
  return ((await ask(client, host, query, []))?.rowLength ?? 0) > 0
}

/** By how much the node's clock is ahead of ours, in ms, less what the question itself may account for. */
async function clockAhead(client: Client, host: Host, clock: Clock): Promise<number> {
  const before = clock.now()
  const result = await ask(client, host, 'SELECT toUnixTimestamp(now()) AS at FROM system.local', [])
  const after = clock.now()
  const at = result?.rows[0]?.at as types.Long | undefined
  if (at === undefined) return 0
  const there = at.toNumber()
  return there > after ? there - after : there < before ? there - before : 0
}

/** Undefined where the node does not know the table or the function. */
async function ask(client: Client, host: Host, query: string, values: unknown[]): Promise<types.ResultSet | undefined> {
  try {
    return await client.execute(query, values, {
      host,
      prepare: values.length > 0,
      consistency: types.consistencies.one,
    })
  } catch {
    return undefined
  }
}
