import { Database } from 'bun:sqlite'
import { join } from 'node:path'
import { type Benchmark, figure } from './figure.ts'
import { get, httpLoad, people, randomEdges, seeded } from './population.ts'
import { inTemporaryFolder, startRookery } from './processes.ts'

const users = 1_000
const messages = 1_000_000
/** Few, so that times are those of one search, not of a queue. */
const connections = 2
/** One in so many messages has one of so many rare words: each stands in about a hundred messages of a million. */
const rareEach = 101
const rareWords = 97

const common = ['the', 'people', 'water', 'would', 'first', 'world', 'sentence', 'animal']
const kinds: Readonly<Record<string, (random: () => number) => string>> = {
  'a common word': (random) => pick(common, random),
  'two common words': (random) => `${pick(common, random)} ${pick(common, random)}`,
  'five common words': (random) => Array.from({ length: 5 }, () => pick(common, random)).join(' '),
  'a common and a rare word': (random) => `${pick(common, random)} rare${(random() * rareWords) | 0}`,
  'a rare word': (random) => `rare${(random() * rareWords) | 0}`,
  'two common words that never meet': () => 'evenly oddly',
  'a word that nobody wrote': (random) => `${pick(common, random)} nowhere`,
}

const pick = (words: readonly string[], random: () => number) => words[(random() * words.length) | 0]!

/** Half of the messages get the one word, half the other, and one in `rareEach` one of the rare words. */
function spice(data: string): void {
  const db = new Database(join(data, 'rookery.db'))
  const ms = 'id / 4096'
  db.run(
    `UPDATE messages SET body = replace(body, '"text":"', '"text":"' || iif(${ms} % 2, 'oddly ', 'evenly ') ||
     iif(${ms} % ${rareEach} = 0, 'rare' || (${ms} / ${rareEach} % ${rareWords}) || ' ', ''))`,
  )
  // All messages are to be indexed anew.
  db.run("INSERT INTO words (words) VALUES ('delete-all')")
  db.run("DELETE FROM meta WHERE key IN ('searched_from', 'searched_to')")
  db.run('PRAGMA wal_checkpoint(TRUNCATE)')
  db.close()
}

function indexBytes(data: string): number {
  const db = new Database(join(data, 'rookery.db'), { readonly: true })
  const [[bytes]] = db.query('SELECT sum(length(block)) FROM words_data').values() as [[number]]
  db.close()
  return bytes
}

async function filled(port: number): Promise<void> {
  for (;;) {
    const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text()
    if (/^rookery_search_filling 0$/m.test(text)) return
    await Bun.sleep(100)
  }
}

export const searchBenchmark: Benchmark = {
  name: 'search',
  what: 'HTTP /search of 20 messages over 1,000,000 messages, seven kinds of queries, 2 connections; p99 of the slowest kind',
  bare: '–',
  run: ({ seconds, rounds, scale, say }) =>
    inTemporaryFolder(async (folder) => {
      const count = Math.round(messages * scale)
      say(`${users} people, ${count} messages`)
      const data = join(folder, 'data')
      const readers = await people(folder, data, randomEdges(users, 10), count)
      spice(data)
      const server = await startRookery(data)
      const began = performance.now()
      await filled(server.port)
      const fillSeconds = (performance.now() - began) / 1000
      say(`indexed in ${fillSeconds.toFixed(1)} s`)

      const random = seeded(3)
      const figures = []
      for (const [kind, queryOf] of Object.entries(kinds)) {
        say(kind)
        const requests = Array.from({ length: 500 }, () => {
          const reader = readers[(random() * users) | 0]!
          return get(`/search?query=${queryOf(random).replaceAll(' ', '+')}`, reader.token)
        })
        let details = {}
        const ours: number[] = []
        while (ours.length < rounds) {
          const { perSecond, p50Ms, p99Ms, bytesPerAnswer } = await httpLoad(folder, requests, {
            ...{ port: server.port, connections, seconds, warmUpSeconds: 0.5, pick: 'random' },
          })
          details = { perSecond: Math.round(perSecond), p50Ms: Number(p50Ms.toFixed(2)), bytesPerAnswer }
          ours.push(p99Ms)
        }
        figures.push(
          figure({
            name: `search, ${kind}, p99`,
            unit: 'ms',
            lower: true,
            rounds: { ours, bare: [] },
            atLeast: { most: 50 },
            goal: { most: 10 },
            details,
          }),
        )
      }
      await server.stop()
      figures.push(
        figure({
          name: 'search, index on disk',
          unit: 'B a message',
          lower: true,
          rounds: { ours: [indexBytes(data) / count], bare: [] },
          atLeast: {},
          goal: {},
          details: { indexedPerSecond: Math.round(count / fillSeconds) },
        }),
      )
      return figures
    }),
}
