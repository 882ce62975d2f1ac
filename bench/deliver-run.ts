/**
 * Fan-out inside one process, on the embedded engine over a large graph whose readers are all awake. Arguments: data
 * folder, seconds, rounds. Prints a `DeliverOutcome`.
 */
import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { ChunkPool, chunkIds, chunkSlabBits, chunkSlabMask } from '../src/engines/embedded/inbox-chunks.ts'
import { chunksAt, InboxHeads, nextAt } from '../src/engines/embedded/inbox-heads.ts'
import { openEmbedded } from '../src/engines/embedded/index.ts'
import { systemChance } from '../src/ports/chance.ts'
import { systemClock } from '../src/ports/clock.ts'
import { createRoad } from '../src/services/road.ts'
import { seeded, textOf } from './population.ts'

export interface DeliverOutcome {
  /** Jobs that wait, carried out: deliveries a second. */
  readonly jobs: number[]
  /** A plain loop over the same readers and ids. */
  readonly bare: number[]
  /** Published, stored, queued, fanned out, all at once: deliveries a second until nothing is undone. */
  readonly road: number[]
  readonly roadMessagesPerSecond: number[]
  readonly users: number
  readonly warmSeconds: number
  readonly residentMB: number
}

const [data, seconds, rounds] = process.argv.slice(2)
const engine = await openEmbedded({ data: data!, memoryBytes: 6 * 2 ** 30 })
await engine.warm
const road = createRoad(engine, {
  clock: systemClock,
  chance: systemChance,
  authorJson: (author) => `{"id":"${author}","handle":"u","name":"u"}`,
  hotFollowers: 10_000,
  dormantAfterMs: 14 * 86_400_000,
  bodiesBytesMax: 256 * 2 ** 20,
  log: (problem, error) => {
    console.error(problem, error)
    process.exit(1)
  },
})

const db = new Database(join(data!, 'rookery.db'), { readonly: true })
const ids = Float64Array.from(
  (db.query('SELECT id FROM users ORDER BY number').values() as [number][]).map(([id]) => id),
)
db.close()

// Everyone is awake: each reader has an inbox, which holds nothing yet.
const beganWarm = performance.now()
for (const reader of ids) {
  const now = Date.now()
  const epoch = systemChance.epoch()
  await engine.inbox.create(reader, epoch, 1, now, now + 60_000)
  await engine.inbox.complete(reader, epoch, 1, [], 0)
}
const warmSeconds = (performance.now() - beganWarm) / 1000

const random = seeded(7)
const text = textOf(250)
const someone = () => ids[Math.floor(random() * ids.length)]!
const undone = async () => (await engine.outboxRows.lowestUndone()) !== Number.POSITIVE_INFINITY

/** Publishes for so long, or so many, with 256 under way. */
async function publish(untilMs: number, most: number): Promise<{ sent: number; authors: number[]; sentIds: number[] }> {
  const [authors, sentIds]: [number[], number[]] = [[], []]
  let sent = 0
  const one = async () => {
    while (sent < most && performance.now() < untilMs) {
      sent += 1
      const author = someone()
      const record = await road.publish(author, { text })
      authors.push(author)
      sentIds.push(record.id)
    }
  }
  await Promise.all(Array.from({ length: 256 }, one))
  return { sent, authors, sentIds }
}

/** Runs `work` until `use` has ended. */
async function during<T>(work: (signal: AbortSignal) => Promise<unknown>, use: () => Promise<T>): Promise<T> {
  const stop = new AbortController()
  const ended = work(stop.signal)
  try {
    return await use()
  } finally {
    stop.abort()
    await ended
  }
}

/** The workers alone: neither the sweeper nor anything else of a server. */
const workers = (signal: AbortSignal) =>
  Promise.all([
    engine.queue.work('job', road.fanout.jobs, signal),
    engine.queue.work('pages', road.fanout.page, signal),
  ])

/** Looked at between other work: a timer's millisecond does not matter beside a second. */
async function untilDone(): Promise<void> {
  while (await undone()) await new Promise((resolve) => setTimeout(resolve, 1))
}

// The bare limit writes to arrays of the same kind and size as the inboxes': a head a reader, which says where the next id
// goes, and a chunk of 64 ids, taken and touched before it is measured.
const { words } = new InboxHeads(ids.length + 1)
const pool = new ChunkPool((ids.length + 1) * chunkIds * 8 + 2 ** 23)
for (let reader = 1; reader <= ids.length; reader++) words[reader * 16 + chunksAt] = pool.take()
const jobsAtOnce = 20_000

/** What no delivery can do without: find the place, write the id, count it. */
function deliverBare(id: number, readers: Uint32Array): void {
  for (let i = 0; i < readers.length; i++) {
    const head = readers[i]! << 4
    const next = words[head + nextAt]!
    const chunk = words[head + chunksAt]!
    pool.slabs[chunk >>> chunkSlabBits]![((chunk & chunkSlabMask) << 6) | (next & 63)] = id
    words[head + nextAt] = next + 1
  }
}

async function jobsRound(): Promise<{ jobs: number; bare: number }> {
  const { authors, sentIds } = await publish(Number.POSITIVE_INFINITY, jobsAtOnce)
  const before = road.fanout.stats().deliveries
  const began = performance.now()
  await during(workers, untilDone)
  const jobs = (road.fanout.stats().deliveries - before) / ((performance.now() - began) / 1000)

  const pages = await Promise.all(authors.map((author) => engine.graph.fanoutPage(author, undefined)))
  const beganBare = performance.now()
  let deliveries = 0
  for (let i = 0; i < pages.length; i++) {
    const readers = pages[i]!.readers as Uint32Array
    deliverBare(sentIds[i]!, readers)
    deliveries += readers.length
  }
  return { jobs, bare: deliveries / ((performance.now() - beganBare) / 1000) }
}

async function roadRound(): Promise<{ deliveries: number; messages: number }> {
  const before = road.fanout.stats().deliveries
  const began = performance.now()
  const sent = await during(road.run, async () => {
    const outcome = await publish(began + Number(seconds) * 1000, Number.POSITIVE_INFINITY)
    await untilDone()
    return outcome.sent
  })
  const elapsed = (performance.now() - began) / 1000
  return { deliveries: (road.fanout.stats().deliveries - before) / elapsed, messages: sent / elapsed }
}

const outcome: DeliverOutcome = {
  jobs: [],
  bare: [],
  road: [],
  roadMessagesPerSecond: [],
  users: ids.length,
  warmSeconds,
  residentMB: 0,
}
await jobsRound()
for (let round = 0; round < Number(rounds); round++) {
  const { jobs, bare } = await jobsRound()
  outcome.jobs.push(jobs)
  outcome.bare.push(bare)
  const { deliveries, messages } = await roadRound()
  outcome.road.push(deliveries)
  outcome.roadMessagesPerSecond.push(messages)
}
await engine.close()
process.stdout.write(JSON.stringify({ ...outcome, residentMB: Math.round(process.memoryUsage.rss() / 1e6) }))
process.exit(0)
