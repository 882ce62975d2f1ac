import type { Database } from 'bun:sqlite'
import { outboxFlags, type PackedPrev } from './codes.ts'

/** Rows of the index written in one commit when all of them are. */
const rowsPerCommit = 16_384

type Row = [author: number, id: number, mode: number, prev: PackedPrev]

/** The writer's operations that carry new outbox rows into the index by author (author-index.ts says why). */
export function authorIndexOps(db: Database) {
  const rows = db.query(
    `SELECT author, id, flags & ${outboxFlags.hot}, prev FROM outbox
     WHERE id > ?1 AND id <= ?2 AND flags & ${outboxFlags.gone} = 0 AND (author, id) > (?3, ?4)
     ORDER BY author, id LIMIT ?5`,
  )
  const insert = db.query('INSERT OR IGNORE INTO by_author (author, id, mode, prev) VALUES (?, ?, ?, ?)')
  const save = db.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('indexed_to', ?)")

  return {
    /**
     * Indexes `limit` of the rows with `from` < id <= `upTo`, in the index's order, after those of an earlier call;
     * returns where the next call goes on, or nothing when none is left.
     */
    indexSome(from: number, upTo: number, author: number, id: number, limit: number): [number, number] | undefined {
      const some = rows.values(from, upTo, author, id, limit) as Row[]
      for (const row of some) insert.run(...row)
      const last = some.at(-1)
      return some.length < limit || !last ? undefined : [last[0], last[1]]
    },

    /** All rows up to `upTo` are in the index. */
    indexedTo(upTo: number): void {
      save.run(upTo)
    },
  }
}

/** Indexes all rows, on this connection: after a bulk load, or at a start that finds many. */
export function indexAll(db: Database, from: number): void {
  const [[upTo]] = db.query('SELECT max(id) FROM outbox').values() as [[number | null]]
  if (upTo === null || upTo <= from) return
  const ops = authorIndexOps(db)
  const part = db.transaction((at: [number, number]) => ops.indexSome(from, upTo, ...at, rowsPerCommit))
  for (let at: [number, number] | undefined = [0, 0]; at; ) at = part(at)
  ops.indexedTo(upTo)
}
