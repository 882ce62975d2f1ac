import { idAt, type MessageId, timeOf, type UserId } from '../../../core/ids.ts'
import { clocksApartMaxMs, likersAtOnce, likeShards } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { LikeStore } from '../../../ports/likes.ts'
import { type Cassandra, statement } from './client.ts'
import type { Dirty } from './dirty.ts'
import { createLikeCounts, type LikeCounts } from './like-counts.ts'

type Edge = { liked: boolean; at: number }
type Shard = { shard: number; n: number }

const findEdge = statement<Edge>(
  'SELECT liked, WRITETIME(liked) AS at FROM likes_user WHERE user_id = ? AND bucket = ? AND msg_id = ?',
)
const findLiked = statement<{ msg_id: MessageId; liked: boolean }>(
  'SELECT msg_id, liked FROM likes_user WHERE user_id = ? AND bucket = ? AND msg_id IN ?',
)
const likedAfter = statement<{ msg_id: MessageId; liked: boolean }>(
  'SELECT msg_id, liked FROM likes_user WHERE user_id = ? AND bucket = ? AND msg_id > ? LIMIT ?',
)
// An update leaves no row behind once its one cell has gone.
const setLiked = statement(
  'UPDATE likes_user USING TIMESTAMP ? SET liked = true WHERE user_id = ? AND bucket = ? AND msg_id = ?',
)
/** A like that was taken back is remembered this long, in seconds, for its time of writing; by then no clock is behind it. */
const takenBackSeconds = 7 * 86_400
const setUnliked = statement(
  `UPDATE likes_user USING TIMESTAMP ? AND TTL ${takenBackSeconds} SET liked = false WHERE user_id = ? AND bucket = ? AND msg_id = ?`,
)
const insertLiker = statement('INSERT INTO likes_msg (msg_id, shard, user_id) VALUES (?, ?, ?) USING TIMESTAMP ?')
const removeLiker = statement('DELETE FROM likes_msg USING TIMESTAMP ? WHERE msg_id = ? AND shard = ? AND user_id = ?')
const shardsFrom = statement<Shard>('SELECT shard, n FROM like_counts WHERE msg_id = ? AND shard >= ? LIMIT ?')
const likersFrom = statement<{ user_id: UserId }>(
  'SELECT user_id FROM likes_msg WHERE msg_id = ? AND shard = ? AND user_id > ? LIMIT ?',
)

/** A user's likes lie together by the message's age, in pieces of about a month. */
const bucketMs = 30 * 86_400_000
export const bucketOf = (message: MessageId) => Math.floor(timeOf(message) / bucketMs)

/** Users' ids differ by time and sequence alone: the multiplication spreads both over all shards. */
export function shardOf(user: UserId): number {
  const mixed = Math.imul(user ^ Math.floor(user / 4294967296), 0x9e3779b1)
  return (mixed >>> 16) % likeShards
}

/** A later moment than the edge's last change, odd for a like and even for taking it back: the two never tie. */
function momentAfter(edge: Edge | undefined, now: number, liked: boolean): number {
  const moment = Math.max(now * 1_000, (edge?.at ?? 0) + 1)
  return moment % 2 === (liked ? 1 : 0) ? moment : moment + 1
}

export interface CassandraLikes extends LikeStore {
  /** Counts one shard of a message again: for the recounter. */
  readonly recount: LikeCounts['recount']
}

export function createCassandraLikes({
  db,
  clock,
  dirty,
  counts = createLikeCounts({ db, clock }),
}: {
  db: Cassandra
  clock: Clock
  dirty: Dirty
  /** Shared with who counts boosts and replies; without it its own. */
  counts?: LikeCounts
}): CassandraLikes {
  async function set(user: UserId, message: MessageId, liked: boolean): Promise<number> {
    const [bucket, shard] = [bucketOf(message), shardOf(user)]
    const edge = await db.one(findEdge, [user, bucket, message])
    // The user's row is written last: where it says so already, all is done.
    if ((edge?.liked ?? false) === liked) return counts.ofChanged(message)
    const at = momentAfter(edge, clock.now(), liked)
    await dirty.mark('likes', message, shard)
    if (liked) await db.write(insertLiker, [message, shard, user, at])
    else await db.write(removeLiker, [at, message, shard, user])
    const [count] = await Promise.all([
      counts.changed(message, shard),
      db.write(liked ? setLiked : setUnliked, [at, user, bucket, message]),
    ])
    return count
  }

  /** Likers after `user` of a shard and those behind it, at most `limit`. */
  async function likersAfter(
    message: MessageId,
    shard: number,
    user: UserId,
    limit: number,
  ): Promise<[number, UserId][]> {
    const found: [number, UserId][] = []
    let from = shard
    while (found.length < limit) {
      const shards = await db.read(shardsFrom, [message, from, likersAtOnce])
      const filled = shards.filter(({ n }) => n > 0)
      const rows = await Promise.all(
        filled.map(({ shard: at }) => db.read(likersFrom, [message, at, at === shard ? user : 0, limit])),
      )
      for (const [i, { shard: at }] of filled.entries()) {
        for (const row of rows[i]!) found.push([at, row.user_id])
      }
      if (shards.length < likersAtOnce) break
      from = shards.at(-1)!.shard + 1
    }
    return found.slice(0, limit)
  }

  return {
    like: (user, message) => set(user, message, true),
    unlike: (user, message) => set(user, message, false),
    async counts(messages) {
      return (await counts.many(messages)).map(({ likes }) => likes)
    },
    recount: counts.recount,

    async likedAmong(user, messages) {
      const byBucket = Map.groupBy(new Set(messages), bucketOf)
      const reads = [...byBucket].map(([bucket, ids]) => db.read(findLiked, [user, bucket, ids]))
      const rows = (await Promise.all(reads)).flat()
      return new Set(rows.filter((row) => row.liked).map((row) => row.msg_id))
    },

    async likedBy(user, page, length) {
      let [bucket = bucketOf(0), above = 0] = page?.split('.').map(Number) ?? []
      const last = bucketOf(idAt(clock.now() + clocksApartMaxMs))
      while (bucket <= last) {
        const rows = await db.read(likedAfter, [user, bucket, above, length])
        const messages = rows.filter(({ liked }) => liked).map(({ msg_id }) => msg_id)
        above = rows.at(-1)?.msg_id ?? 0
        if (rows.length < length) [bucket, above] = [bucket + 1, 0]
        if (messages.length > 0) return { messages, next: `${bucket}.${above}` }
      }
      return { messages: [] }
    },

    async likers(message, page, length) {
      const [shard = 0, user = 0] = page?.split('.').map(Number) ?? []
      const found = await likersAfter(message, shard, user, length + 1)
      const users = found.slice(0, length).map(([, liker]) => liker)
      return found.length > length ? { users, next: found[length - 1]!.join('.') } : { users }
    },
  }
}
