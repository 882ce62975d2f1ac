import type { Database } from 'bun:sqlite'
import { linkOf } from '../../core/message.ts'

/** What the writer does for messages that answer or boost others, as part of storing and removing them. */
export function linkRows(db: Database) {
  const insertReply = db.query('INSERT OR IGNORE INTO replies (message, id) VALUES (?, ?)')
  const deleteReply = db.query('DELETE FROM replies WHERE message = ? AND id = ?')
  const doneBoost = db.query('UPDATE boosts SET done = 1 WHERE message = ? AND user = ? AND id = ? AND done = 0')
  const insertBoost = db.query(
    'INSERT OR IGNORE INTO boosts (message, user, id, flags, prev, done) VALUES (?, ?, ?, 0, NULL, 1)',
  )
  const deleteBoost = db.query('DELETE FROM boosts WHERE message = ? AND user = ? AND id = ? RETURNING done')
  const countReply = db.query(
    `INSERT INTO counts (message, likes, replies) VALUES (?1, 0, ?2)
     ON CONFLICT (message) DO UPDATE SET replies = replies + ?2`,
  )
  const countBoost = db.query(
    `INSERT INTO counts (message, likes, boosts) VALUES (?1, 0, ?2)
     ON CONFLICT (message) DO UPDATE SET boosts = boosts + ?2`,
  )

  return {
    /** Of a message just stored. A boost whose claim has moved on counts for nothing. */
    added(id: number, author: number, body: string): void {
      const link = linkOf(body)
      if (link === undefined) return
      if (link.kind === 'reply') {
        if (insertReply.run(link.message, id).changes > 0) countReply.run(link.message, 1)
      } else if (doneBoost.run(link.message, author, id).changes > 0) countBoost.run(link.message, 1)
    },

    /** Of a message that comes from another installation, without a claim. */
    copied(id: number, author: number, body: string): void {
      const link = linkOf(body)
      if (link === undefined) return
      if (link.kind === 'reply') {
        if (insertReply.run(link.message, id).changes > 0) countReply.run(link.message, 1)
      } else if (insertBoost.run(link.message, author, id).changes > 0) countBoost.run(link.message, 1)
    },

    /** Of a message just removed; returns what it answered or boosted, 0 for most. */
    removed(id: number, author: number, body: string): number {
      const link = linkOf(body)
      if (link === undefined) return 0
      if (link.kind === 'reply') {
        if (deleteReply.run(link.message, id).changes > 0) countReply.run(link.message, -1)
      } else {
        const [row] = deleteBoost.values(link.message, author, id) as [number][]
        if (row?.[0] === 1) countBoost.run(link.message, -1)
      }
      return link.message
    },
  }
}
