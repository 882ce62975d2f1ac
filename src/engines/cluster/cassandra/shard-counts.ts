import { coalesceBy } from '../../../core/coalesce-by.ts'
import type { MessageId } from '../../../core/ids.ts'
import { likeCountsHeld, recountAtLeastMs, recountLargeRows } from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Cassandra, statement } from './client.ts'

export interface ShardCounts {
  /** After a change in this shard: counts it again, a large one at the end of its second. */
  changed(message: MessageId, shard: number): Promise<void>
  /** Counts one shard again and stores it; resolves to what it holds. */
  recount(message: MessageId, shard: number): Promise<number>
}

/**
 * Counts by message and shard: rows counted again after each change, never counted up, so a repeated call counts once.
 * Figures are written with the moment that their read began, later than all that stood there then: so of two the one that
 * saw more stays. Where clocks differ and two count at once, the recounter has the last word.
 */
export function createShardCounts({
  db,
  clock,
  rows,
  counts,
  counted = async () => {},
}: {
  db: Cassandra
  clock: Clock
  /** The table whose rows are counted, and the one that holds the figures. */
  rows: string
  counts: string
  /** Called after a shard was counted. */
  counted?: (message: MessageId) => Promise<void>
}): ShardCounts {
  const countShard = statement<{ n: number }>(`SELECT count(*) AS n FROM ${rows} WHERE msg_id = ? AND shard = ?`)
  const writtenAt = statement<{ at: number }>(`SELECT WRITETIME(n) AS at FROM ${counts} WHERE msg_id = ? AND shard = ?`)
  const saveShard = statement(`INSERT INTO ${counts} (msg_id, shard, n) VALUES (?, ?, ?) USING TIMESTAMP ?`)
  /** Large shards: when they were last counted. */
  const large = new RecentMap<string, { at: number; later: boolean }>(likeCountsHeld)

  async function recountNow(message: MessageId, shard: number): Promise<number> {
    // Whatever stands there now was counted earlier, also by a clock that is ahead of ours.
    const former = await db.one(writtenAt, [message, shard])
    const at = Math.max(clock.now() * 1_000, (former?.at ?? 0) + 1)
    const row = await db.one(countShard, [message, shard])
    const n = row?.n ?? 0
    await db.write(saveShard, [message, shard, n, at])
    if (n > recountLargeRows) large.set(`${message} ${shard}`, { at: clock.now(), later: false })
    await counted(message)
    return n
  }

  // Keys are texts: two numbers would need a map of maps.
  const recountShared = coalesceBy((key: string) => {
    const [message, shard] = key.split(' ').map(Number) as [MessageId, number]
    return recountNow(message, shard)
  })
  const recount = (message: MessageId, shard: number) => recountShared(`${message} ${shard}`)

  return {
    recount,
    async changed(message, shard) {
      const last = large.get(`${message} ${shard}`)
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
    },
  }
}
