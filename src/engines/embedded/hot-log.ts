import type { Database } from 'bun:sqlite'
import { HotCopy } from '../../core/hot-copy.ts'
import type { HotEntry, HotLog } from '../../ports/hot-log.ts'
import type { EmbeddedDatabase } from './database.ts'

/** The writer's operations on the hot log. Positions never come twice, also when every entry was forgotten. */
export function hotOps(db: Database) {
  const find = db.query('SELECT position FROM hot WHERE id = ?')
  const insert = db.query('INSERT INTO hot (id, author, crossed) VALUES (?, ?, ?)')
  const largest = db.query('SELECT max(id) FROM hot WHERE id < ?')
  const remove = db.query('DELETE FROM hot WHERE id < ?')
  const saveForgotten = db.query(
    `INSERT INTO meta (key, value) VALUES ('hot_forgotten', ?1)
     ON CONFLICT (key) DO UPDATE SET value = max(value, ?1)`,
  )

  return {
    /** The entry's position, whether it is new or was there. */
    appendHot(id: number, author: number, crossed: number): number {
      const [found] = find.values(id) as [number][]
      return found ? found[0] : Number(insert.run(id, author, crossed).lastInsertRowid)
    },
    forgetHot(below: number): void {
      const [[id]] = largest.values(below) as [[number | null]]
      if (id === null) return
      remove.run(below)
      saveForgotten.run(id)
    },
  }
}

/** Loads the copy: all that the table holds, which `forget` bounds. */
export function createEmbeddedHotLog({ reader, writer, meta }: EmbeddedDatabase): HotLog {
  const sequence = reader.query("SELECT seq FROM sqlite_sequence WHERE name = 'hot'").values() as [number][]
  const copy = new HotCopy(sequence[0]?.[0] ?? 0, meta.number('hot_forgotten') ?? 0)
  const stored = reader.query('SELECT position, id, author, crossed FROM hot ORDER BY position')
  for (const [position, id, author, crossed] of stored.values() as [number, number, number, number][]) {
    copy.add({ position, id, author, crossed: crossed === 1 })
  }

  return {
    epoch: meta.number('hot_epoch')!,

    async append(id, author, crossed) {
      const position = await writer.write('appendHot', id, author, crossed ? 1 : 0)
      const entry: HotEntry = { position, id, author, crossed }
      return copy.add(entry)
    },

    head: () => copy.head,
    after: (position, limit) => copy.after(position, limit),
    page: (below, wanted, limit) => copy.page(below, wanted, limit),
    reach: () => copy.forgotten,
    // Nobody else appends.
    refresh: () => Promise.resolve(),

    async forget(below) {
      await writer.write('forgetHot', below)
      copy.forget(below)
    },
  }
}
