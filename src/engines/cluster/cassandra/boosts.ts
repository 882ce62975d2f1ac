import type { Id, MessageId, UserId } from '../../../core/ids.ts'
import { likersAtOnce } from '../../../core/limits.ts'
import type { BoostStore } from '../../../ports/boosts.ts'
import type { Job } from '../../../ports/messages.ts'
import { type Cassandra, statement } from './client.ts'
import { bucketOf } from './likes.ts'

interface Row {
  id?: Id
  hot?: boolean
  prev?: Id[]
  crossed?: boolean
  done?: boolean
}

const columns = 'id, hot, prev, crossed, done'
const place = 'user_id = ? AND bucket = ? AND msg_id = ?'
const find = statement<Row>(`SELECT ${columns} FROM boosts_user WHERE ${place}`)
const insert = statement<Row>(
  `INSERT INTO boosts_user (${columns}, user_id, bucket, msg_id) VALUES (?, ?, ?, ?, false, ?, ?, ?) IF NOT EXISTS`,
)
const move = statement<Row>(
  `UPDATE boosts_user SET id = ?, hot = ?, prev = ?, crossed = ?, done = false WHERE ${place} IF id = ? AND done = ?`,
)
const finish = statement<Row>(`UPDATE boosts_user SET done = true WHERE ${place} IF id = ?`)
const findDone = statement<{ msg_id: MessageId; done?: boolean }>(
  'SELECT msg_id, done FROM boosts_user WHERE user_id = ? AND bucket = ? AND msg_id IN ?',
)
const shardsFrom = statement<{ shard: number; n: number }>(
  'SELECT shard, n FROM boost_counts WHERE msg_id = ? AND shard >= ? LIMIT ?',
)
const boostsFrom = statement<{ id: MessageId; user_id: UserId }>(
  'SELECT id, user_id FROM boosts_msg WHERE msg_id = ? AND shard = ? AND id > ? LIMIT ?',
)
const readCleared = statement<{ stamp: Id }>('SELECT stamp FROM boosts_cleared WHERE part = 0')
const saveCleared = statement('INSERT INTO boosts_cleared (part, stamp) VALUES (0, ?) USING TIMESTAMP ?')

const placeOf = (user: UserId, message: MessageId) => [user, bucketOf(message), message] as const
const values = ({ id, mode, prev, crossed }: Job) => [id, mode === 'hot', prev, crossed] as const

/** A boost that comes with its message from another installation. */
export async function claimCopied(db: Cassandra, user: UserId, message: MessageId, id: Id): Promise<void> {
  const at = placeOf(user, message)
  const mine = (row?: Row) => row?.id === id
  const inserted = await db.lwt(insert, [id, false, [], false, ...at], { read: find, values: at, mine })
  if (inserted.applied || inserted.row?.id === id) {
    await db.lwt(finish, [...at, id], { read: find, values: at, mine: (row) => mine(row) && row?.done === true })
  }
}

export function createCassandraBoosts({ db }: { db: Cassandra }): BoostStore {
  function standing(author: UserId, row: Row | undefined): { job: Job; done: boolean } | undefined {
    if (row?.id === undefined) return undefined
    const { id, hot = false, prev = [], crossed = false, done = false } = row
    return { job: { id, author, mode: hot ? 'hot' : 'pushed', prev, crossed }, done }
  }

  return {
    async claim(user, message, job) {
      const at = placeOf(user, message)
      for (;;) {
        const inserted = await db.lwt(insert, [...values(job), ...at], {
          read: find,
          values: at,
          mine: (row) => row?.id === job.id,
        })
        if (inserted.applied) return { job, done: false, mine: true }
        const found = standing(user, inserted.row?.id === undefined ? await db.one(find, at, 'serial') : inserted.row)
        // Taken back in between: it is to be had again.
        if (found !== undefined) return { ...found, mine: false }
      }
    },

    async move(user, message, from, done, job) {
      const at = placeOf(user, message)
      const moved = await db.lwt(move, [...values(job), ...at, from, done], {
        read: find,
        values: at,
        mine: (row) => (row?.id === job.id ? true : row?.id === from ? false : undefined),
      })
      return moved.applied
    },

    async finish(user, message, id) {
      const at = placeOf(user, message)
      const finished = await db.lwt(finish, [...at, id], {
        read: find,
        values: at,
        mine: (row) => row?.id === id && row.done === true,
      })
      return finished.applied
    },

    async find(user, message) {
      return standing(user, await db.one(find, placeOf(user, message), 'serial'))
    },

    async boostedAmong(user, messages) {
      const byBucket = Map.groupBy(new Set(messages), bucketOf)
      const reads = [...byBucket].map(([bucket, ids]) => db.read(findDone, [user, bucket, ids]))
      const rows = (await Promise.all(reads)).flat()
      return new Set(rows.filter((row) => row.done).map((row) => row.msg_id))
    },

    async boostsOf(message, page, length) {
      const [first = 0, after = 0] = page?.split('.').map(Number) ?? []
      const found: { id: MessageId; user: UserId; shard: number }[] = []
      for (let from = first; found.length <= length; ) {
        const shards = await db.read(shardsFrom, [message, from, likersAtOnce])
        const rows = await Promise.all(
          shards.map(({ shard }) => db.read(boostsFrom, [message, shard, shard === first ? after : 0, length + 1])),
        )
        for (const [i, { shard }] of shards.entries()) {
          for (const { id, user_id: user } of rows[i]!) found.push({ id, user, shard })
        }
        if (shards.length < likersAtOnce) break
        from = shards.at(-1)!.shard + 1
      }
      const boosts = found.slice(0, length).map(({ id, user }) => ({ id, user }))
      if (found.length <= length) return { boosts }
      const last = found[length - 1]!
      return { boosts, next: `${last.shard}.${last.id}` }
    },

    async cleared() {
      return (await db.one(readCleared, []))?.stamp ?? 0
    },

    async setCleared(stamp) {
      // The stamp is the time of writing: of two the later one stays.
      await db.write(saveCleared, [stamp, stamp])
    },
  }
}
