import type { Database } from 'bun:sqlite'
import { notThere } from '../../ports/media.ts'
import { outboxFlags } from './codes.ts'
import { messageRemover } from './messages-writer.ts'

/** The writer's operation of retention. */
export function retentionOps(db: Database) {
  const oldest = db.query('SELECT id, author FROM messages WHERE id < ? ORDER BY id LIMIT ?')
  const remove = messageRemover(db)
  const markGone = db.query(`UPDATE outbox SET flags = flags | ${outboxFlags.gone} WHERE id = ?`)
  const leaveMedia = db.query(`UPDATE media SET use = ${notThere} WHERE use = ? AND use > 2`)
  const smallest = db.query('SELECT min(id) FROM messages')
  const oldestLikes = db.query('SELECT message, user FROM likers WHERE message < ? ORDER BY message, user LIMIT ?')
  const deleteLike = db.query('DELETE FROM likes WHERE user = ? AND message = ?')
  const deleteLiker = db.query('DELETE FROM likers WHERE message = ? AND user = ?')
  const deleteCounts = db.query(
    'DELETE FROM counts WHERE message IN (SELECT message FROM counts WHERE message < ? ORDER BY message LIMIT ?)',
  )

  return {
    /**
     * Takes the oldest messages below `below`, then the likes below the oldest that is left, those of messages that their
     * authors deleted too; what they showed counts as gone. `limit` rows of each kind at most, together. Whether that was all of it.
     */
    expire(below: number, limit: number): { ids: number[]; authors: number[]; linked: number[]; more: boolean } {
      const rows = oldest.values(below, limit) as [number, number][]
      const linked = rows.map(([id, author]) => {
        markGone.run(id)
        leaveMedia.run(id)
        return remove(id, author) ?? 0
      })
      const [[left]] = smallest.values() as [[number | null]]
      const likesBelow = Math.min(below, left ?? below)
      let room = limit - rows.length
      const likes = oldestLikes.values(likesBelow, room) as [number, number][]
      for (const [message, user] of likes) {
        deleteLike.run(user, message)
        deleteLiker.run(message, user)
      }
      room -= likes.length
      room -= deleteCounts.run(likesBelow, room).changes
      return { ids: rows.map(([id]) => id), authors: rows.map(([, author]) => author), linked, more: room === 0 }
    },
  }
}
