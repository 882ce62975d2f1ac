import type { MessageId, UserId } from '../../../core/ids.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { KindReader, KindWriter, LikeRow } from '../../../ports/copy.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { createLikeCounts } from '../cassandra/like-counts.ts'
import { bucketOf, shardOf } from '../cassandra/likes.ts'
import type { WriteTime } from '../cassandra/write-times.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

type Found = { msg_id: MessageId; user_id: UserId }

/** A moment before all others, odd as a like's is (cassandra/likes.ts). */
const insertLiker = statement('INSERT INTO likes_msg (msg_id, shard, user_id) VALUES (?, ?, ?) USING TIMESTAMP 1')
const setLiked = statement(
  'UPDATE likes_user USING TIMESTAMP 1 SET liked = true WHERE user_id = ? AND bucket = ? AND msg_id = ?',
)
const insertCount = statement('INSERT INTO like_counts (msg_id, shard, n) VALUES (?, ?, ?) USING TIMESTAMP ?')

export function likesReader(db: Cassandra): KindReader<LikeRow> {
  return scanReader<Found, LikeRow>(db, {
    columns: 'msg_id, user_id',
    table: 'likes_msg',
    key: 'msg_id, shard',
    rows: (found) => found.map(({ msg_id: message, user_id: user }) => ({ message, user })),
  })
}

/** Likes, and their counts: of a message whose likes all stand on the page, as they are; else counted in the table. */
export function likesWriter(db: Cassandra, marks: Marks, clock: Clock, writeTime: WriteTime): KindWriter<LikeRow> {
  const counts = createLikeCounts({ db, clock })

  async function count(rows: readonly LikeRow[]): Promise<void> {
    const shards = new Map<string, { message: MessageId; shard: number; n: number }>()
    for (const { message, user } of rows) {
      const shard = shardOf(user)
      const one = shards.get(`${message}.${shard}`)
      if (one === undefined) shards.set(`${message}.${shard}`, { message, shard, n: 1 })
      else one.n++
    }
    // A message's likes come one after the other, so that only the first and the last may stand on other pages too.
    const split = new Set([rows[0]?.message, rows.at(-1)?.message])
    await Promise.all(
      [...shards.values()].map(({ message, shard, n }) =>
        split.has(message) ? counts.recount(message, shard) : db.write(insertCount, [message, shard, n, writeTime()]),
      ),
    )
  }

  return pageWriter(
    marks,
    'likes',
    ({ message, user }) =>
      Promise.all([
        db.write(insertLiker, [message, shardOf(user), user]),
        db.write(setLiked, [user, bucketOf(message), message]),
      ]),
    { after: count },
  )
}
