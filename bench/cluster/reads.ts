import { join } from 'node:path'
import type { PollJob, PollOutcome } from '../clients/poll.ts'
import { alternate, type Benchmark, type BenchmarkOptions, type Figure, figure } from '../figure.ts'
import { each, get, httpLoad, people, randomEdges, seeded, send, textOf } from '../population.ts'
import { inTemporaryFolder, type LoadedUser, run, type Started, start, startRookery, toTheEnd } from '../processes.ts'
import { type BenchInstallation, inInstallation } from './engines.ts'

const users = 500
const followees = 40
const messagesEach = 10
const pollDepth = 10

interface Both {
  readonly folder: string
  readonly readers: readonly LoadedUser[]
  readonly embedded: Started
  readonly cluster: Started
}

/** The same people and messages on both engines, each served by one process, every reader's inbox awake. */
async function onBoth({ scale, say }: BenchmarkOptions, measure: (both: Both) => Promise<Figure[]>): Promise<Figure[]> {
  return inTemporaryFolder((folder) =>
    inInstallation(async (installation) => {
      const count = Math.max(100, Math.round(users * scale))
      say(
        `${count} people who follow ${followees} each, ${count * messagesEach} messages, copied from one engine to the other`,
      )
      const data = join(folder, 'data')
      const readers = await people(folder, data, randomEdges(count, followees))
      const filling = await startRookery(data)
      const random = seeded(2)
      const text = textOf(250)
      const authors = Array.from({ length: count * messagesEach }, () => readers[(random() * count) | 0]!)
      await each(
        folder,
        filling.port,
        authors.map((author) => send(author.token, text)),
      )
      await filling.stop()
      await copy(data, installation)
      const [embedded, cluster] = [await startRookery(data), await startCluster(installation)]
      try {
        const requests = readers.map((reader) => get('/fetch?length=20', reader.token))
        for (const { port } of [embedded, cluster]) await each(folder, port, requests)
        return await measure({ folder, readers, embedded, cluster })
      } finally {
        await Promise.all([embedded.stop(), cluster.stop()])
      }
    }),
  )
}

async function copy(data: string, { addresses, keyspace }: BenchInstallation): Promise<void> {
  const place = ['--cassandra', addresses.cassandra, '--replication', String(addresses.replication)]
  await toTheEnd('src/main.ts', [
    'copy',
    '--from',
    `embedded:${data}`,
    '--to',
    `cluster:${keyspace}`,
    ...place,
    '--allow-unsafe',
  ])
}

function startCluster({ addresses, keyspace }: BenchInstallation): Promise<Started> {
  const { cassandra, redis, nats, natsMonitor, replication } = addresses
  const engines = ['--cassandra', cassandra, '--redis', redis, '--nats', nats, '--nats-monitor', natsMonitor]
  const own = ['--engine', 'cluster', '--keyspace', keyspace, '--replication', String(replication), '--allow-unsafe']
  return start('src/main.ts', ['serve', '--port', '0', '--rate-limits', 'off', ...own, ...engines])
}

export const clusterFetchBenchmark: Benchmark = {
  name: 'cluster-fetch',
  onEngines: true,
  what: 'HTTP /fetch of 20 messages of 250 B from one warm gateway on a cluster, random readers, 64 connections',
  bare: 'the same requests to the embedded engine with the same data',
  run: (options) =>
    onBoth(options, async ({ folder, readers, embedded, cluster }) => {
      options.say('measuring')
      const requests = readers.map((reader) => get('/fetch?length=20', reader.token))
      const load = (port: number) =>
        httpLoad(folder, requests, {
          port,
          connections: 64,
          seconds: options.seconds,
          warmUpSeconds: 1,
          pick: 'random',
        })
      let details = {}
      // Warm gateways: what a start does in the background is over then, and the code compiled.
      for (const { port } of [cluster, embedded]) await load(port)
      const rounds = await alternate(
        options.rounds,
        async () => {
          const { perSecond, p50Ms, p99Ms, bytesPerAnswer } = await load(cluster.port)
          details = { p50Ms: Number(p50Ms.toFixed(2)), p99Ms: Number(p99Ms.toFixed(2)), bytesPerAnswer }
          return perSecond
        },
        async () => (await load(embedded.port)).perSecond,
      )
      return [
        figure({
          name: 'cluster fetch',
          unit: 'pages/s',
          rounds,
          atLeast: { ratio: 0.5 },
          goal: { ratio: 0.7 },
          details,
        }),
      ]
    }),
}

export const clusterPollBenchmark: Benchmark = {
  name: 'cluster-poll',
  onEngines: true,
  what: `socket \`fetch\` with \`since\`, nothing new, from one warm gateway on a cluster, 200 sockets, depth ${pollDepth}`,
  bare: 'the same polls of the embedded engine with the same data',
  run: (options) =>
    onBoth(options, async ({ readers, embedded, cluster }) => {
      options.say('measuring')
      const tokens = readers.slice(0, 200).map((reader) => reader.token)
      async function polls(port: number): Promise<number> {
        const job: PollJob = { port, tokens, frames: [], depth: pollDepth, seconds: options.seconds, warmUpSeconds: 1 }
        const outcome = await run<PollOutcome>('bench/clients/poll.ts', [], job)
        const answer = JSON.parse(outcome.answer) as { ok?: { messages: unknown[] } }
        if (answer.ok?.messages.length !== 0) throw new Error(`not an empty page: ${outcome.answer}`)
        return outcome.perSecond
      }
      const rounds = await alternate(
        options.rounds,
        () => polls(cluster.port),
        () => polls(embedded.port),
      )
      return [
        figure({
          name: 'cluster poll',
          unit: 'polls/s',
          rounds,
          atLeast: { ratio: 0.5 },
          goal: { ratio: 0.7 },
        }),
      ]
    }),
}
