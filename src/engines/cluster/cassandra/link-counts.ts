import type { MessageId } from '../../../core/ids.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Cassandra, statement } from './client.ts'
import type { LikeCounts } from './like-counts.ts'
import { createShardCounts, type ShardCounts } from './shard-counts.ts'

/** Boosts or replies, by shard; their sum stands beside the message's likes, where it is read (like-counts.ts). */
export function createLinkCounts({
  db,
  clock,
  kind,
  likeCounts,
}: {
  db: Cassandra
  clock: Clock
  kind: 'boosts' | 'replies'
  likeCounts: Pick<LikeCounts, 'forget'>
}): ShardCounts {
  const tables =
    kind === 'boosts' ? { rows: 'boosts_msg', counts: 'boost_counts' } : { rows: 'replies', counts: 'reply_counts' }
  const sum = statement<{ n: number | undefined }>(`SELECT sum(n) AS n FROM ${tables.counts} WHERE msg_id = ?`)
  const writtenAt = statement<{ at: number | undefined }>(
    `SELECT WRITETIME(${kind}) AS at FROM like_counts WHERE msg_id = ? LIMIT 1`,
  )
  const save = statement(`UPDATE like_counts USING TIMESTAMP ? SET ${kind} = ? WHERE msg_id = ?`)

  async function counted(message: MessageId): Promise<void> {
    const former = await db.one(writtenAt, [message])
    const at = Math.max(clock.now() * 1_000, (former?.at ?? 0) + 1)
    const total = (await db.one(sum, [message]))?.n ?? 0
    await db.write(save, [at, total, message])
    likeCounts.forget(message)
  }

  return createShardCounts({ db, clock, ...tables, counted })
}
