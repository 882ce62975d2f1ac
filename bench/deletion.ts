import { Database } from 'bun:sqlite'
import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { messageBody } from '../src/core/message.ts'
import { openEmbedded } from '../src/engines/embedded/index.ts'
import { type Benchmark, type Figure, figure } from './figure.ts'
import { each, get, httpLoad, people, randomEdges, send, textOf } from './population.ts'
import { inTemporaryFolder, type LoadedUser, startRookery } from './processes.ts'

const users = 5_000
const followeesEach = 50
/** Of the account that goes, and of all others together. */
const messages = 100_000
const otherMessages = 50_000
const loadedReaders = 1_500
/** A load that the server carries with ease, so that times are those of its work, not of a queue. */
const connections = 8
/** The deletion is looked at for so many measurements from its beginning on: its messages that are told, its follows, and more. */
const lasting = 10

/** Fills the account, as after a fan-out that is done. */
async function fill(data: string, { userId }: LoadedUser, count: number): Promise<void> {
  const engine = await openEmbedded({ data, memoryBytes: 256 * 2 ** 20 })
  const author = Number(userId)
  const text = textOf(200)
  let id = engine.largestId + 4_096
  const store = () => {
    id += 64
    return engine.messages.store({ id, author, mode: 'pushed', prev: [], crossed: false, body: messageBody(id, text) })
  }
  for (let stored = 0; stored < count; stored += 500) await Promise.all(Array.from({ length: 500 }, store))
  for (let above = 0; ; ) {
    const rows = await engine.outboxRows.undone(above, 1_000)
    if (rows.length === 0) break
    await engine.outboxRows.done(rows.map((row) => row.id))
    above = rows.at(-1)!.id
  }
  await engine.close()
}

function messagesLeft(data: string, { userId }: LoadedUser): number {
  const db = new Database(join(data, 'rookery.db'), { readonly: true })
  const [[count]] = db.query('SELECT count(*) FROM messages WHERE author = ?').values(Number(userId)) as [[number]]
  db.close()
  return count
}

export const deletionBenchmark: Benchmark = {
  name: 'deletion',
  what: `an account with ${messages.toLocaleString('en')} messages is deleted: p99 of others’ pages and messages (30 : 1) over ${connections} connections meanwhile`,
  bare: 'the same load without a deletion',
  run: ({ seconds, rounds, scale, say }) =>
    inTemporaryFolder(async (folder) => {
      const count = Math.max(100, Math.round(users * scale))
      const figures: Figure[] = []
      for (const [who, follow] of [
        ['nobody', 0],
        ['all', count],
      ] as const) {
        say(`${count} people, of whom ${who === 'all' ? 'all follow' : 'nobody follows'} the account that goes`)
        const edges = randomEdges(count, followeesEach).filter(([, followee]) => followee !== 0)
        for (let reader = 1; reader < follow; reader++) edges.push([reader, 0])
        const full = join(folder, who)
        const everyone = await people(folder, full, edges, Math.round(otherMessages * scale))
        await fill(full, everyone[0]!, Math.round(messages * scale))

        const others = everyone.slice(1, 1 + loadedReaders)
        const text = textOf(200)
        const requests = others.flatMap(({ token }, i) => [
          ...Array<string>(3).fill(get('/fetch', token)),
          ...(i % 10 === 0 ? [send(token, text)] : []),
        ])
        const measured = { ours: [] as number[], bare: [] as number[] }
        let details = {}
        for (let round = 0; round < rounds; round++) {
          say(`round ${round + 1}`)
          const data = join(folder, `${who}-${round}`)
          cpSync(full, data, { recursive: true })
          const server = await startRookery(data)
          const load = (warmUpSeconds: number) =>
            httpLoad(folder, requests, {
              ...{ port: server.port, connections, warmUpSeconds, pick: 'random', seconds: seconds * lasting },
            })
          await each(
            folder,
            server.port,
            others.map(({ token }) => get('/fetch', token)),
          )
          const calm = await load(3)
          const gone = await fetch(`http://127.0.0.1:${server.port}/users/me`, {
            method: 'DELETE',
            headers: { Authorization: `Bearer ${everyone[0]!.token}` },
          })
          if (gone.status !== 204) throw new Error(`the deletion was answered ${gone.status}`)
          const meanwhile = await load(0)
          await server.stop()
          const left = messagesLeft(data, everyone[0]!)
          details = {
            perSecond: Math.round(meanwhile.perSecond),
            perSecondWithout: Math.round(calm.perSecond),
            p50Ms: Number(meanwhile.p50Ms.toFixed(2)),
            p50MsWithout: Number(calm.p50Ms.toFixed(2)),
            messagesDeleted: Math.round(messages * scale) - left,
          }
          measured.ours.push(meanwhile.p99Ms)
          measured.bare.push(calm.p99Ms)
        }
        figures.push(
          figure({
            name: `deletion, followed by ${who}, p99`,
            unit: 'ms',
            lower: true,
            rounds: measured,
            // 1.5 × of the same load without, at most.
            atLeast: { ratio: 0.667 },
            goal: { ratio: 0.9 },
            details,
          }),
        )
      }
      return figures
    }),
}
