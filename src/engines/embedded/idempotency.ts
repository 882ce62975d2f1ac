import type { Database } from 'bun:sqlite'
import type { UserId } from '../../core/ids.ts'
import type { Idempotency } from '../../ports/idempotency.ts'
import type { Job } from '../../ports/messages.ts'
import { type PackedPrev, packJobFlags, packPrev, unpackJob } from './codes.ts'
import type { EmbeddedDatabase } from './database.ts'

type Entry = [id: number, flags: number, prev: PackedPrev, done: number]

const findSql = 'SELECT id, flags, prev, done FROM idempotency WHERE user = ? AND key = ?'

/** The writer's operations on idempotency keys: each a compare-and-set on one row. */
export function idempotencyOps(db: Database) {
  const find = db.query(findSql)
  const insert = db.query(
    'INSERT INTO idempotency (user, key, claimed_at, id, flags, prev, done) VALUES (?, ?, ?, ?, ?, ?, 0)',
  )
  const move = db.query(
    'UPDATE idempotency SET id = ?, flags = ?, prev = ? WHERE user = ? AND key = ? AND id = ? AND done = 0',
  )
  const finish = db.query('UPDATE idempotency SET done = 1 WHERE user = ? AND key = ? AND id = ?')
  const forget = db.query('DELETE FROM idempotency WHERE claimed_at < ?')

  return {
    /** What the key stood for already; undefined when it is now the caller's. */
    claimKey(user: number, key: string, now: number, id: number, flags: number, prev: PackedPrev): Entry | undefined {
      const [found] = find.values(user, key) as Entry[]
      if (!found) insert.run(user, key, now, id, flags, prev)
      return found
    },
    moveKey(user: number, key: string, from: number, id: number, flags: number, prev: PackedPrev): boolean {
      return move.run(id, flags, prev, user, key, from).changes > 0
    },
    finishKey(user: number, key: string, id: number): boolean {
      return finish.run(user, key, id).changes > 0
    },
    forgetKeys(before: number): void {
      forget.run(before)
    },
  }
}

export function createEmbeddedIdempotency({ reader, writer }: EmbeddedDatabase): Idempotency {
  const find = reader.query(findSql)
  const unpack = (user: UserId, [id, flags, prev, done]: Entry): { job: Job; done: boolean } => ({
    job: unpackJob(id, user, flags, prev),
    done: done === 1,
  })

  return {
    async claim(user, key, job, now) {
      const found = await writer.write('claimKey', user, key, now, job.id, packJobFlags(job), packPrev(job.prev))
      return found ? { ...unpack(user, found), mine: false } : { job, done: false, mine: true }
    },
    move: (user, key, from, job) =>
      writer.write('moveKey', user, key, from, job.id, packJobFlags(job), packPrev(job.prev)),
    finish: (user, key, id) => writer.write('finishKey', user, key, id),
    async finishUnmoved(user, key, id) {
      await writer.write('finishKey', user, key, id)
    },
    async find(user, key) {
      const [found] = find.values(user, key) as Entry[]
      return found && unpack(user, found)
    },
    forget: (before) => writer.write('forgetKeys', before),
  }
}
