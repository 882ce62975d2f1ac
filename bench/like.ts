import { join } from 'node:path'
import { alternate, type Benchmark, figure } from './figure.ts'
import { each, httpLoad, people, put, randomEdges, seeded, send, textOf } from './population.ts'
import { inTemporaryFolder, type LoadedUser, run, startRookery } from './processes.ts'

const users = 2_000
const messages = 1_000
const connections = 64

/** Messages with an id, newest pages first, of one author. */
async function idsOf(port: number, author: LoadedUser, wanted: number): Promise<string[]> {
  const ids: string[] = []
  let before = ''
  while (ids.length < wanted) {
    const response = await fetch(`http://127.0.0.1:${port}/users/${author.userId}/messages?length=100${before}`, {
      headers: { Authorization: `Bearer ${author.token}` },
    })
    const page = (await response.json()) as { messages: { id: string }[]; next?: string }
    ids.push(...page.messages.map((m) => m.id))
    if (page.next === undefined) break
    before = `&before=${page.next}`
  }
  return ids
}

async function likesOf(port: number, token: string, ids: readonly string[]): Promise<number> {
  let sum = 0
  for (const id of ids) {
    const response = await fetch(`http://127.0.0.1:${port}/messages/${id}`, {
      headers: { Authorization: `Bearer ${token}` },
    })
    sum += ((await response.json()) as { likes: number }).likes
  }
  return sum
}

export const likeBenchmark: Benchmark = {
  name: 'like',
  what: 'PUT /messages/ID/like of random messages by random users, durable, over 64 connections; counts are checked',
  bare: 'a bare writer of the same rows',
  run: ({ seconds, rounds, say }) =>
    inTemporaryFolder(async (folder) => {
      say(`${users} people, ${messages} messages`)
      const data = join(folder, 'data')
      const everyone = await people(folder, data, randomEdges(users, 5))
      const server = await startRookery(data)
      const author = everyone[0]!
      const text = textOf(250)
      await each(
        folder,
        server.port,
        Array.from({ length: messages }, () => send(author.token, text)),
      )
      const ids = await idsOf(server.port, author, messages)
      if (ids.length !== messages) throw new Error(`${ids.length} of ${messages} messages are listed`)

      // Every pair of user and message once, in a random order: no like is a repeat of an earlier one.
      const random = seeded(3)
      const pairs = Float64Array.from({ length: users * messages }, (_, i) => i)
      let used = 0
      const nextPair = () => {
        const other = used + Math.floor(random() * (pairs.length - used))
        const pair = pairs[other]!
        pairs[other] = pairs[used]!
        used += 1
        return put(`/messages/${ids[pair % messages]}/like`, everyone[Math.floor(pair / messages)]!.token)
      }
      say('measuring')
      let [liked, details] = [0, {}]
      const measured = await alternate(
        rounds,
        async () => {
          const requests = Array.from({ length: Math.min(150_000, pairs.length - used) }, nextPair)
          const job = { port: server.port, connections, seconds, warmUpSeconds: 0.5, pick: 'sequence' as const }
          const outcome = await httpLoad(folder, requests, job)
          liked += outcome.allAnswers
          details = { p50Ms: Number(outcome.p50Ms.toFixed(2)), p99Ms: Number(outcome.p99Ms.toFixed(2)) }
          return outcome.perSecond
        },
        async () => {
          const args = [join(folder, 'bare'), 'likes', String(connections), String(seconds)]
          return (await run<{ perSecond: number }>('bench/bare/writer.ts', args)).perSecond
        },
      )
      const counted = await likesOf(server.port, author.token, ids)
      if (counted !== liked) throw new Error(`${liked} likes were acknowledged, ${counted} are counted`)
      await server.stop()
      return [
        figure({
          name: 'like',
          unit: 'likes/s',
          rounds: measured,
          atLeast: { ratio: 0.3 },
          goal: { ratio: 0.6 },
          details: { ...details, counted },
        }),
      ]
    }),
}
