import { coalesceBy } from '../../../core/coalesce-by.ts'
import type { MessageId } from '../../../core/ids.ts'
import { idsPerRead, likeCountsHeld, likeCountsHeldMs } from '../../../core/limits.ts'
import { type MessageCounts, noCounts } from '../../../core/message.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import { chunks } from './chunks.ts'
import { type Cassandra, statement } from './client.ts'
import { createShardCounts } from './shard-counts.ts'

type Sums = { msg_id: MessageId; n?: number; boosts?: number; replies?: number }

/** Likes by shard, and beside them how often the message is boosted and answered (link-counts.ts): all its counts in one read. */
const sums = statement<Sums>(
  'SELECT msg_id, sum(n) AS n, boosts, replies FROM like_counts WHERE msg_id IN ? GROUP BY msg_id',
)

export interface LikeCounts {
  /** After a change in this shard: counts it again, and resolves to the message's likes. */
  changed(message: MessageId, shard: number): Promise<number>
  /** The message's likes, read after this call. */
  ofChanged(message: MessageId): Promise<number>
  /** In the order asked; as they were at most `likeCountsHeldMs` ago, of this process's own changes as they are. */
  many(messages: readonly MessageId[]): Promise<MessageCounts[]>
  /** What is held of the message is too old from now on. */
  forget(message: MessageId): void
  /** Counts the likes of one shard again and stores them; resolves to what it holds. */
  recount(message: MessageId, shard: number): Promise<number>
}

/** The counts of messages, as they are shown; their likes are counted here. */
export function createLikeCounts({ db, clock }: { db: Cassandra; clock: Clock }): LikeCounts {
  const shards = createShardCounts({ db, clock, rows: 'likes_msg', counts: 'like_counts' })
  const held = new RecentMap<MessageId, { counts: MessageCounts; until: number }>(likeCountsHeld)
  /** Changes of this process, numbered, and the last one of each message: what was read before it is not held. */
  let changes = 0
  const changed = new RecentMap<MessageId, number>(likeCountsHeld)

  function forget(message: MessageId): void {
    changed.set(message, ++changes)
    held.delete(message)
  }

  async function read(messages: readonly MessageId[]): Promise<Map<MessageId, MessageCounts>> {
    const reads = chunks(messages, idsPerRead).map((some) => db.read(sums, [some]))
    return new Map(
      (await Promise.all(reads))
        .flat()
        .map(({ msg_id, n = 0, boosts = 0, replies = 0 }) => [msg_id, { likes: n, boosts, replies }]),
    )
  }

  const ofChanged = coalesceBy(async (message: MessageId) => (await read([message])).get(message)?.likes ?? 0)

  return {
    recount: shards.recount,
    ofChanged,
    forget,

    async changed(message, shard) {
      await shards.changed(message, shard)
      forget(message)
      return ofChanged(message)
    },

    async many(messages) {
      const now = clock.now()
      const missing = [...new Set(messages)].filter((id) => !((held.get(id)?.until ?? 0) > now))
      const before = changes
      const found = missing.length === 0 ? new Map<MessageId, MessageCounts>() : await read(missing)
      for (const id of missing) {
        const counts = found.get(id) ?? noCounts
        found.set(id, counts)
        if ((changed.get(id) ?? 0) <= before) held.set(id, { counts, until: now + likeCountsHeldMs })
      }
      return messages.map((id) => found.get(id) ?? held.get(id)?.counts ?? noCounts)
    },
  }
}
