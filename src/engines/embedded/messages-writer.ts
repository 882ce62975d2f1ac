import type { Database } from 'bun:sqlite'
import { outboxFlags, type PackedPrev } from './codes.ts'
import { linkRows } from './links-writer.ts'
import { wordIndex } from './search-writer.ts'

/** Takes a message away for good; what it answered or boosted (0 for most), undefined where it was not there. */
export function messageRemover(db: Database): (id: number, author: number) => number | undefined {
  const links = linkRows(db)
  const deleteMessage = db.query('DELETE FROM messages WHERE id = ? AND author = ? RETURNING body')
  const deleteIndex = db.query('DELETE FROM by_author WHERE author = ? AND id = ?')
  const lowerCount = db.query('UPDATE message_counts SET count = count - 1 WHERE author = ? AND up_to >= ?')
  const words = wordIndex(db)
  return function remove(id, author) {
    const [row] = deleteMessage.values(id, author) as [string][]
    if (row === undefined) return undefined
    words.removed(id, row[0])
    deleteIndex.run(author, id)
    lowerCount.run(author, id)
    return links.removed(id, author, row[0])
  }
}

/** The writer's operations on messages, outboxes, deletions and outbox rows. */
export function messageOps(db: Database) {
  const links = linkRows(db)
  const remove = messageRemover(db)
  const words = wordIndex(db)
  const insertRow = db.query('INSERT OR IGNORE INTO outbox (id, author, flags, prev) VALUES (?, ?, ?, ?)')
  const insertMessage = db.query('INSERT OR IGNORE INTO messages (id, author, body) VALUES (?, ?, ?)')
  const insertIndex = db.query('INSERT OR IGNORE INTO by_author (author, id, mode, prev) VALUES (?, ?, ?, ?)')
  const markRow = db.query('UPDATE outbox SET flags = flags | ? WHERE id = ?')
  const newestStamp = db.query('SELECT max(stamp) FROM deletions')
  const insertDeletion = db.query('INSERT INTO deletions (stamp, id, author) VALUES (?, ?, ?)')
  const trimDeletions = db.query('DELETE FROM deletions WHERE stamp < ?')
  const saveCount = db.query(
    `INSERT OR REPLACE INTO message_counts (author, up_to, count)
     SELECT ?1, ?2, count(*) FROM by_author WHERE author = ?1 AND id <= ?2`,
  )
  const saveProgress = db.query('UPDATE outbox SET next_page = ? WHERE id = ?')
  const insertDead = db.query('INSERT OR REPLACE INTO dead_jobs (id, why) VALUES (?, ?)')
  const deleteDead = db.query('DELETE FROM dead_jobs WHERE id = ?')
  const saveMeta = db.query('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
  const cutAt = db.query('SELECT max(id) FROM (SELECT id FROM outbox WHERE id >= ? AND id < ? ORDER BY id LIMIT ?)')
  const trimRows = db.query(
    `DELETE FROM outbox WHERE id BETWEEN ? AND ? AND flags & ${outboxFlags.done} AND id NOT IN (SELECT id FROM dead_jobs)`,
  )

  function markDone(ids: Float64Array): void {
    for (const id of ids) markRow.run(outboxFlags.done, id)
  }

  return {
    /**
     * Outbox row and message, and where `indexed` the index row, which else is written behind; `passed`: the search index may
     * have gone past this id. Whether they are new. An id whose row is there changes nothing: stored,
     * abandoned or deleted.
     */
    store(
      id: number,
      author: number,
      flags: number,
      prev: PackedPrev,
      body: string,
      indexed: boolean,
      passed: boolean,
    ): boolean {
      if (insertRow.run(id, author, flags, prev).changes === 0) return false
      if (insertMessage.run(id, author, body).changes === 0) {
        // Stored long ago, and its row forgotten since.
        markRow.run(outboxFlags.done, id)
        return false
      }
      links.added(id, author, body)
      if (passed) words.stored(id, body)
      if (indexed) insertIndex.run(author, id, flags & outboxFlags.hot, prev)
      return true
    },

    /**
     * The row stays, as an empty job; where none is, one is left that is done, so that the message loses when it comes
     * after all. What the message answered or boosted; undefined where it was not there.
     */
    abandon(id: number, author: number): number | undefined {
      insertRow.run(id, author, outboxFlags.done, null)
      markRow.run(outboxFlags.gone, id)
      return remove(id, author)
    },

    /**
     * The stamp of the deletion (`stamp`, or one above the newest) and what the message answered or boosted; undefined when
     * there was no such message of the author's.
     */
    delete(id: number, author: number, stamp: number): [stamp: number, linked: number] | undefined {
      const linked = remove(id, author)
      if (linked === undefined) return undefined
      markRow.run(outboxFlags.gone, id)
      const [[newest]] = newestStamp.values() as [[number | null]]
      const later = Math.max(stamp, (newest ?? 0) + 1)
      insertDeletion.run(later, id, author)
      return [later, linked]
    },

    trimDeletions(below: number): void {
      trimDeletions.run(below)
    },

    saveMessageCount(author: number, upTo: number): void {
      saveCount.run(author, upTo)
    },

    outboxProgress(ids: Float64Array, nextPages: string): void {
      const pages = JSON.parse(nextPages) as string[]
      for (let i = 0; i < ids.length; i++) saveProgress.run(pages[i]!, ids[i]!)
    },

    outboxDone(ids: Float64Array): void {
      markDone(ids)
    },

    /** The marks of all rows below the watermark come with it, or a restart would not know them. */
    watermark(id: number, done: Float64Array): void {
      markDone(done)
      saveMeta.run('watermark', id)
    },

    /**
     * Forgets the rows from `from` to below `below`, `limit` of them at most, but for those undone or dead. Returns the id from
     * which on every message has its row (also kept, as `outbox_from`); 0 when there was nothing to forget.
     */
    trimOutbox(from: number, below: number, limit: number): number {
      const [[cut]] = cutAt.values(from, below, limit) as [[number | null]]
      if (cut === null) return 0
      trimRows.run(from, cut)
      saveMeta.run('outbox_from', cut + 1)
      return cut + 1
    },

    outboxDead(id: number, why: string): void {
      markRow.run(outboxFlags.done, id)
      insertDead.run(id, why)
    },

    outboxRevived(id: number): void {
      deleteDead.run(id)
    },
  }
}
