import { join } from 'node:path'
import type { OpenJob, OpenOutcome } from './clients/open-load.ts'
import { type Benchmark, figure, median } from './figure.ts'
import { each, get, httpLoad, people, randomEdges, send, textOf } from './population.ts'
import { inTemporaryFolder, residentBytes, run, startRookery } from './processes.ts'

const users = 1_000
const times = 5
/** As many clients at once as wait for an answer each: far more than the server has in work at its sustainable rate. */
const connections = 4_000
/** The overload lasts so many measurements: 60 s where one is 3 s. */
const lasting = 20
const MiB = 2 ** 20

export const overloadBenchmark: Benchmark = {
  name: 'overload',
  what: `${times} × the sustainable rate of pages and messages (9 : 1), ${connections} connections: p99 of the answered, memory, goodput`,
  bare: 'the same requests at the rate that 64 connections sustain',
  run: ({ seconds, scale, say }) =>
    inTemporaryFolder(async (folder) => {
      const count = Math.max(100, Math.round(users * scale))
      const everyone = await people(folder, join(folder, 'data'), randomEdges(count, 50))
      // So little that caches are full before it is measured.
      const server = await startRookery(join(folder, 'data'), 0, ['--memory', '64MiB'])
      const text = textOf(250)
      const pages = everyone.map(({ token }) => get('/fetch?length=20', token))
      await each(
        folder,
        server.port,
        everyone.map(({ token }) => send(token, text)),
      )
      await each(folder, server.port, pages)
      const requests = [...pages, ...everyone.filter((_, i) => i % 9 === 0).map(({ token }) => send(token, text))]

      say('measuring the sustainable rate')
      const port = { port: server.port }
      const calm = await httpLoad(folder, requests, {
        ...port,
        connections: 64,
        seconds,
        warmUpSeconds: 1,
        pick: 'random',
      })
      const lastsSeconds = seconds * lasting
      say(`offering ${Math.round(calm.perSecond * times)} requests a second for ${lastsSeconds} s`)
      const memory: number[] = []
      const look = setInterval(() => memory.push(residentBytes(server.pid)), 500)
      const job: OpenJob = {
        ...port,
        rate: calm.perSecond * times,
        connectionsMax: connections,
        seconds: lastsSeconds,
        requests: join(folder, 'requests.jsonl'),
      }
      const over = await run<OpenOutcome>('bench/clients/open-load.ts', [], job)
      clearInterval(look)
      const again = await httpLoad(folder, requests, {
        ...port,
        connections: 64,
        seconds,
        warmUpSeconds: 1,
        pick: 'random',
      })
      await server.stop()
      if (over.failed > 0) throw new Error(`${over.failed} were neither answered nor refused: ${over.firstFailure}`)

      // The first third fills caches and connections; what grows after that would grow for ever.
      const third = Math.floor(memory.length / 3)
      const grown = median(memory.slice(2 * third)) - median(memory.slice(third, 2 * third))
      const rounds = (ours: number, bare?: number) => ({ ours: [ours], bare: bare === undefined ? [] : [bare] })
      const { offered, sent, answered, refused, unanswered, refusedSilently } = over
      return [
        figure({
          name: 'overload, p99 of the answered',
          unit: 'ms',
          lower: true,
          rounds: rounds(over.answeredP99Ms, calm.p99Ms),
          atLeast: { most: 1_000 },
          goal: { most: 500 },
          details: {
            p50Ms: Math.round(over.answeredP50Ms),
            maxMs: Math.round(over.answeredMaxMs),
            readsP99Ms: Math.round(over.readsP99Ms),
            writesP99Ms: Math.round(over.writesP99Ms),
            refusedP99Ms: Math.round(over.refusedP99Ms),
            ...{ offered, sent, answered, refused, unanswered, refusedSilently },
          },
        }),
        figure({
          name: 'overload, answered',
          unit: 'requests/s',
          rounds: rounds(answered / lastsSeconds, calm.perSecond),
          atLeast: { ratio: 0.4 },
          goal: { ratio: 0.8 },
          details: { afterwards: Math.round(again.perSecond) },
        }),
        figure({
          name: 'overload, memory grown',
          unit: 'MiB',
          lower: true,
          rounds: rounds(Math.max(0, grown) / MiB),
          atLeast: { most: 64 },
          goal: { most: 16 },
          details: { mostMiB: Math.round(Math.max(...memory) / MiB) },
        }),
      ]
    }),
}
