import type { UserId } from '../../../core/ids.ts'
import { notifyPageReaders } from '../../../core/limits.ts'
import { type Cassandra, statement } from './client.ts'
import { notifyShards } from './graph-keys.ts'

const followersAfter = statement<{ follower: UserId }>(
  'SELECT follower FROM notify_followers WHERE followee = ? AND shard = ? AND follower > ? LIMIT ?',
)
const anybody = statement<{ follower: UserId }>(
  'SELECT follower FROM notify_followers WHERE followee = ? AND shard IN ? LIMIT 1',
)
const setNotified = statement(
  'UPDATE followers USING TIMESTAMP ? SET notified = ? WHERE followee = ? AND level = 0 AND shard = 0',
)

const everyShard = Array.from({ length: notifyShards }, (_, shard) => shard)

/** Somebody is about to follow with `notify`. It stays, also when they leave: then it costs a look. */
export function markNotified(db: Cassandra, followee: UserId, written: number): Promise<void> {
  return db.write(setNotified, [written, true, followee])
}

/** Looks once where it is not known, and writes it down below every time of writing, so that a follow meanwhile prevails. */
export async function learnNotified(db: Cassandra, followee: UserId): Promise<boolean> {
  const found = (await db.one(anybody, [followee, everyShard])) !== undefined
  await db.write(setNotified, [1, found, followee])
  return found
}

/** A page of those who follow with `notify`, shard by shard, upward in each; its token is the last of them. */
export async function notifiedAfter(db: Cassandra, followee: UserId, page: string | undefined) {
  const [from = 0, after = 0] = page?.split('.').map(Number) ?? []
  const users: UserId[] = []
  for (let shard = from; shard < notifyShards; shard++) {
    const wanted = notifyPageReaders + 1 - users.length
    const rows = await db.read(followersAfter, [followee, shard, shard === from ? after : 0, wanted])
    users.push(...rows.map(({ follower }) => follower))
    if (users.length <= notifyPageReaders) continue
    const kept = users.slice(0, -1)
    // The last of the page may be of the shard before, where it is the last one.
    return { users: kept, next: rows.length > 1 ? `${shard}.${kept.at(-1)}` : `${shard}.0` }
  }
  return { users, next: undefined }
}
