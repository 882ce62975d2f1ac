import { type MessageId, timeOf, type UserId } from '../../../core/ids.ts'
import type { Link } from '../../../core/message.ts'
import { type Cassandra, statement } from './client.ts'
import type { Dirty } from './dirty.ts'
import { bucketOf, shardOf } from './likes.ts'
import { writtenFor } from './road-keys.ts'
import type { ShardCounts } from './shard-counts.ts'

const insertReply = statement('INSERT INTO replies (msg_id, shard, id) VALUES (?, ?, ?) USING TIMESTAMP ?')
const removeReply = statement('DELETE FROM replies USING TIMESTAMP ? WHERE msg_id = ? AND shard = ? AND id = ?')
const insertBoost = statement(
  'INSERT INTO boosts_msg (msg_id, shard, id, user_id) VALUES (?, ?, ?, ?) USING TIMESTAMP ?',
)
const removeBoost = statement('DELETE FROM boosts_msg USING TIMESTAMP ? WHERE msg_id = ? AND shard = ? AND id = ?')
const removeClaim = statement<{ id?: MessageId }>(
  'DELETE FROM boosts_user WHERE user_id = ? AND bucket = ? AND msg_id = ? IF id = ?',
)
const readClaim = statement<{ id?: MessageId }>(
  'SELECT id FROM boosts_user WHERE user_id = ? AND bucket = ? AND msg_id = ?',
)

const dayMs = 86_400_000

/** Replies stand by the day of their id, in its order; boosts by who boosts. */
export function linkShard(id: MessageId, author: UserId, { kind }: Link): number {
  return kind === 'reply' ? Math.floor(timeOf(id) / dayMs) : shardOf(author)
}

/** The write of a reply's or boost's row. */
export function insertLink(db: Cassandra, id: MessageId, author: UserId, link: Link): Promise<void> {
  const { message } = link
  const shard = linkShard(id, author, link)
  return link.kind === 'reply'
    ? db.write(insertReply, [message, shard, id, writtenFor(id)])
    : db.write(insertBoost, [message, shard, id, author, writtenFor(id)])
}

/** The rows by which a message's replies and boosts are found and counted: they come and go with those of the message. */
export interface LinkRows {
  /** Resolves once the row is durable and counted. */
  add(id: MessageId, author: UserId, link: Link): Promise<void>
  /** Likewise; `at`: the time of writing, beyond that of what is removed. */
  remove(id: MessageId, author: UserId, link: Link, at: number): Promise<void>
}

export function createLinkRows({
  db,
  dirty,
  boosts,
  replies,
}: {
  db: Cassandra
  dirty: Dirty
  boosts: ShardCounts
  replies: ShardCounts
}): LinkRows {
  async function change(id: MessageId, author: UserId, link: Link, work: (shard: number) => Promise<unknown>) {
    const shard = linkShard(id, author, link)
    await dirty.mark(link.kind === 'reply' ? 'replies' : 'boosts', link.message, shard)
    await work(shard)
    await (link.kind === 'reply' ? replies : boosts).changed(link.message, shard)
  }

  return {
    add: (id, author, link) => change(id, author, link, () => insertLink(db, id, author, link)),
    remove: (id, author, link, at) =>
      change(id, author, link, (shard) => {
        const { message } = link
        if (link.kind === 'reply') return db.write(removeReply, [at, message, shard, id])
        const claim = [author, bucketOf(message), message]
        return Promise.all([
          db.write(removeBoost, [at, message, shard, id]),
          db.lwt(removeClaim, [...claim, id], { read: readClaim, values: claim, mine: (row) => row?.id !== id }),
        ])
      }),
  }
}
