import type { Database } from 'bun:sqlite'
import type { MessageId, UserId } from '../../core/ids.ts'
import type { LikeStore } from '../../ports/likes.ts'
import type { EmbeddedCounts } from './counts.ts'
import type { EmbeddedDatabase } from './database.ts'

/** Likes of one user between the smallest and the largest id of a page; when there are more, each id is looked up. */
const likesBetweenMax = 200

/** The writer's operations on likes; each returns the count after it. Edges and count change in one commit. */
export function likeOps(db: Database) {
  const insertLike = db.query('INSERT OR IGNORE INTO likes (user, message) VALUES (?, ?)')
  const insertLiker = db.query('INSERT OR IGNORE INTO likers (message, user) VALUES (?, ?)')
  const deleteLike = db.query('DELETE FROM likes WHERE user = ? AND message = ?')
  const deleteLiker = db.query('DELETE FROM likers WHERE message = ? AND user = ?')
  const raise = db.query(
    `INSERT INTO counts (message, likes) VALUES (?, 1)
     ON CONFLICT (message) DO UPDATE SET likes = likes + 1 RETURNING likes`,
  )
  const lower = db.query('UPDATE counts SET likes = likes - 1 WHERE message = ? RETURNING likes')
  const count = db.query('SELECT likes FROM counts WHERE message = ?')
  const number = (rows: unknown[][]) => (rows[0]?.[0] ?? 0) as number

  return {
    like(user: number, message: number): number {
      if (insertLike.run(user, message).changes === 0) return number(count.values(message))
      insertLiker.run(message, user)
      return number(raise.values(message))
    },
    unlike(user: number, message: number): number {
      if (deleteLike.run(user, message).changes === 0) return number(count.values(message))
      deleteLiker.run(message, user)
      return number(lower.values(message))
    },
  }
}

export function createEmbeddedLikes({ reader, writer }: EmbeddedDatabase, counts: EmbeddedCounts): LikeStore {
  const between = reader.query(
    `SELECT message FROM likes WHERE user = ? AND message BETWEEN ? AND ? LIMIT ${likesBetweenMax}`,
  )
  const one = reader.query('SELECT 1 FROM likes WHERE user = ? AND message = ?')
  const liked = reader.query('SELECT message FROM likes WHERE user = ? AND message > ? ORDER BY message LIMIT ?')
  const likers = reader.query('SELECT user FROM likers WHERE message = ? AND user > ? ORDER BY user LIMIT ?')

  async function tell(message: MessageId, write: Promise<number>): Promise<number> {
    const after = await write
    counts.changed(message)
    return after
  }

  return {
    like: (user, message) => tell(message, writer.write('like', user, message)),
    unlike: (user, message) => tell(message, writer.write('unlike', user, message)),

    async counts(messages) {
      return messages.map((message) => counts.of(message).likes)
    },

    async likedAmong(user, messages) {
      if (messages.length <= 1) return new Set(messages.filter((id) => one.values(user, id).length > 0))
      let low = messages[0]!
      let high = low
      for (const id of messages) {
        if (id < low) low = id
        if (id > high) high = id
      }
      const rows = between.values(user, low, high) as [MessageId][]
      if (rows.length === 0) return new Set()
      if (rows.length === likesBetweenMax) {
        return new Set(messages.filter((id) => one.values(user, id).length > 0))
      }
      const liked = new Set(rows.map(([id]) => id))
      return new Set(messages.filter((id) => liked.has(id)))
    },

    async likedBy(user, page, length) {
      const rows = liked.values(user, page === undefined ? 0 : Number(page), length) as [MessageId][]
      const messages = rows.map(([message]) => message)
      return messages.length < length ? { messages } : { messages, next: String(messages.at(-1)) }
    },

    async likers(message, page, length) {
      const rows = likers.values(message, page === undefined ? 0 : Number(page), length + 1) as [UserId][]
      const users = rows.slice(0, length).map(([user]) => user)
      return rows.length > length ? { users, next: String(users.at(-1)) } : { users }
    },
  }
}
