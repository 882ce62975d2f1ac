import { join } from 'node:path'
import type { CrowdJob, CrowdOutcome } from './clients/crowd.ts'
import { type Benchmark, figure } from './figure.ts'
import { people, randomEdges, seeded } from './population.ts'
import { inTemporaryFolder, run, startRookery } from './processes.ts'

const readers = 10_000
const followeesEach = 100
const messagesBefore = 200_000
const messagesAtTheCrash = 200

/** A port that is free now; nothing else on this machine is likely to take it within the minute. */
function freePort(): number {
  const server = Bun.serve({ hostname: '127.0.0.1', port: 0, fetch: () => new Response('') })
  const port = server.port!
  server.stop(true)
  return port
}

export const restartBenchmark: Benchmark = {
  name: 'restart',
  what: '10,000 readers on sockets, 100 followees each, after kill -9: until all are back and caught up',
  bare: '–',
  run: ({ scale, rounds, say }) =>
    inTemporaryFolder(async (folder) => {
      const count = Math.max(300, Math.round(readers * scale))
      say(`${count} readers, ${followeesEach} followees each`)
      const data = join(folder, 'data')
      const edges = randomEdges(count, followeesEach)
      const everyone = await people(folder, data, edges, Math.round(messagesBefore * scale))
      const followees: number[][] = everyone.map(() => [])
      for (const [reader, followee] of edges) followees[reader]!.push(followee)
      const random = seeded(5)
      const authors = (n: number) => Array.from({ length: n }, () => Math.floor(random() * count))
      const port = freePort()
      let server = await startRookery(data, port)

      const [back, p99]: [number[], number[]] = [[], []]
      let details = {}
      for (let round = 0; round < rounds; round++) {
        say(`crash ${round + 1}`)
        const client = run<CrowdOutcome>('bench/clients/crowd.ts', [], {
          port,
          pid: server.pid,
          tokens: everyone.map((user) => user.token),
          followees,
          authors: authors(messagesAtTheCrash),
          together: 64,
        } satisfies CrowdJob)
        // The client kills the server; whoever watches over it starts it again at once.
        await Promise.race([server.exited, client])
        server = await startRookery(data, port)
        const outcome = await client
        if (outcome.incomplete > 0) throw new Error(`${outcome.incomplete} readers miss acknowledged messages`)
        back.push(outcome.backSeconds)
        p99.push(outcome.firstFetchP99Ms)
        details = {
          again: outcome.again,
          messages: outcome.messages,
          firstFetchP50Ms: Math.round(outcome.firstFetchP50Ms),
        }
      }
      await server.stop()
      return [
        figure({
          name: 'restart, all back',
          unit: 's',
          lower: true,
          rounds: { ours: back, bare: [] },
          atLeast: { most: 10 },
          goal: { most: 3 },
          details,
        }),
        figure({
          name: 'restart, first fetch p99',
          unit: 'ms',
          lower: true,
          rounds: { ours: p99, bare: [] },
          atLeast: { most: 200 },
          goal: { most: 50 },
        }),
      ]
    }),
}
