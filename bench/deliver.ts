import type { DeliverOutcome } from './deliver-run.ts'
import { type Benchmark, figure, median, rounded } from './figure.ts'
import { million } from './million.ts'
import { run } from './processes.ts'

export const deliverBenchmark: Benchmark = {
  name: 'deliver',
  what: 'fan-out jobs to inboxes: 1,000,000 users, all awake, 100 followees each, skewed; in one process',
  bare: 'a plain loop writing the same ids to the same typed arrays',
  async run({ seconds, rounds, scale, say }) {
    const { data } = await million(scale, false, say)
    say('measuring')
    const outcome = await run<DeliverOutcome>('bench/deliver-run.ts', [data, String(seconds), String(rounds)])
    return [
      figure({
        name: 'deliver, waiting jobs',
        unit: 'deliveries/s',
        rounds: { ours: outcome.jobs, bare: outcome.bare },
        atLeast: { ratio: 0.2 },
        goal: { ratio: 0.4 },
        details: { users: outcome.users },
      }),
      figure({
        name: 'deliver, whole road',
        unit: 'deliveries/s',
        rounds: { ours: outcome.road, bare: [] },
        atLeast: { least: 1_410_000 },
        goal: { least: 5_000_000 },
        details: {
          messagesPerSecond: rounded(median(outcome.roadMessagesPerSecond)),
          residentMB: outcome.residentMB,
        },
      }),
    ]
  },
}
