import { type MessageId, timeOf } from '../../../core/ids.ts'
import { likersAtOnce } from '../../../core/limits.ts'
import type { ReplyStore } from '../../../ports/replies.ts'
import { type Cassandra, statement } from './client.ts'

const shardsFrom = statement<{ shard: number }>(
  'SELECT shard FROM reply_counts WHERE msg_id = ? AND shard >= ? AND shard <= ? LIMIT ?',
)
const repliesFrom = statement<{ id: MessageId }>(
  'SELECT id FROM replies WHERE msg_id = ? AND shard = ? AND id > ? AND id < ? LIMIT ?',
)

const dayMs = 86_400_000
const dayOf = (id: MessageId) => Math.floor(timeOf(id) / dayMs)

/** Replies by day, upward: the days in which there are any are those that were counted. */
export function createCassandraReplies({ db }: { db: Cassandra }): ReplyStore {
  return {
    async replies(message, above, below, limit) {
      const found: MessageId[] = []
      const last = dayOf(below)
      for (let from = dayOf(above); found.length < limit && from <= last; ) {
        const days = await db.read(shardsFrom, [message, from, last, likersAtOnce])
        const rows = await Promise.all(
          days.map(({ shard }) => db.read(repliesFrom, [message, shard, above, below, limit])),
        )
        for (const { id } of rows.flat()) found.push(id)
        if (days.length < likersAtOnce) break
        from = days.at(-1)!.shard + 1
      }
      return found.slice(0, limit)
    },
  }
}
