import { join } from 'node:path'
import { alternate, type Benchmark, figure } from './figure.ts'
import { each, get, httpLoad, people, send, textOf } from './population.ts'
import { inTemporaryFolder, run, startRookery } from './processes.ts'

const authors = 64
const followersEach = 50

/**
 * Authors are 0 to 63. Each has 50 followers: one observer, who follows all of them, and 49 of its own. A page of
 * followers is delivered in one call before anything goes to a socket, so what the observer's socket has seen is in all
 * 50 inboxes.
 */
function edges(): [number, number][] {
  const observer = authors
  const list: [number, number][] = []
  for (let author = 0; author < authors; author++) {
    list.push([observer, author])
    for (let i = 0; i < followersEach - 1; i++) list.push([observer + 1 + author * (followersEach - 1) + i, author])
  }
  return list
}

export const publishBenchmark: Benchmark = {
  name: 'publish',
  what: 'durable /send over 64 connections, 50 followers, 250 B and 6.85 KB: accepted, and visible to the last follower',
  bare: 'a bare writer: the same rows, the same group commit, no service',
  run: ({ seconds, rounds, say }) =>
    inTemporaryFolder(async (folder) => {
      say(`${authors} authors with ${followersEach} awake followers each`)
      const data = join(folder, 'data')
      const everyone = await people(folder, data, edges())
      const server = await startRookery(data)
      await each(
        folder,
        server.port,
        everyone.map((user) => get('/fetch?length=1', user.token)),
      )

      const figures = []
      for (const [size, bytes] of [
        ['250 B', 250],
        ['6.85 KB', 6_850],
      ] as const) {
        say(`measuring ${size}`)
        const requests = everyone.slice(0, authors).map((author) => send(author.token, textOf(bytes)))
        const visible: number[] = []
        let details = {}
        const accepted = await alternate(
          rounds,
          async () => {
            const outcome = await httpLoad(folder, requests, {
              port: server.port,
              connections: authors,
              seconds,
              warmUpSeconds: 1,
              pick: 'own',
              observer: { token: everyone[authors]!.token },
            })
            visible.push(outcome.visiblePerSecond)
            details = { p50Ms: Number(outcome.p50Ms.toFixed(2)), p99Ms: Number(outcome.p99Ms.toFixed(2)) }
            return outcome.perSecond
          },
          async () =>
            (
              await run<{ perSecond: number }>('bench/bare/writer.ts', [
                join(folder, 'bare'),
                'messages',
                String(authors),
                String(seconds),
                String(bytes),
              ])
            ).perSecond,
        )
        const common = { unit: 'messages/s', atLeast: { ratio: 0.3 }, goal: { ratio: 0.6 } }
        figures.push(
          figure({ ...common, name: `publish ${size}, accepted`, rounds: accepted, details }),
          figure({ ...common, name: `publish ${size}, visible`, rounds: { ours: visible, bare: accepted.bare } }),
        )
      }
      await server.stop()
      return figures
    }),
}
