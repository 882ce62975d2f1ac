/**
 * Publishing on a cluster, beside the driver doing the same statements. Job on standard input: a `PublishJob`; prints a
 * `PublishOutcome`.
 */
import { idAt } from '../../src/core/ids.ts'
import { fanoutBatchesAtOnce } from '../../src/core/limits.ts'
import { messageBody } from '../../src/core/message.ts'
import { openCluster } from '../../src/engines/cluster/index.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { createRoad } from '../../src/services/road.ts'
import { textOf } from '../population.ts'
import { type BenchInstallation, bareClient, clusterOptions } from './engines.ts'
import { ratePerSecond } from './rate.ts'
import { serverCpu } from './server-cpu.ts'

export interface PublishJob {
  readonly installation: BenchInstallation
  readonly seconds: number
  readonly rounds: number
  readonly inFlight: number
  readonly bytes: number
}

export interface PublishOutcome {
  /** Messages a second. */
  readonly ours: number[]
  readonly bare: number[]
  /** Published and fanned out to their authors, until nothing is undone. */
  readonly visible: number[]
  /** CPU a message of each process, in µs, until it is fanned out; engines only where they run on this machine. */
  readonly micros: readonly Readonly<Record<string, number>>[]
}

const { installation, seconds, rounds, inFlight, bytes } = (await Bun.stdin.json()) as PublishJob
const engine = await openCluster(clusterOptions(installation))
let visible = 0
const road = createRoad(engine, {
  clock: systemClock,
  chance: systemChance,
  authorJson: (author) => `{"id":"${author}","handle":"u","name":"u"}`,
  hotFollowers: 10_000,
  dormantAfterMs: 14 * 86_400_000,
  bodiesBytesMax: 64 * 2 ** 20,
  lastingQueue: true,
  fanoutBatches: fanoutBatchesAtOnce,
  visible: () => visible++,
  log: (problem, error) => console.error(problem, error),
})

// Each writes seldom, as people do: what is kept of the last writers serves none of them.
const authorsEach = 4_000
const authors = Array.from({ length: authorsEach }, (_, i) => idAt(Date.now()) + i)
const text = textOf(bytes)
let next = 0
let sent = 0

async function publish(): Promise<void> {
  await road.publish(authors[next++ % authors.length]!, { text })
  sent++
}

/** Carries out what waits, so that no round finds the one before it undone. */
async function fanOut(): Promise<void> {
  const stop = new AbortController()
  const ended = road.run(stop.signal)
  while (visible < sent) await new Promise((resolve) => setTimeout(resolve, 5))
  stop.abort()
  await ended
}

const client = await bareClient(installation)
const statements = {
  tips: 'SELECT id, hot, prev FROM by_author WHERE author = ? AND month = ? AND id > ? AND id < ? LIMIT ?',
  counts: 'SELECT n FROM follower_counts WHERE followee = ?',
  count: 'SELECT count(*) AS n FROM followers WHERE followee = ? AND level = 0 AND shard = 0',
  row: 'INSERT INTO outbox (minute, shard, id, author, hot, crossed, prev) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?',
  message: 'INSERT INTO messages (id, author, body) VALUES (?, ?, ?) USING TIMESTAMP ?',
  index: 'INSERT INTO by_author (author, month, id, hot, prev) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?',
}
const bareAuthors = authors.map((author) => author + authorsEach)
let lastId = idAt(Date.now())
const month = new Date().getUTCFullYear() * 12 + new Date().getUTCMonth()

async function bare(): Promise<void> {
  const author = bareAuthors[next++ % bareAuthors.length]!
  const [{ rows }] = await Promise.all([
    client.execute(statements.tips, [author, month, 0, Number.MAX_SAFE_INTEGER, 4]),
    client.execute(statements.counts, [author]).then(() => client.execute(statements.count, [author])),
  ])
  const prev = rows.length > 0 ? [rows[0]!.get('id').toNumber()] : null
  const now = Date.now()
  const id = (lastId = Math.max(lastId + 1, idAt(now)))
  const at = now * 1_000
  const minute = Math.floor(now / 60_000)
  await client.execute(statements.row, [minute, now % 8, id, author, false, false, prev, at])
  await Promise.all([
    client.execute(statements.message, [id, author, messageBody(id, text), at]),
    client.execute(statements.index, [author, month, id, false, prev, at]),
  ])
}

/** Nobody writes for the first time: all have a message of some minutes ago. */
async function fill(): Promise<void> {
  const all = [...authors, ...bareAuthors]
  const at = Date.now() - 300_000
  for (let from = 0; from < all.length; from += 32) {
    await Promise.all(
      all.slice(from, from + 32).map(async (author, i) => {
        await client.execute('INSERT INTO author_months (author, month) VALUES (?, ?)', [author, month])
        await client.execute(statements.index, [author, month, idAt(at + from) + i, false, null, at * 1_000])
      }),
    )
  }
}

/** The driver's rows are no jobs of anybody: nothing would ever mark them done. */
async function removeBare(from: number): Promise<void> {
  for (let minute = from; minute <= Math.floor(Date.now() / 60_000); minute++) {
    for (let shard = 0; shard < 8; shard++) {
      const found = await client.execute(
        'SELECT id, author FROM outbox WHERE minute = ? AND shard = ?',
        [minute, shard],
        {
          fetchSize: 1_000_000,
        },
      )
      const mine = new Set(bareAuthors)
      const ids = found.rows.filter((row) => mine.has(row.get('author').toNumber())).map((row) => row.get('id'))
      for (let i = 0; i < ids.length; i += 500) {
        await client.execute('DELETE FROM outbox WHERE minute = ? AND shard = ? AND id IN ?', [
          minute,
          shard,
          ids.slice(i, i + 500),
        ])
      }
    }
  }
}

const portOf = (address: string) => Number(address.split(',')[0]!.split(':')[1])
const ownCpu = () => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1_000
}
/** CPU in ms that each has used. */
const cpus: Record<string, (() => number) | undefined> = {
  rookeryMicros: ownCpu,
  cassandraMicros: serverCpu(portOf(installation.addresses.cassandra)),
  redisMicros: serverCpu(portOf(installation.addresses.redis)),
  natsMicros: serverCpu(portOf(installation.addresses.nats)),
}
const used = () => Object.entries(cpus).flatMap(([name, cpu]) => (cpu === undefined ? [] : [[name, cpu()] as const]))

const micros: Record<string, number>[] = []
const outcome: PublishOutcome = { ours: [], bare: [], visible: [], micros }
await fill()
await Promise.all(Array.from({ length: inFlight }, publish))
await fanOut()
for (let round = 0; round < rounds; round++) {
  const [before, began, usedBefore] = [sent, performance.now(), used()]
  outcome.ours.push(await ratePerSecond(inFlight, seconds, publish))
  await fanOut()
  outcome.visible.push(((sent - before) / (performance.now() - began)) * 1_000)
  const each = (ms: number) => (ms * 1_000) / (sent - before)
  micros.push(Object.fromEntries(used().map(([name, ms], i) => [name, each(ms - usedBefore[i]![1])])))
  const minute = Math.floor(Date.now() / 60_000)
  outcome.bare.push(await ratePerSecond(inFlight, seconds, bare))
  await removeBare(minute)
}
await client.shutdown()
await engine.close()
process.stdout.write(JSON.stringify(outcome))
process.exit(0)
