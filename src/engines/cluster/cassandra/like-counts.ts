import { coalesceBy } from '../../../core/coalesce-by.ts'
import type { MessageId } from '../../../core/ids.ts'
import {
  idsPerRead,
  likeCountsHeld,
  likeCountsHeldMs,
  recountAtLeastMs,
  recountLargeRows,
} from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import { chunks } from './chunks.ts'
import { type Cassandra, statement } from './client.ts'

const countShard = statement<{ n: number }>('SELECT count(*) AS n FROM likes_msg WHERE msg_id = ? AND shard = ?')
const writtenAt = statement<{ at: number }>('SELECT WRITETIME(n) AS at FROM like_counts WHERE msg_id = ? AND shard = ?')
const saveShard = statement('INSERT INTO like_counts (msg_id, shard, n) VALUES (?, ?, ?) USING TIMESTAMP ?')
const sums = statement<{ msg_id: MessageId; n: number }>(
  'SELECT msg_id, sum(n) AS n FROM like_counts WHERE msg_id IN ? GROUP BY msg_id',
)

export interface LikeCounts {
  /** After a change in this shard: counts it again, and resolves to the message's count. */
  changed(message: MessageId, shard: number): Promise<number>
  /** The message's count, read after this call. */
  ofChanged(message: MessageId): Promise<number>
  /** In the order asked; as they were at most `likeCountsHeldMs` ago, of this process's own changes as they are. */
  many(messages: readonly MessageId[]): Promise<number[]>
  /** Counts one shard again and stores it; resolves to what it holds. */
  recount(message: MessageId, shard: number): Promise<number>
}

/**
 * Counts of likes: rows counted again by shard after each change, never counted up, so a repeated call counts once. Figures
 * are written with the moment that their read began, later than all that stood there then: so of two the one that saw more
 * stays. Where clocks differ and two count at once, the recounter has the last word.
 */
export function createLikeCounts({ db, clock }: { db: Cassandra; clock: Clock }): LikeCounts {
  const held = new RecentMap<MessageId, { n: number; until: number }>(likeCountsHeld)
  /** Large shards: when they were last counted. */
  const large = new RecentMap<string, { at: number; later: boolean }>(likeCountsHeld)
  /** Changes of this process, numbered, and the last one of each message: what was read before it is not held. */
  let changes = 0
  const changed = new RecentMap<MessageId, number>(likeCountsHeld)

  async function recountNow(message: MessageId, shard: number): Promise<number> {
    // Whatever stands there now was counted earlier, also by a clock that is ahead of ours.
    const former = await db.one(writtenAt, [message, shard])
    const at = Math.max(clock.now() * 1_000, (former?.at ?? 0) + 1)
    const row = await db.one(countShard, [message, shard])
    const n = row?.n ?? 0
    await db.write(saveShard, [message, shard, n, at])
    if (n > recountLargeRows) large.set(`${message} ${shard}`, { at: clock.now(), later: false })
    return n
  }

  // Keys are texts: two numbers would need a map of maps.
  const recountShared = coalesceBy((key: string) => {
    const [message, shard] = key.split(' ').map(Number) as [MessageId, number]
    return recountNow(message, shard)
  })
  const recount = (message: MessageId, shard: number) => recountShared(`${message} ${shard}`)

  async function read(messages: readonly MessageId[]): Promise<Map<MessageId, number>> {
    const reads = chunks(messages, idsPerRead).map((some) => db.read(sums, [some]))
    return new Map((await Promise.all(reads)).flat().map(({ msg_id, n }) => [msg_id, n ?? 0]))
  }

  const ofChanged = coalesceBy(async (message: MessageId) => (await read([message])).get(message) ?? 0)

  return {
    recount,
    ofChanged,

    async changed(message, shard) {
      const key = `${message} ${shard}`
      const last = large.get(key)
      const now = clock.now()
      if (last === undefined || now - last.at >= recountAtLeastMs) await recount(message, shard)
      else if (!last.later) {
        // Counting a large shard costs: once a second, and once more at the end of that second.
        last.later = true
        void clock
          .sleep(recountAtLeastMs - (now - last.at))
          .then(() => recount(message, shard))
          .catch(() => {}) // the recounter finds the mark
      }
      changed.set(message, ++changes)
      held.delete(message)
      return ofChanged(message)
    },

    async many(messages) {
      const now = clock.now()
      const missing = [...new Set(messages)].filter((id) => !((held.get(id)?.until ?? 0) > now))
      const before = changes
      const found = missing.length === 0 ? new Map<MessageId, number>() : await read(missing)
      for (const id of missing) {
        const n = found.get(id) ?? 0
        found.set(id, n)
        if ((changed.get(id) ?? 0) <= before) held.set(id, { n, until: now + likeCountsHeldMs })
      }
      return messages.map((id) => found.get(id) ?? held.get(id)?.n ?? 0)
    },
  }
}
