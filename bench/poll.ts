import { join } from 'node:path'
import type { PollJob, PollOutcome } from './clients/poll.ts'
import { alternate, type Benchmark, figure } from './figure.ts'
import { each, people, randomEdges, send, textOf } from './population.ts'
import { inTemporaryFolder, run, start, startRookery } from './processes.ts'

const sockets = 200

export const pollBenchmark: Benchmark = {
  name: 'poll',
  what: 'socket `fetch` with `since`, nothing new, 200 sockets, depth 1 and 10',
  bare: 'Bun echo of the same frames',
  run: ({ seconds, rounds, say }) =>
    inTemporaryFolder(async (folder) => {
      say(`${sockets} people who follow 50 each`)
      const data = join(folder, 'data')
      const readers = await people(folder, data, randomEdges(sockets, 50))
      const server = await startRookery(data)
      await each(
        folder,
        server.port,
        readers.map((reader) => send(reader.token, textOf(250))),
      )
      const bare = await start('bench/bare/echo.ts')
      const tokens = readers.map((reader) => reader.token)
      const poll = (job: Omit<PollJob, 'seconds' | 'warmUpSeconds'>) =>
        run<PollOutcome>('bench/clients/poll.ts', [], { ...job, seconds, warmUpSeconds: 1 })

      const figures = []
      for (const depth of [1, 10]) {
        say(`measuring at depth ${depth}`)
        let frames: readonly string[] = []
        const measured = await alternate(
          rounds,
          async () => {
            const outcome = await poll({ port: server.port, tokens, frames: [], depth })
            frames = outcome.frames
            const answer = JSON.parse(outcome.answer) as { ok?: { messages: unknown[] } }
            if (answer.ok?.messages.length !== 0) throw new Error(`not an empty page: ${outcome.answer}`)
            return outcome.perSecond
          },
          async () => (await poll({ port: bare.port, tokens: [], frames, depth })).perSecond,
        )
        figures.push(
          figure({
            name: `poll, depth ${depth}`,
            unit: 'polls/s',
            rounds: measured,
            atLeast: { ratio: 0.5 },
            goal: depth === 10 ? { ratio: 0.8, least: 200_000 } : { ratio: 0.8 },
          }),
        )
      }
      await Promise.all([server.stop(), bare.stop()])
      return figures
    }),
}
