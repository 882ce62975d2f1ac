import { join } from 'node:path'
import type { LiveJob, LiveOutcome } from './clients/live.ts'
import { alternate, type Benchmark, figure } from './figure.ts'
import { people, textOf } from './population.ts'
import { inTemporaryFolder, run, start, startRookery } from './processes.ts'

const sockets = 1_000

export const liveBenchmark: Benchmark = {
  name: 'live',
  what: 'one message of 250 B to 1,000 sockets, from the request until the last socket has it',
  bare: 'Bun publish() of the same bytes',
  run: ({ seconds, rounds, say }) =>
    inTemporaryFolder(async (folder) => {
      say(`one author with ${sockets} followers, each on a socket`)
      const data = join(folder, 'data')
      const [author, ...readers] = await people(
        folder,
        data,
        Array.from({ length: sockets }, (_, i) => [i + 1, 0] as [number, number]),
      )
      const server = await startRookery(data)
      const bare = await start('bench/bare/publish.ts')
      const common = { sockets, authorToken: author!.token, seconds, warmUpSeconds: 1 }
      const live = (job: Pick<LiveJob, 'port' | 'tokens' | 'body' | 'inFlight'>) =>
        run<LiveOutcome>('bench/clients/live.ts', [], { ...common, ...job })
      const tokens = readers.map((reader) => reader.token)
      const body = JSON.stringify({ text: textOf(250) })

      const figures = []
      for (const inFlight of [1, 8]) {
        say(`measuring with ${inFlight} in flight`)
        let frame = ''
        let details = {}
        const measured = await alternate(
          rounds,
          async () => {
            const outcome = await live({ port: server.port, tokens, body, inFlight })
            frame = outcome.frame
            details = { p50Ms: Number(outcome.p50Ms.toFixed(2)), p99Ms: Number(outcome.p99Ms.toFixed(2)) }
            return outcome.deliveriesPerSecond
          },
          async () => (await live({ port: bare.port, tokens: [], body: frame, inFlight })).deliveriesPerSecond,
        )
        figures.push(
          figure({
            name: `live, ${inFlight} in flight`,
            unit: 'deliveries/s',
            rounds: measured,
            // Asked for is one message to all sockets; with more under way Bun puts several into one write, which is told too.
            atLeast: inFlight === 1 ? { ratio: 0.5 } : {},
            goal: inFlight === 1 ? { ratio: 0.8 } : {},
            details,
          }),
        )
      }
      await Promise.all([server.stop(), bare.stop()])
      return figures
    }),
}
