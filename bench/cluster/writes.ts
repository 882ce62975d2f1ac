import { type Benchmark, figure, median, rounded } from '../figure.ts'
import { run } from '../processes.ts'
import { inInstallation } from './engines.ts'
import type { LikeJob, LikeOutcome } from './like-run.ts'
import type { PublishJob, PublishOutcome } from './publish-run.ts'

/** As many as fill the cores: with fewer, both sides wait for the disk. */
const inFlight = 256
const likers = 1_000
const likedMessages = 1_000

export const clusterPublishBenchmark: Benchmark = {
  name: 'cluster-publish',
  onEngines: true,
  what: 'durable publishes on Cassandra, Redis and NATS in one process, 256 under way, 250 B and 6.85 KB',
  bare: 'cassandra-driver alone: the same statements, rows and consistency, as many under way',
  run: ({ seconds, rounds, say }) =>
    inInstallation(async (installation) => {
      const figures = []
      for (const [size, bytes] of [
        ['250 B', 250],
        ['6.85 KB', 6_850],
      ] as const) {
        say(`measuring ${size}`)
        const job: PublishJob = { installation, seconds, rounds, inFlight, bytes }
        const { ours, bare, visible, micros } = await run<PublishOutcome>('bench/cluster/publish-run.ts', [], job)
        figures.push(
          figure({
            name: `cluster publish ${size}`,
            unit: 'messages/s',
            rounds: { ours, bare },
            atLeast: { ratio: 0.6 },
            goal: { ratio: 0.8 },
            details: {
              untilDonePerSecond: rounded(median(visible)),
              ...Object.fromEntries(
                Object.keys(micros[0]!).map((name) => [name, Math.round(median(micros.map((one) => one[name]!)))]),
              ),
            },
          }),
        )
      }
      return figures
    }),
}

export const clusterLikeBenchmark: Benchmark = {
  name: 'cluster-like',
  onEngines: true,
  what: 'durable likes of random messages by random users on Cassandra, counted at once, 256 under way; counts are checked',
  bare: 'cassandra-driver alone: the same statements, rows and consistency, as many under way',
  run: ({ seconds, rounds, say }) =>
    inInstallation(async (installation) => {
      say(`${likers} users, ${likedMessages} messages`)
      const job: LikeJob = { installation, seconds, rounds, inFlight, users: likers, messages: likedMessages }
      const { ours, bare } = await run<LikeOutcome>('bench/cluster/like-run.ts', [], job)
      return [
        figure({
          name: 'cluster like',
          unit: 'likes/s',
          rounds: { ours, bare },
          atLeast: { ratio: 0.6 },
          goal: { ratio: 0.8 },
        }),
      ]
    }),
}
