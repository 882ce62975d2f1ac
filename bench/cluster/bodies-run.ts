/**
 * What a gateway that starts cold reads of messages: their bodies out of Redis, where others have shared them, beside their
 * rows in Cassandra, and beside the bare MGET; and their counts of likes. Job on standard input: a `BodiesJob`; prints a
 * `BodiesOutcome`.
 */
import { RedisClient } from 'bun'
import { makeId } from '../../src/core/ids.ts'
import { silentLog } from '../../src/core/log.ts'
import { messageBody } from '../../src/core/message.ts'
import { createCassandraLikes } from '../../src/engines/cluster/cassandra/likes.ts'
import { openCassandra } from '../../src/engines/cluster/cassandra/open.ts'
import { createCassandraRoad } from '../../src/engines/cluster/cassandra/road.ts'
import { openCluster } from '../../src/engines/cluster/index.ts'
import { bodyShardOf } from '../../src/engines/cluster/redis/body-forgets.ts'
import { idText, keysOf } from '../../src/engines/cluster/redis/keys.ts'
import { readCassandra } from '../../src/engines/cluster/settings.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { seeded, textOf } from '../population.ts'
import { type BenchInstallation, clusterOptions } from './engines.ts'
import { serverCpu } from './server-cpu.ts'

export interface BodiesJob {
  readonly installation: BenchInstallation
  readonly seconds: number
  readonly rounds: number
  readonly messages: number
  readonly textBytes: number
  /** Ids of one call: a batch of live messages, one after the other, or a page of any. */
  readonly together: number
  readonly inOrder: boolean
}

/** Of one way, a figure for each round. */
export interface WayCosts {
  readonly perSecond: number[]
  /** CPU for one message, in µs: of this process, of Redis, of Cassandra (NaN where its process is elsewhere). */
  readonly clientMicros: number[]
  readonly redisMicros: number[]
  readonly cassandraMicros: number[]
}

export interface BodiesOutcome {
  readonly redis: WayCosts
  readonly bare: WayCosts
  readonly cassandra: WayCosts
  readonly filling: WayCosts
  readonly counts: WayCosts
  readonly bytesPerMessage: number
}

const callsUnderWay = 16
const job = (await Bun.stdin.json()) as BodiesJob
const { installation, seconds, rounds, together } = job
const { addresses, keyspace } = installation
const portOf = (text: string) => Number(text.split(',')[0]!.split(':')[1])
const redisCpu = serverCpu(portOf(addresses.redis))
const cassandraCpu = serverCpu(portOf(addresses.cassandra))

const options = clusterOptions(installation)
const [other, gateway] = [await openCluster(options), await openCluster(options)]
const asked = new RedisClient(`redis://${addresses.redis.split(',')[0]}`)
await asked.connect()
const { db } = await openCassandra({
  settings: readCassandra(addresses.cassandra),
  keyspace,
  replication: 1,
  allowUnsafe: true,
  clock: systemClock,
  chance: systemChance,
  log: silentLog,
})
const dirty = { mark: async () => {} } as unknown as Parameters<typeof createCassandraLikes>[0]['dirty']
const plain = createCassandraRoad({
  db,
  clock: systemClock,
  dirty,
  node: 0,
  largestId: 0,
  lowestInFlight: () => Number.POSITIVE_INFINITY,
  recentBytes: 2 ** 20,
  log: () => {},
})

// As 2,800 messages a second leave them.
const first = Date.now() - job.messages
const ids = Array.from({ length: job.messages }, (_, i) => makeId(first + Math.floor(i / 2.8), 7, i % 3))
const text = textOf(job.textBytes)
const left = [...ids]
await Promise.all(
  Array.from({ length: 128 }, async () => {
    for (let id = left.pop(); id !== undefined; id = left.pop()) {
      const body = messageBody(id, text)
      await other.messages.store({ id, author: first, mode: 'pushed', prev: [], crossed: false, body })
    }
  }),
)

const random = seeded(11)
function groups(): number[][] {
  const order = job.inOrder
    ? ids
    : [...ids]
        .map((id) => [random(), id] as const)
        .sort(([a], [b]) => a - b)
        .map(([, id]) => id)
  return Array.from({ length: Math.floor(order.length / together) }, (_, i) =>
    order.slice(i * together, (i + 1) * together),
  )
}

const emptyCosts = (): WayCosts => ({ perSecond: [], clientMicros: [], redisMicros: [], cassandraMicros: [] })

/** Calls for all groups, again and again for `forMs`; `before` each pass is not measured. */
async function measure(
  costs: WayCosts,
  call: (ids: number[]) => Promise<unknown>,
  forMs: number,
  before?: () => Promise<unknown>,
): Promise<void> {
  const used = { ms: 0, client: 0, redis: 0, cassandra: 0 }
  let count = 0
  const until = performance.now() + forMs
  do {
    await before?.()
    const waiting = groups()
    const passes = waiting.length * together
    const [redis, cassandra, own, began] = [redisCpu?.(), cassandraCpu?.(), process.cpuUsage(), performance.now()]
    const work = async () => {
      for (let some = waiting.pop(); some !== undefined; some = waiting.pop()) await call(some)
    }
    await Promise.all(Array.from({ length: callsUnderWay }, work))
    used.ms += performance.now() - began
    const { user, system } = process.cpuUsage(own)
    used.client += user + system
    used.redis += ((redisCpu?.() ?? Number.NaN) - (redis ?? 0)) * 1_000
    used.cassandra += ((cassandraCpu?.() ?? Number.NaN) - (cassandra ?? 0)) * 1_000
    count += passes
  } while (performance.now() < until)
  costs.perSecond.push((count / used.ms) * 1_000)
  costs.clientMicros.push(used.client / count)
  costs.redisMicros.push(used.redis / count)
  costs.cassandraMicros.push(used.cassandra / count)
}

const names = keysOf(keyspace)
const keyOf = (id: number) => names[bodyShardOf(id)]!.bodies + idText(id)
const allKeys = ids.map(keyOf)
async function all(records: Promise<unknown[]>): Promise<void> {
  if ((await records).includes(undefined)) throw new Error('a message is missing')
}
const throughRedis = (some: number[]) => all(gateway.messages.many(some))
/** What the fills of the last turn bring is there once a later command is answered. */
async function fill(): Promise<void> {
  for (const some of groups()) await all(other.messages.many(some))
}
async function empty(): Promise<void> {
  await asked.send('UNLINK', allKeys)
}

const used = async () => Number(/used_memory:(\d+)/.exec(String(await asked.send('INFO', ['memory'])))![1])
await empty()
const usedBefore = await used()
await fill()
const bytesPerMessage = Math.round(((await used()) - usedBefore) / ids.length)

const outcome: BodiesOutcome = {
  redis: emptyCosts(),
  bare: emptyCosts(),
  cassandra: emptyCosts(),
  filling: emptyCosts(),
  counts: emptyCosts(),
  bytesPerMessage,
}
const ms = seconds * 1_000
await measure(emptyCosts(), throughRedis, ms / 5)
await measure(emptyCosts(), (some) => all(plain.messages.many(some)), ms / 5)
for (let round = 0; round < rounds; round++) {
  await fill()
  const { hits, misses } = gateway.stats().sharedBodies
  await measure(outcome.redis, throughRedis, ms)
  const now = gateway.stats().sharedBodies
  // Bodies expire: a few may.
  if (now.misses - misses > (now.hits - hits) / 50) throw new Error('bodies were not found in Redis')
  await measure(outcome.bare, (some) => asked.send('MGET', some.map(keyOf)), ms)
  await measure(outcome.cassandra, (some) => all(plain.messages.many(some)), ms)
  await measure(outcome.filling, throughRedis, ms, empty)
  // Counts are held for a second: each call asks as a process does that knows none.
  await measure(outcome.counts, (some) => createCassandraLikes({ db, clock: systemClock, dirty }).counts(some), ms)
}
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
