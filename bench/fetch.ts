import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { alternate, type Benchmark, figure } from './figure.ts'
import { each, get, httpLoad, people, randomEdges, seeded, send, textOf } from './population.ts'
import { inTemporaryFolder, start, startRookery } from './processes.ts'

/** Enough that no reader's page is the same as another's, and all pages together stay well above a processor's cache. */
const users = 2_000
const messagesEach = 10

export const fetchBenchmark: Benchmark = {
  name: 'fetch',
  what: 'HTTP /fetch of 20 messages of 250 B, token checked, random readers, 64 connections',
  bare: 'Bun.serve sending the same bytes from memory',
  run: ({ seconds, rounds, scale, say }) =>
    inTemporaryFolder(async (folder) => {
      const count = Math.max(200, Math.round(users * scale))
      say(`${count} people who follow 100 each, ${count * messagesEach} messages`)
      const data = join(folder, 'data')
      const readers = await people(folder, data, randomEdges(count, 100))
      const server = await startRookery(data)
      const text = textOf(250)
      const random = seeded(2)
      const authors = Array.from({ length: count * messagesEach }, () => readers[(random() * count) | 0]!)
      await each(
        folder,
        server.port,
        authors.map((author) => send(author.token, text)),
      )
      const requests = readers.map((reader) => get('/fetch?length=20', reader.token))
      await each(folder, server.port, requests)

      const bodies = join(folder, 'bodies.jsonl')
      const samples: string[] = []
      for (const reader of readers) {
        const response = await fetch(`http://127.0.0.1:${server.port}/fetch?length=20`, {
          headers: { Authorization: `Bearer ${reader.token}` },
        })
        const body = await response.text()
        if ((JSON.parse(body) as { messages: unknown[] }).messages.length !== 20) throw new Error('a page is not full')
        samples.push(body)
      }
      writeFileSync(bodies, `${samples.join('\n')}\n`)
      const bare = await start('bench/bare/http.ts', [bodies])

      say('measuring')
      const load = (port: number) =>
        httpLoad(folder, requests, { port, connections: 64, seconds, warmUpSeconds: 1, pick: 'random' })
      let details = {}
      const measured = await alternate(
        rounds,
        async () => {
          const { perSecond, p50Ms, p99Ms, bytesPerAnswer } = await load(server.port)
          details = { p50Ms: Number(p50Ms.toFixed(2)), p99Ms: Number(p99Ms.toFixed(2)), bytesPerAnswer }
          return perSecond
        },
        async () => (await load(bare.port)).perSecond,
      )
      await Promise.all([server.stop(), bare.stop()])
      return [
        figure({
          name: 'fetch',
          unit: 'pages/s',
          rounds: measured,
          atLeast: { ratio: 0.5 },
          goal: { ratio: 0.8 },
          details,
        }),
      ]
    }),
}
