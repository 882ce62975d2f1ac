import { join } from 'node:path'
import { suggestedMax, suggestersMax, suggestionsOfEachMax } from '../src/core/limits.ts'
import { alternate, type Benchmark, figure } from './figure.ts'
import { get, httpLoad, people, randomEdges, seeded } from './population.ts'
import { inTemporaryFolder, startRookery } from './processes.ts'

const users = 30_000
const followeesEach = 100
/** So many of them follow a thousand: they ask. */
const askers = 200
const followeesOfAskers = 1_000
/** Few, so that times are those of one answer, not of a queue. */
const connections = 2

/** Users 0 to `askers` − 1 follow `followeesOfAskers`, all others `followeesEach`. */
function edges(count: number): [number, number][] {
  const random = seeded(9)
  const more = randomEdges(count, followeesEach)
  for (let asker = 0; asker < askers; asker++) {
    for (let i = followeesEach; i < followeesOfAskers; i++) more.push([asker, (random() * count) | 0])
  }
  return more
}

/** What no answer can do without: the friends' followees counted, the most shared ones sorted; milliseconds. */
function countBare(followees: readonly number[][], asker: number): number {
  const began = performance.now()
  const friends = followees[asker]!
  const shared = new Map<number, number>()
  for (let i = 0; i < suggestersMax; i++) {
    const friend = friends[Math.floor((i * friends.length) / suggestersMax)]!
    for (const one of followees[friend]!.slice(0, suggestionsOfEachMax)) shared.set(one, (shared.get(one) ?? 0) + 1)
  }
  const followed = new Set(friends)
  const found = [...shared].filter(([user]) => user !== asker && !followed.has(user))
  found.sort(([a, by], [b, more]) => more - by || a - b).length = Math.min(found.length, suggestedMax)
  return performance.now() - began
}

export const suggestBenchmark: Benchmark = {
  name: 'suggest',
  what: 'HTTP /users/me/suggestions of 20 users for readers who follow 1,000 of 30,000, 2 connections; p99',
  bare: 'the same friends of friends counted out of plain arrays',
  run: ({ seconds, rounds, scale, say }) =>
    inTemporaryFolder(async (folder) => {
      const count = Math.max(3_000, Math.round(users * scale))
      say(`${count} people who follow ${followeesEach} each, ${askers} of them ${followeesOfAskers}`)
      const data = join(folder, 'data')
      const list = edges(count)
      const everyone = await people(folder, data, list)
      const followees: number[][] = everyone.map(() => [])
      for (const [reader, followee] of list) followees[reader]!.push(followee)
      const server = await startRookery(data)
      const requests = everyone.slice(0, askers).map(({ token }) => get('/users/me/suggestions', token))

      say('measuring')
      let details = {}
      const measured = await alternate(
        rounds,
        async () => {
          const { perSecond, p50Ms, p99Ms, bytesPerAnswer } = await httpLoad(folder, requests, {
            ...{ port: server.port, connections, seconds, warmUpSeconds: 1, pick: 'random' },
          })
          details = { perSecond: Math.round(perSecond), p50Ms: Number(p50Ms.toFixed(2)), bytesPerAnswer }
          return p99Ms
        },
        async () => {
          const times = Array.from({ length: askers }, (_, asker) => countBare(followees, asker))
          return times.sort((a, b) => a - b)[Math.floor(askers * 0.99)]!
        },
      )
      await server.stop()
      return [
        figure({
          name: 'suggest, 1,000 followees, p99',
          unit: 'ms',
          lower: true,
          rounds: measured,
          atLeast: { most: 100 },
          goal: { most: 50 },
          details,
        }),
      ]
    }),
}
