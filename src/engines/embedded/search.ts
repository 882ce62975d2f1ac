import { type Id, idAt, type MessageId } from '../../core/ids.ts'
import type { Log } from '../../core/log.ts'
import type { Clock } from '../../ports/clock.ts'
import type { SearchIndex } from '../../ports/search.ts'
import type { EmbeddedDatabase } from './database.ts'
import { createRest } from './pace.ts'
import { shortest, stretchOf } from './search-times.ts'
import type { Indexed } from './search-writer.ts'

/** Messages indexed in one commit: some milliseconds of the writer's time, for which others wait at most. */
const messagesAtOnce = 128
const lookEveryMs = 250
/** Ids younger than this may still be on their way; one that comes later writes its words itself. */
const youngMs = 300
/** After a failure: a full disk, as a rule. */
const retryMs = 5_000

/** A look for several words: everybody waits for it, so the next is at a shorter stretch after one that took longer … */
const lookMsMax = 2
/** … and at one sixteen times as long after one that took less than this. */
const lookMsMin = 0.2
/** So long a search looks without a pause for others, and in all: then the page ends. */
const turnMs = 1
const searchMs = 8

export interface EmbeddedSearch extends SearchIndex {
  /** A message is about to be stored: whether its turn to be indexed may have passed. */
  passed(id: MessageId): boolean
  /** Resolves once the index rests, after `stop`. */
  follow(stop: AbortSignal): Promise<void>
}

/**
 * The index of words follows the messages: `searched_to` goes up to the newest of them, `searched_from` down to the oldest
 * of those that were there before. Both are saved in the commit that they tell of, so neither a crash nor a copy nor a
 * load leaves anything out, and nobody waits for the index: not the publisher, not the fan-out.
 */
export function createEmbeddedSearch(
  { reader, writer, meta }: EmbeddedDatabase,
  clock: Clock,
  log: Log,
): EmbeddedSearch {
  const found = reader.query('SELECT rowid FROM words WHERE words MATCH ? AND rowid < ? ORDER BY rowid DESC LIMIT ?')
  const nextBefore = reader.query('SELECT max(id) FROM messages WHERE id < ?')
  const nextAfter = reader.query('SELECT min(id) FROM messages WHERE id > ?')
  let from: Id = meta.number('searched_from') ?? 1
  let to: Id = meta.number('searched_to') ?? 0
  /** The largest id up to which the writer was told to index. */
  let sentTo = to
  const rest = createRest(writer, clock)
  let begun = meta.number('searched_to') !== undefined
  let added = 0

  const before = (below: Id) => (nextBefore.values(below) as [[MessageId | null]])[0][0] ?? undefined
  const next = (above: Id) => (nextAfter.values(above) as [[MessageId | null]])[0][0] ?? undefined

  async function begin(): Promise<void> {
    const [[newest]] = reader.query('SELECT coalesce(max(id), 0) FROM messages').values() as [[MessageId]]
    sentTo = newest
    await writer.write('searchBegins', newest)
    from = newest + 1
    to = newest
    begun = true
  }

  /** Indexes the next messages; undefined where there are none. */
  async function indexSome(): Promise<Indexed | undefined> {
    const upTo = idAt(clock.now() - youngMs)
    const newer = next(to)
    if (newer !== undefined && newer <= upTo) {
      sentTo = Math.max(sentTo, upTo)
      return writer.write('indexNewer', upTo, messagesAtOnce)
    }
    return from > 0 ? writer.write('indexOlder', messagesAtOnce) : undefined
  }

  async function follow(stop: AbortSignal): Promise<void> {
    // Never twice: what stands in the index would be put in once more.
    if (!begun) await begin()
    while (!stop.aborted) {
      const done = await indexSome()
      if (done === undefined) await clock.sleep(lookEveryMs, stop)
      else {
        const [count, ms] = done
        added += count
        ;[, , from, to] = done
        await rest(ms, stop)
      }
    }
  }

  return {
    passed: (id) => id <= sentTo,

    async follow(stop) {
      while (!stop.aborted) {
        try {
          await follow(stop)
        } catch (error) {
          if (stop.aborted) return
          log.warn({ error }, 'messages could not be indexed for search; they will be')
          await clock.sleep(retryMs, stop)
        }
      }
    },

    // What is stored is followed; nothing need be said.
    async add() {},

    async find(words, below, limit) {
      const all = words.map((word) => `"${word}"`).join(' ')
      let top = Math.min(below, to + 1)
      const look = (match: string, most: number) => (found.values(match, top, most) as [MessageId][]).map(([id]) => id)
      if (words.length === 1) {
        const ids = look(all, limit)
        return { ids, rest: ids.length === limit ? ids.at(-1) : undefined }
      }
      const ids: MessageId[] = []
      let length = shortest
      for (let spent = 0, turn = 0; ; ) {
        const began = performance.now()
        // Past times without any message.
        const newest = before(top)
        if (newest === undefined) return { ids, rest: undefined }
        const { first, word } = stretchOf(newest, length)
        ids.push(...look(`"${word}" ${all}`, limit - ids.length))
        if (ids.length === limit) return { ids, rest: ids.at(-1) }
        top = first
        const ms = performance.now() - began
        if (ms > lookMsMax && length < shortest) length++
        else if (ms < lookMsMin && length > 0) length--
        spent += ms
        turn += ms
        if (spent > searchMs) return { ids, rest: top }
        if (turn < turnMs) continue
        turn = 0
        await new Promise<void>((resolve) => setImmediate(resolve))
      }
    },

    stats: () => ({ added, waiting: next(to), older: from > 0 && next(0) !== undefined }),
  }
}
