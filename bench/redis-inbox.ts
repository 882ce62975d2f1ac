/**
 * What an inbox in Redis costs: deliveries, heads and pages, as CPU of the server and of this process, beside the bare call.
 * Wants a Redis of its own, and empties it. Arguments: address, users, followers of an author, jobs of a batch, batches.
 */
import { RedisClient } from 'bun'
import { makeId } from '../src/core/ids.ts'
import { silentLog } from '../src/core/log.ts'
import { readerShards } from '../src/engines/cluster/reader-shards.ts'
import { openRedis } from '../src/engines/cluster/redis/index.ts'
import { readRedis } from '../src/engines/cluster/settings.ts'
import { systemChance } from '../src/ports/chance.ts'
import { systemClock } from '../src/ports/clock.ts'
import { seeded } from './population.ts'

const [address = '127.0.0.1:6399', ...numbers] = process.argv.slice(2)
const [users = 10_000, followers = 1_000, jobs = 64, batches = 20] = numbers.map(Number)
const settings = readRedis(address)
const keyspace = 'bench_inbox'
const asked = new RedisClient(`redis://${address}`)
await asked.send('FLUSHALL', [])

const generations = { read: async () => new Float64Array(readerShards), raise: async () => {} }
const { inbox, close } = await openRedis({
  settings,
  keyspace,
  generations,
  bodyGenerations: generations,
  dormantAfterMs: 14 * 86_400_000,
  clock: systemClock,
  chance: systemChance,
  log: silentLog,
})

async function serverCpuMs(): Promise<number> {
  const text = String(await asked.send('INFO', ['cpu']))
  const of = (name: string) => Number(new RegExp(`used_cpu_${name}:([\\d.]+)`).exec(text)![1])
  return (of('user') + of('sys')) * 1_000
}

interface Cost {
  readonly perSecond: number
  readonly serverMicros: number
  readonly clientMicros: number
}

async function measured(count: number, work: () => Promise<unknown>): Promise<Cost> {
  const [server, own, began] = [await serverCpuMs(), process.cpuUsage(), performance.now()]
  await work()
  const ms = performance.now() - began
  const used = process.cpuUsage(own)
  const round = (value: number) => Math.round(value * 100) / 100
  return {
    perSecond: Math.round((count / ms) * 1_000),
    serverMicros: round((((await serverCpuMs()) - server) / count) * 1_000),
    clientMicros: round((used.user + used.system) / count),
  }
}

const readers = Float64Array.from({ length: users }, (_, i) => makeId(Date.UTC(2026, 0, 1) + i * 7, i % 8, 0))
let lastId = makeId(Date.UTC(2026, 5, 1), 0, 0)
const takeIds = (count: number) => Array.from({ length: count }, () => (lastId += 4_096))

const beneath = takeIds(200).reverse()
const made = await measured(users, async () => {
  for (let from = 0; from < users; from += 1_000) {
    await Promise.all(
      [...readers.subarray(from, from + 1_000)].map(async (reader) => {
        const epoch = systemChance.epoch()
        const now = Date.now()
        await inbox.create(reader, epoch, 1, now, now + 60_000)
        await inbox.complete(reader, epoch, 1, beneath, 0)
      }),
    )
  }
})

const random = seeded(7)
function batch() {
  return takeIds(jobs).map((id) => ({
    id,
    readers: Float64Array.from({ length: followers }, () => readers[Math.floor(random() * users)]!),
  }))
}

async function delivered(what: string): Promise<Cost> {
  const prepared = Array.from({ length: batches }, batch)
  const cost = await measured(batches * jobs * followers, async () => {
    for (const one of prepared) await inbox.deliver(one)
  })
  console.log(what, cost)
  return cost
}

console.log('made with 200 ids', made)
await delivered('delivered')
// Enough that most inboxes are full, and drop.
const rounds = Math.min(8, Math.ceil((users * 250) / (batches * jobs * followers)))
for (let i = 0; i < rounds; i++) for (let b = 0; b < batches; b++) await inbox.deliver(batch())
const full = await delivered('delivered, inboxes fuller')
const some = readers.subarray(0, Math.min(users, 2_000))
console.log(
  'heads in one turn',
  await measured(some.length * 20, async () => {
    for (let i = 0; i < 20; i++) await Promise.all([...some].map((reader) => inbox.head(reader)))
  }),
)
console.log(
  'heads one by one',
  await measured(2_000, async () => {
    for (let i = 0; i < 2_000; i++) await inbox.head(some[i % some.length]!)
  }),
)
console.log(
  'pages of 20',
  await measured(some.length * 5, async () => {
    for (let i = 0; i < 5; i++)
      await Promise.all([...some].map((reader) => inbox.page(reader, Number.MAX_SAFE_INTEGER, 20)))
  }),
)
const memory = /used_memory:(\d+)/.exec(String(await asked.send('INFO', ['memory'])))![1]
console.log(`${Math.round(Number(memory) / users)} bytes of Redis a user`)

// The bare calls: the same function, its arguments ready before.
const [library] = (await asked.send('FUNCTION', ['LIST', 'LIBRARYNAME', `${keyspace}_*`])) as { library_name: string }[]
const bareClient = new RedisClient(`redis://${address}`, { enableOfflineQueue: true })
await bareClient.connect()
const observed: string[][][] = []
const original = RedisClient.prototype.send
RedisClient.prototype.send = function (this: RedisClient, command: string, args: string[]) {
  if (command === 'FCALL' && args[0] === `${library!.library_name}_deliver`) observed.at(-1)?.push(args)
  return original.call(this, command, args)
}
for (let b = 0; b < batches; b++) {
  observed.push([])
  await inbox.deliver(batch())
}
RedisClient.prototype.send = original
const shifted = observed.map((calls) =>
  calls.map((args) => {
    // Larger ids than any in the rings: the same work again.
    const ids = new Float64Array((args[7] as unknown as Uint8Array).slice().buffer).map(
      (id) => id + 4_096 * jobs * batches,
    )
    return args.with(7, new Uint8Array(ids.buffer) as unknown as string)
  }),
)
const bare = await measured(batches * jobs * followers, async () => {
  for (const calls of shifted) await Promise.all(calls.map((args) => bareClient.send('FCALL', args)))
})
console.log('bare FCALL', bare, `deliver is ${(full.perSecond / bare.perSecond).toFixed(2)} of it`)
bareClient.close()
await close()
asked.close()
