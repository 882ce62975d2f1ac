/**
 * What the queue on NATS costs: jobs offered, and handed out and acknowledged, beside the bare pipelined publish of the
 * same messages. Argument: the servers' addresses (`host:port,…`). It makes streams of its own there, and deletes them.
 */

import { makeId } from '../src/core/ids.ts'
import { silentLog } from '../src/core/log.ts'
import { encodeJobs, partitionOf } from '../src/engines/cluster/nats/job-code.ts'
import { openLink } from '../src/engines/cluster/nats/link.ts'
import { NatsQueue } from '../src/engines/cluster/nats/queue.ts'
import { lanes, openStreams } from '../src/engines/cluster/nats/streams.ts'
import { readNats } from '../src/engines/cluster/settings.ts'
import { systemClock } from '../src/ports/clock.ts'
import type { Job } from '../src/ports/messages.ts'

const settings = readNats(process.argv[2] ?? '127.0.0.1:4222')
const keyspace = `bench_${Date.now().toString(36)}`
const runMs = 3_000

const link = await openLink({ settings, name: keyspace, log: silentLog })
const streams = await openStreams(link.connection, { keyspace, servers: settings.nodes.length })
await streams.ensureWithin(20_000)
const queue = new NatsQueue({ link, streams, clock: systemClock, log: silentLog })

const authors = Array.from({ length: 5_000 }, (_, i) => makeId(Date.UTC(2026, 0, 1) + i * 7, i % 8, 0))
let jobs = 0
function nextJob(): Job {
  const id = makeId(Date.now(), Math.floor(jobs / 64) % 64, jobs % 64)
  return { id, author: authors[jobs++ % authors.length]!, mode: 'pushed', prev: [id - 4_096], crossed: false }
}

/** Runs `work` in so many at once, and says how often it was done and what it cost. */
async function measure(name: string, atOnce: number, work: () => Promise<boolean>): Promise<void> {
  const times: number[] = []
  let refused = 0
  const used = process.cpuUsage()
  const began = performance.now()
  const one = async () => {
    while (performance.now() - began < runMs) {
      const from = performance.now()
      if (!(await work())) refused++
      times.push(performance.now() - from)
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
  const { user, system } = process.cpuUsage(used)
  times.sort((a, b) => a - b)
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(2)
  const perSecond = Math.round((times.length / runMs) * 1_000)
  const micros = ((user + system) / times.length).toFixed(1)
  console.log(
    `${name}, ${atOnce} at once: ${perSecond}/s, ${micros} µs of CPU, p50 ${at(0.5)} p99 ${at(0.99)} ms, ${refused} refused`,
  )
}

const bareInbox = `_INBOX.${keyspace}`
const waiting: (() => void)[] = []
link.listen(`${bareInbox}.*`, (answer) => {
  answer.string()
  waiting.shift()?.()
})
let sent = 0
async function bare(): Promise<boolean> {
  const job = nextJob()
  const subject = `${keyspace}.fan.job.${partitionOf(job.author)}.1`
  link.connection.publish(subject, encodeJobs([{ job, nextPage: undefined }]), { reply: `${bareInbox}.${sent++}` })
  await new Promise<void>((resolve) => waiting.push(resolve))
  return true
}

for (const atOnce of [1, 16, 256]) await measure('bare publish', atOnce, bare)
await streams.manager.streams.purge(streams.name('job'))
for (const atOnce of [1, 16, 64, 256, 1_024]) await measure('put', atOnce, () => queue.put(nextJob()))

const { jobs: total } = await queue.depth()
const stop = new AbortController()
const over = Promise.withResolvers<void>()
let handed = 0
const used = process.cpuUsage()
const began = performance.now()
const working = queue.work(
  'job',
  async (batch) => {
    handed += batch.length
    if (handed >= total) over.resolve()
    return batch.map(() => 'done')
  },
  stop.signal,
)
await over.promise
const ms = performance.now() - began
const { user, system } = process.cpuUsage(used)
console.log(
  `handed out and done: ${Math.round((total / ms) * 1_000)}/s, ${((user + system) / total).toFixed(1)} µs of CPU a job`,
)

stop.abort()
await working
await Promise.all(lanes.map((lane) => streams.manager.streams.delete(streams.name(lane))))
await queue.close()
await link.close()
