/**
 * Deliveries to inboxes in Redis, beside the bare call of the same function with the same arguments. Job on standard
 * input: a `DeliverJob`; prints a `DeliverOutcome`.
 */
import { RedisClient } from 'bun'
import { makeId } from '../../src/core/ids.ts'
import { silentLog } from '../../src/core/log.ts'
import { readerShardOf, readerShards } from '../../src/engines/cluster/reader-shards.ts'
import { headBytes, openSlots } from '../../src/engines/cluster/redis/inbox-value.ts'
import { openRedis } from '../../src/engines/cluster/redis/index.ts'
import { keysOf, readerText } from '../../src/engines/cluster/redis/keys.ts'
import { readRedis } from '../../src/engines/cluster/settings.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { systemClock } from '../../src/ports/clock.ts'
import type { Delivery } from '../../src/ports/inbox.ts'
import { seeded } from '../population.ts'
import type { BenchInstallation } from './engines.ts'

export interface DeliverJob {
  readonly installation: BenchInstallation
  readonly seconds: number
  readonly rounds: number
  readonly users: number
  /** Of each author. */
  readonly followers: number
  /** Jobs that a worker gathers for one call. */
  readonly jobs: number
}

export interface DeliverOutcome {
  /** Deliveries a second. */
  readonly ours: number[]
  readonly bare: number[]
  /** CPU of Redis and of this process for one delivery, in µs. */
  readonly serverMicros: number[]
  readonly clientMicros: number[]
}

const { installation, seconds, rounds, users, followers, jobs } = (await Bun.stdin.json()) as DeliverJob
const { addresses, keyspace } = installation
const { inbox, close } = await openRedis({
  settings: readRedis(addresses.redis),
  keyspace,
  generations: { read: async () => new Float64Array(readerShards), raise: async () => {} },
  dormantAfterMs: 14 * 86_400_000,
  clock: systemClock,
  chance: systemChance,
  log: silentLog,
})
const asked = new RedisClient(`redis://${addresses.redis.split(',')[0]}`)
await asked.connect()

const random = seeded(7)
let lastId = makeId(Date.UTC(2026, 5, 1), 0, 0)
const readers = Float64Array.from({ length: users }, (_, i) => makeId(Date.UTC(2026, 0, 1) + i * 7, i % 8, 0))
const names = keysOf(keyspace)
const beneath = Array.from({ length: 100 }, () => (lastId += 4_096)).reverse()
const arrived = Float64Array.from({ length: openSlots }, () => (lastId += 4_096))

/**
 * An inbox as it is in the long run: with some of its open slots taken, each number of them as likely. Of many users
 * no short measurement would fill any.
 */
async function makeInbox(reader: number): Promise<void> {
  const [epoch, now] = [systemChance.epoch(), Date.now()]
  await inbox.create(reader, epoch, 1, now, now + 60_000)
  await inbox.complete(reader, epoch, 1, beneath, 0)
  const some = new Uint8Array(arrived.slice(0, Math.floor(random() * openSlots)).buffer)
  const key = names[readerShardOf(reader)]!.inboxes + readerText(reader)
  // The client takes bytes as well; its types do not say so.
  await asked.send('SETRANGE', [key, String(headBytes), some as unknown as string])
}
for (let from = 0; from < users; from += 1_000) {
  await Promise.all([...readers.subarray(from, from + 1_000)].map(makeInbox))
}

const batch = (): Delivery[] =>
  Array.from({ length: jobs }, () => ({
    id: (lastId += 4_096),
    readers: Float64Array.from({ length: followers }, () => readers[Math.floor(random() * users)]!),
  }))

/** The calls of one batch, as they go to the server: seen on their way. */
async function callsOf(one: Delivery[]): Promise<string[][]> {
  const seen: string[][] = []
  const send = RedisClient.prototype.send
  RedisClient.prototype.send = function (this: RedisClient, command: string, args: string[]) {
    if (command === 'FCALL' && args[0]!.endsWith('_deliver')) seen.push(args)
    return send.call(this, command, args)
  }
  try {
    await inbox.deliver(one)
  } finally {
    RedisClient.prototype.send = send
  }
  return seen
}

const kept: string[][][] = []
while (kept.length < 32) kept.push(await callsOf(batch()))
let turn = 0

/** A kept batch under new ids, so that it does the same work again. */
function renewed(): string[][] {
  const calls = kept[turn++ % kept.length]!
  const first = lastId
  lastId += 4_096 * jobs
  const numbers = new Map<number, number>()
  return calls.map((args) => {
    // Ids, readers, and which of the ids is each one's come last.
    const idsAt = args.length - 3
    const ids = new Float64Array((args[idsAt] as unknown as Uint8Array).slice().buffer).map((id) => {
      const number = numbers.get(id) ?? numbers.size + 1
      numbers.set(id, number)
      return first + 4_096 * number
    })
    return args.with(idsAt, new Uint8Array(ids.buffer) as unknown as string)
  })
}

async function serverCpuMs(): Promise<number> {
  const text = String(await asked.send('INFO', ['cpu']))
  const of = (name: string) => Number(new RegExp(`used_cpu_${name}:([\\d.]+)`).exec(text)![1])
  return (of('user') + of('sys')) * 1_000
}

interface Measured {
  readonly perSecond: number
  readonly serverMicros: number
  readonly clientMicros: number
}

/** Two batches are always under way; what they carry is made before. */
async function measured<T>(prepare: () => T, deliver: (prepared: T) => Promise<unknown>): Promise<Measured> {
  let [deliveries, ms, server, client] = [0, 0, 0, 0]
  const until = performance.now() + seconds * 1_000
  while (performance.now() < until) {
    const prepared = Array.from({ length: 16 }, prepare)
    const [serverBefore, own, began] = [await serverCpuMs(), process.cpuUsage(), performance.now()]
    const work = async () => {
      // In their order: a smaller id after a larger one is looked for in the whole inbox.
      for (let one = prepared.shift(); one !== undefined; one = prepared.shift()) await deliver(one)
    }
    await Promise.all([work(), work()])
    ms += performance.now() - began
    const used = process.cpuUsage(own)
    client += used.user + used.system
    server += ((await serverCpuMs()) - serverBefore) * 1_000
    deliveries += 16 * jobs * followers
  }
  return { perSecond: (deliveries / ms) * 1_000, serverMicros: server / deliveries, clientMicros: client / deliveries }
}

const outcome: DeliverOutcome = { ours: [], bare: [], serverMicros: [], clientMicros: [] }
for (let round = 0; round < rounds; round++) {
  const ours = await measured(batch, (one) => inbox.deliver(one))
  outcome.ours.push(ours.perSecond)
  outcome.serverMicros.push(ours.serverMicros)
  outcome.clientMicros.push(ours.clientMicros)
  const bare = await measured(renewed, (calls) => Promise.all(calls.map((args) => asked.send('FCALL', args))))
  outcome.bare.push(bare.perSecond)
}
await close()
asked.close()
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
