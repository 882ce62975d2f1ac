import type { Database } from 'bun:sqlite'
import type { MessageId, UserId } from '../../core/ids.ts'
import type { BoostStore } from '../../ports/boosts.ts'
import type { Job } from '../../ports/messages.ts'
import type { ReplyStore } from '../../ports/replies.ts'
import { type PackedPrev, packJobFlags, packPrev, unpackJob } from './codes.ts'
import type { EmbeddedDatabase } from './database.ts'

type Entry = [id: number, flags: number, prev: PackedPrev, done: number]

const findSql = 'SELECT id, flags, prev, done FROM boosts WHERE message = ? AND user = ?'

/** The writer's operations on boosts: each a compare-and-set on one row. Storing the message marks it done (links-writer.ts). */
export function boostOps(db: Database) {
  const find = db.query(findSql)
  const insert = db.query('INSERT INTO boosts (message, user, id, flags, prev, done) VALUES (?, ?, ?, ?, ?, 0)')
  const move = db.query(
    'UPDATE boosts SET id = ?, flags = ?, prev = ?, done = 0 WHERE message = ? AND user = ? AND id = ? AND done = ?',
  )
  const saveCleared = db.query(
    `INSERT INTO meta (key, value) VALUES ('boosts_cleared', ?1)
     ON CONFLICT (key) DO UPDATE SET value = max(value, ?1)`,
  )

  return {
    /** What was fixed already; undefined when it is now the caller's. */
    claimBoost(user: number, message: number, id: number, flags: number, prev: PackedPrev): Entry | undefined {
      const [found] = find.values(message, user) as Entry[]
      if (!found) insert.run(message, user, id, flags, prev)
      return found
    },
    moveBoost(
      user: number,
      message: number,
      from: number,
      done: number,
      id: number,
      flags: number,
      prev: PackedPrev,
    ): boolean {
      return move.run(id, flags, prev, message, user, from, done).changes > 0
    },
    boostsCleared(stamp: number): void {
      saveCleared.run(stamp)
    },
  }
}

export function createEmbeddedBoosts({ reader, writer, meta }: EmbeddedDatabase): BoostStore {
  const findRow = reader.query(findSql)
  const among = reader.query(
    'SELECT message FROM boosts WHERE user = ? AND done = 1 AND message IN (SELECT value FROM json_each(?))',
  )
  const stored = reader.query(
    'SELECT id, user FROM boosts WHERE message = ? AND user > ? AND done = 1 ORDER BY user LIMIT ?',
  )
  let cleared = meta.number('boosts_cleared') ?? 0
  const unpack = (user: UserId, [id, flags, prev, done]: Entry): { job: Job; done: boolean } => ({
    job: unpackJob(id, user, flags, prev),
    done: done === 1,
  })
  const find = (user: UserId, message: MessageId) => {
    const [found] = findRow.values(message, user) as Entry[]
    return found && unpack(user, found)
  }

  return {
    async claim(user, message, job) {
      const found = await writer.write('claimBoost', user, message, job.id, packJobFlags(job), packPrev(job.prev))
      return found ? { ...unpack(user, found), mine: false } : { job, done: false, mine: true }
    },
    move: (user, message, from, done, job) =>
      writer.write('moveBoost', user, message, from, done ? 1 : 0, job.id, packJobFlags(job), packPrev(job.prev)),
    async finish(user, message, id) {
      const found = find(user, message)
      return found?.job.id === id && found.done
    },
    async find(user, message) {
      return find(user, message)
    },
    async boostedAmong(user, messages) {
      if (messages.length === 0) return new Set()
      return new Set((among.values(user, JSON.stringify(messages)) as [MessageId][]).map(([message]) => message))
    },
    async boostsOf(message, page, length) {
      const rows = stored.values(message, page === undefined ? 0 : Number(page), length + 1) as [MessageId, UserId][]
      const boosts = rows.slice(0, length).map(([id, user]) => ({ id, user }))
      return rows.length > length ? { boosts, next: String(boosts.at(-1)!.user) } : { boosts }
    },
    async cleared() {
      return cleared
    },
    async setCleared(stamp) {
      if (stamp <= cleared) return
      await writer.write('boostsCleared', stamp)
      cleared = Math.max(cleared, stamp)
    },
  }
}

export function createEmbeddedReplies({ reader }: EmbeddedDatabase): ReplyStore {
  const between = reader.query('SELECT id FROM replies WHERE message = ? AND id > ? AND id < ? ORDER BY id LIMIT ?')
  return {
    async replies(message, above, below, limit) {
      return (between.values(message, above, below, limit) as [MessageId][]).map(([id]) => id)
    },
  }
}
