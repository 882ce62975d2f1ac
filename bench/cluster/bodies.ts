import { type Benchmark, figure, median } from '../figure.ts'
import { run } from '../processes.ts'
import type { BodiesJob, BodiesOutcome, WayCosts } from './bodies-run.ts'
import { inInstallation } from './engines.ts'

const messages = 8_000
const textBytes = 250
const ways = [
  { name: 'live, 64 at once', together: 64, inOrder: true },
  { name: 'pages of 20', together: 20, inOrder: false },
] as const

const micros = (values: readonly number[]) => Number(median(values).toFixed(1))
const cpu = (name: string, { clientMicros, redisMicros, cassandraMicros }: WayCosts) => ({
  [`${name}ClientMicros`]: micros(clientMicros),
  [`${name}RedisMicros`]: micros(redisMicros),
  [`${name}CassandraMicros`]: micros(cassandraMicros),
})

export const clusterBodiesBenchmark: Benchmark = {
  name: 'cluster-bodies',
  onEngines: true,
  what: `bodies of ${textBytes} B that a gateway does not hold, out of Redis where others have shared them; CPU of all sides for one, of the first reader that shares it, and of its count of likes`,
  bare: 'MGET of the same keys; the row in Cassandra, as without sharing',
  async run({ seconds, rounds, scale, say }) {
    const figures = []
    for (const { name, together, inOrder } of ways) {
      say(name)
      const { redis, bare, cassandra, filling, counts, bytesPerMessage } = await inInstallation((installation) => {
        const count = Math.max(640, Math.round(messages * scale))
        const job: BodiesJob = { installation, seconds, rounds, messages: count, textBytes, together, inOrder }
        return run<BodiesOutcome>('bench/cluster/bodies-run.ts', [], job)
      })
      figures.push(
        figure({
          name: `cluster bodies, ${name}`,
          unit: 'bodies/s',
          rounds: { ours: redis.perSecond, bare: bare.perSecond },
          atLeast: { ratio: 0.3 },
          goal: { ratio: 0.5 },
          details: { bytesPerMessage, ...cpu('', redis), ...cpu('bare', bare) },
        }),
        figure({
          name: `cluster bodies, ${name}, beside rows`,
          unit: 'bodies/s',
          rounds: { ours: redis.perSecond, bare: cassandra.perSecond },
          atLeast: { ratio: 3 },
          goal: { ratio: 5 },
          details: {
            ...cpu('row', cassandra),
            sharedPerSecond: Math.round(median(filling.perSecond)),
            ...cpu('sharing', filling),
            countsPerSecond: Math.round(median(counts.perSecond)),
            ...cpu('count', counts),
          },
        }),
      )
    }
    return figures
  },
}
