import type { ServerProcess } from '../system/server.ts'
import { lasting, until } from '../until.ts'
import type { FaultCluster } from './harness.ts'
import type { Load } from './load.ts'

/** What faults are made on: engines, the processes of Rookery on them, and the load that runs meanwhile. */
export interface Stage {
  readonly cluster: FaultCluster
  readonly servers: readonly ServerProcess[]
  readonly load: Load
}

export interface Fault {
  readonly name: string
  /** Breaks something, and resolves when it is whole again. */
  strike(stage: Stage): Promise<void>
  /** What must hold besides, as soon as it is whole. */
  afterwards?(stage: Stage): Promise<void>
}

/** How many posts are acknowledged while something is broken: five seconds' worth. */
const postsMeanwhile = 200
/** Before anything breaks: Java compiles what runs often, and takes a core for it for about as long as this takes. */
const postsBefore = 3_200
/** What is promised after Redis was emptied. */
const countsRightMs = 10_000
/** API.md: a drain ends within this. */
const drainMs = 10_000

/** Resolves when so many further posts were acknowledged: the load goes on. */
export async function acknowledgedMore({ load: { ledger } }: Stage, posts = postsMeanwhile): Promise<void> {
  const wanted = ledger.acknowledged.length + posts
  await until(() => ledger.acknowledged.length >= wanted, 60_000 + posts * 40, `acknowledging ${posts} posts`)
}

/** Resolves when the engines run as fast as they will. */
export const warmedUp = (stage: Stage) => acknowledgedMore(stage, postsBefore)

const killed = (node: string): Fault => ({
  name: `kill -9 of ${node.startsWith('redis') ? 'Redis' : `${node.startsWith('nats') ? 'a NATS server' : 'a Cassandra node'}`}, then its restart`,
  async strike(stage) {
    await stage.cluster.kill(node)
    await acknowledgedMore(stage)
    await stage.cluster.start(node)
  },
})

const hung = (node: string, what: string, ms: number): Fault => ({
  name: `${what} hangs for ${ms / 1_000} s`,
  async strike({ cluster }) {
    cluster.pause(node)
    await lasting(ms)
    cluster.resume(node)
  },
})

const redisEmptied: Fault = {
  name: 'Redis emptied (FLUSHALL)',
  async strike({ cluster }) {
    const client = new Bun.RedisClient(`redis://${cluster.addresses().redis}`)
    await client.send('FLUSHALL', [])
    client.close()
  },
  async afterwards({ load }) {
    await until(async () => (await load.wrongCounts()).length === 0, countsRightMs, 'counts right again')
  },
}

const natsEmptied: Fault = {
  name: 'all NATS servers killed, their data deleted',
  async strike(stage) {
    const { cluster } = stage
    const servers = cluster.nodes().filter((node) => node.kind === 'nats')
    await Promise.all(servers.map(({ name }) => cluster.kill(name)))
    for (const { name } of servers) cluster.wipe(name)
    await acknowledgedMore(stage)
    await Promise.all(servers.map(({ name }) => cluster.start(name)))
  },
}

const cassandraJoins: Fault = {
  name: 'a fourth Cassandra node joins',
  async strike(stage) {
    await stage.cluster.addCassandra()
    await acknowledgedMore(stage)
  },
}

const processKilled: Fault = {
  name: 'kill -9 of a gateway, then its restart',
  async strike(stage) {
    const [server] = stage.servers as [ServerProcess]
    await server.end('SIGKILL')
    await acknowledgedMore(stage)
    await server.start()
  },
}

const rolling = (rounds: number): Fault => ({
  name: `rolling restart of every Rookery process, ${rounds === 1 ? 'once' : `${rounds} times`}`,
  async strike(stage) {
    for (let round = 0; round < rounds; round++) {
      for (const server of stage.servers) {
        const began = performance.now()
        const status = await server.end('SIGTERM')
        const took = performance.now() - began
        if (status !== 0 || took > drainMs) throw new Error(`a drain ended with ${status} after ${took} ms`)
        await server.start()
        await acknowledgedMore(stage, postsMeanwhile / 4)
      }
    }
  },
})

/** All faults of the issue; `thorough`: more rounds, and every engine hung as well. */
export function allFaults(thorough: boolean): Fault[] {
  return [
    killed('cassandra-2'),
    killed('redis'),
    killed('nats-1'),
    hung('redis', 'Redis', 20_000),
    redisEmptied,
    natsEmptied,
    processKilled,
    rolling(thorough ? 3 : 1),
    ...(thorough ? [hung('cassandra-3', 'a Cassandra node', 20_000), hung('nats-2', 'a NATS server', 20_000)] : []),
    cassandraJoins,
  ]
}
