import type { Database } from 'bun:sqlite'
import { textOf } from '../../core/message.ts'
import { wordsOf } from '../../core/words.ts'
import { stretchWords } from './search-times.ts'

/** Bodies read for one commit, in UTF-16 units: some milliseconds of the writer's time. */
const indexedLengthMax = 48 * 1024

type Row = [id: number, body: string]

/** What became of a piece of indexing: how many messages, how long it took, and where the index stands now. */
export type Indexed = [count: number, ms: number, from: number, to: number]

/** The index of words as the writer keeps it: all messages from `searched_from` to `searched_to` stand there, no others. */
export function wordIndex(db: Database) {
  const insert = db.query('INSERT INTO words (rowid, text) VALUES (?, ?)')
  const remove = db.query("INSERT INTO words (words, rowid, text) VALUES ('delete', ?, ?)")
  const marks = db.query(
    `SELECT coalesce(max(iif(key = 'searched_from', value, NULL)), 1), coalesce(max(iif(key = 'searched_to', value, NULL)), 0)
     FROM meta WHERE key IN ('searched_from', 'searched_to')`,
  )

  /** Empty where the message has no words. */
  function asIndexed(id: number, body: string): string {
    const words = [...wordsOf(textOf(body))]
    return words.length === 0 ? '' : [...words, ...stretchWords(id)].join(' ')
  }

  /** No messages stand there while `from` is above `to`. */
  function bounds(): [from: number, to: number] {
    return (marks.values() as [[number, number]])[0]
  }

  function holds(id: number): boolean {
    const [from, to] = bounds()
    return from <= id && id <= to
  }

  function add(id: number, body: string): void {
    const words = asIndexed(id, body)
    if (words !== '') insert.run(id, words)
  }

  return {
    bounds,
    add,
    /** A message was stored whose turn may have been before. */
    stored(id: number, body: string): void {
      if (holds(id)) add(id, body)
    },
    removed(id: number, body: string): void {
      const words = holds(id) ? asIndexed(id, body) : ''
      if (words !== '') remove.run(id, words)
    },
  }
}

/** The writer's operations that carry messages into the index of words (search.ts says when). */
export function searchOps(db: Database) {
  const index = wordIndex(db)
  const above = db.query('SELECT id, body FROM messages WHERE id > ? AND id <= ? ORDER BY id LIMIT ?')
  const below = db.query('SELECT id, body FROM messages WHERE id < ? ORDER BY id DESC LIMIT ?')
  const flush = db.query("INSERT INTO words (words) VALUES ('flush')")
  const saveMark = db.query('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')

  /** As many of the rows as one commit should take; in order of their ids, or FTS5 would begin a segment for each. */
  function addSome(rows: Row[]): Row[] {
    let length = 0
    const cut = rows.findIndex(([, body]) => (length += body.length) > indexedLengthMax)
    const some = cut < 0 ? rows : rows.slice(0, cut + 1)
    for (const [id, body] of some.toSorted((a, b) => a[0] - b[0])) index.add(id, body)
    // Else it would be done by the commit, which nobody times: more work than all of the above.
    flush.run()
    return some
  }

  return {
    /** Nothing is indexed: the newest messages are the first to be, and older ones after them, downward from `newest`. */
    searchBegins(newest: number): void {
      saveMark.run('searched_from', newest + 1)
      saveMark.run('searched_to', newest)
    },

    /** The next messages up to `upTo`, `limit` of them at most. */
    indexNewer(upTo: number, limit: number): Indexed {
      const began = performance.now()
      const [from, to] = index.bounds()
      const some = addSome(above.values(to, upTo, limit) as Row[])
      const reached = some.at(-1)?.[0] ?? to
      saveMark.run('searched_to', reached)
      return [some.length, performance.now() - began, from, reached]
    },

    /** The next older messages, `limit` of them at most; `from` is 0 once all are there. */
    indexOlder(limit: number): Indexed {
      const began = performance.now()
      const [from, to] = index.bounds()
      const some = addSome(below.values(from, limit) as Row[])
      const reached = some.at(-1)?.[0] ?? 0
      saveMark.run('searched_from', reached)
      return [some.length, performance.now() - began, reached, to]
    },
  }
}
