import type { Id, UserId } from '../../../core/ids.ts'
import { idempotencyAgeMs } from '../../../core/limits.ts'
import type { Idempotency } from '../../../ports/idempotency.ts'
import type { Job, Mode } from '../../../ports/messages.ts'
import { type Cassandra, statement } from './client.ts'

interface Row {
  msg_id?: Id | undefined
  mode?: Mode
  prev?: Id[]
  crossed?: boolean
  done?: boolean | undefined
  claimed_at?: number
  finished_id?: Id | undefined
}

/**
 * How long rows live, in seconds. What makes an entry old is `claimed_at`; this only throws it away: an hour later, so that
 * no column goes before the entry is old, whatever clock says so.
 */
const lifeSeconds = idempotencyAgeMs / 1_000 + 3_600

const columns = 'msg_id, mode, prev, crossed, done, claimed_at'
const find = statement<Row>(`SELECT ${columns}, finished_id FROM idem WHERE author = ? AND key = ?`)
const insert = statement<Row>(
  `INSERT INTO idem (${columns}, author, key) VALUES (?, ?, ?, ?, false, ?, ?, ?) IF NOT EXISTS USING TTL ${lifeSeconds}`,
)
const fixed = `UPDATE idem USING TTL ${lifeSeconds} SET msg_id = ?, mode = ?, prev = ?, crossed = ?, done = false`
const replace = statement<Row>(`${fixed}, claimed_at = ? WHERE author = ? AND key = ? IF msg_id = ? AND claimed_at = ?`)
const move = statement<Row>(`${fixed} WHERE author = ? AND key = ? IF msg_id = ? AND done = false AND finished_id != ?`)
const finish = statement<Row>(
  `UPDATE idem USING TTL ${lifeSeconds} SET done = true WHERE author = ? AND key = ? IF msg_id = ?`,
)

// Of a cell of its own, which no compare-and-set writes: those take their timestamps from another clock.
const finishUnmoved = statement(`UPDATE idem USING TTL ${lifeSeconds} SET finished_id = ? WHERE author = ? AND key = ?`)

const values = ({ id, mode, prev, crossed }: Job) => [id, mode, prev, crossed] as const

/** Whichever way it was finished; what bears another id is of an entry that has moved on or ended. */
export const isDone = ({ msg_id, done, finished_id }: Pick<Row, 'msg_id' | 'done' | 'finished_id'>) =>
  done === true || (msg_id !== undefined && finished_id === msg_id)

/** Each call but `finishUnmoved` is one compare-and-set on one row (K1–K5). */
export function createCassandraIdempotency({ db }: { db: Cassandra }): Idempotency {
  let forgottenBefore = 0

  /** What the row stands for; undefined where it is as good as absent: old, or half gone. */
  function standing(author: UserId, row: Row | undefined): { job: Job; done: boolean } | undefined {
    if (row?.msg_id === undefined || row.mode === undefined || (row.claimed_at ?? 0) < forgottenBefore) return undefined
    const { msg_id: id, mode, prev = [], crossed = false } = row
    return { job: { id, author, mode, prev, crossed }, done: isDone(row) }
  }

  return {
    async claim(user, key, job, now) {
      const look = { read: find, values: [user, key], mine: (row?: Row) => row?.msg_id === job.id }
      const mine = { job, done: false, mine: true }
      const inserted = await db.lwt(insert, [...values(job), now, user, key], look)
      if (inserted.applied) return mine
      let row = inserted.row
      for (;;) {
        const found = standing(user, row)
        if (found !== undefined) return { ...found, mine: false }
        const { msg_id = null, claimed_at = null } = row ?? {}
        const replaced = await db.lwt(replace, [...values(job), now, user, key, msg_id, claimed_at], look)
        if (replaced.applied) return mine
        row = await db.one(find, [user, key], 'serial')
      }
    },

    async move(user, key, from, job) {
      const moved = await db.lwt(move, [...values(job), user, key, from, from], {
        read: find,
        values: [user, key],
        // Neither id: it may have been moved to ours, and on from there. Then the caller must not think that it was not.
        mine: (row) => (row?.msg_id === job.id ? true : row?.msg_id === from ? false : undefined),
      })
      return moved.applied
    },

    async finish(user, key, id) {
      const finished = await db.lwt(finish, [user, key, id], {
        read: find,
        values: [user, key],
        mine: (row) => row?.msg_id === id && row.done === true,
      })
      return finished.applied
    },

    async finishUnmoved(user, key, id) {
      await db.write(finishUnmoved, [id, user, key])
    },

    async find(user, key) {
      return standing(user, await db.one(find, [user, key], 'serial'))
    },

    // Rows end by themselves; until then, old ones count as absent.
    async forget(before) {
      forgottenBefore = Math.max(forgottenBefore, before)
    },
  }
}
