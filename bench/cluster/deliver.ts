import { type Benchmark, figure, median } from '../figure.ts'
import { run } from '../processes.ts'
import type { DeliverJob, DeliverOutcome } from './deliver-run.ts'
import { inInstallation } from './engines.ts'

const few = 10_000
const many = 300_000

export const clusterDeliverBenchmark: Benchmark = {
  name: 'cluster-deliver',
  onEngines: true,
  what: `inbox deliveries in Redis: 64 jobs of 100 followers a call, ${few.toLocaleString('en')} and ${many.toLocaleString('en')} users, all awake; CPU of both sides`,
  bare: 'the same FCALLs with the same arguments, made before',
  async run({ seconds, rounds, scale, say }) {
    const outcomes: DeliverOutcome[] = []
    const figures = []
    for (const users of [few, many].map((count) => Math.max(1_000, Math.round(count * scale)))) {
      say(`${users} users`)
      const outcome = await inInstallation((installation) => {
        const job: DeliverJob = { installation, seconds, rounds, users, followers: 100, jobs: 64 }
        return run<DeliverOutcome>('bench/cluster/deliver-run.ts', [], job)
      })
      outcomes.push(outcome)
      figures.push(
        figure({
          name: `cluster deliver, ${users.toLocaleString('en')} users`,
          unit: 'deliveries/s',
          rounds: outcome,
          atLeast: { ratio: 0.6 },
          goal: { ratio: 0.8 },
          details: {
            serverMicros: Number(median(outcome.serverMicros).toFixed(2)),
            clientMicros: Number(median(outcome.clientMicros).toFixed(2)),
          },
        }),
      )
    }
    const [cost, costOfMany] = outcomes.map(({ serverMicros, clientMicros }) =>
      serverMicros.map((micros, i) => micros + clientMicros[i]!),
    ) as [number[], number[]]
    return [
      ...figures,
      figure({
        name: 'cluster deliver, CPU of many users beside few',
        unit: 'µs a delivery',
        lower: true,
        rounds: { ours: costOfMany, bare: cost },
        atLeast: { ratio: 0.8 },
        goal: { ratio: 0.9 },
      }),
    ]
  },
}
