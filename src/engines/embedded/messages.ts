import { type Id, idAt, idMax, type MessageId, type UserId } from '../../core/ids.ts'
import { deletionsAgeMs } from '../../core/limits.ts'
import { linkOf } from '../../core/message.ts'
import type { RecentMessages } from '../../core/recent-messages.ts'
import type { MessageStore } from '../../ports/messages.ts'
import type { Retention } from '../../ports/retention.ts'
import { AuthorIndex } from './author-index.ts'
import { AuthorTips } from './author-tips.ts'
import { packJobFlags, packPrev } from './codes.ts'
import type { EmbeddedCounts } from './counts.ts'
import type { EmbeddedDatabase } from './database.ts'
import { DeletionLog } from './deletion-log.ts'
import { MessageCounts } from './message-counts.ts'
import type { EmbeddedOutboxRows } from './outbox-rows.ts'

export interface EmbeddedMessages extends MessageStore {
  count(author: UserId): number
  /** From this id on outbox rows stand for index rows that are still to be written. */
  rowsNeededFrom(): Id
  /** As `Retention.expire`. */
  readonly expire: Retention['expire']
  /** Forgets deletions older than `deletionsAgeMs`. */
  forgetDeletions(now: number): Promise<void>
}

export function createEmbeddedMessages(
  database: EmbeddedDatabase,
  recent: RecentMessages,
  rows: EmbeddedOutboxRows,
  responses: EmbeddedCounts,
): EmbeddedMessages {
  const { reader, writer } = database
  const find = reader.query('SELECT author, body FROM messages WHERE id = ?')
  const index = new AuthorIndex(database)
  const tips = new AuthorTips(index, recent, rows.settledBelow)
  const counts = new MessageCounts(database, index, rows.settledBelow)
  const deletions = new DeletionLog()
  const logged = reader.query('SELECT stamp, id, author FROM deletions ORDER BY stamp').values()
  for (const [stamp, id, author] of logged as [Id, MessageId, UserId][]) deletions.add({ stamp, id, author })

  /** `linked`: what the message answered or boosted, 0 for most. */
  function removed(id: MessageId, author: UserId, linked: MessageId): void {
    if (linked > 0) responses.changed(linked)
    index.removed(author, id)
    recent.remove(author, id)
    tips.removed(author)
    counts.changed(author)
  }

  async function newest(authors: Float64Array, below: Id, above: Id, limit: number): Promise<MessageId[]> {
    const { ids, unread } = recent.newest(authors, below, above, limit)
    const reach = recent.reach
    if (unread.length > 0) {
      const more = await index.down(Float64Array.from(unread), below, Math.max(above, reach), limit)
      ids.push(...more)
      ids.sort((a, b) => b - a)
      ids.length = Math.min(ids.length, limit)
    }
    if (ids.length === limit || above >= reach) return ids
    return [...ids, ...(await index.down(authors, Math.min(below, reach + 1), above, limit - ids.length))]
  }

  return {
    async store(message) {
      const { id, author, body, mode, prev } = message
      const indexed = index.writesOwn(id)
      if (!(await writer.write('store', id, author, packJobFlags(message), packPrev(prev), body, indexed))) return
      rows.added(message)
      index.stored(message)
      recent.append(author, id, mode === 'hot')
      tips.stored(message)
      counts.changed(author)
      const link = linkOf(body)
      if (link !== undefined) responses.changed(link.message)
    },

    async abandon(id, author) {
      const linked = await writer.write('abandon', id, author)
      if (linked !== undefined) removed(id, author, linked)
    },

    async many(ids) {
      return ids.map((id) => {
        const [row] = find.values(id) as [UserId, string][]
        return row && { id, author: row[0], body: row[1] }
      })
    },

    async delete(id, author, stamp) {
      const deleted = await writer.write('delete', id, author, stamp)
      if (deleted === undefined) return false
      const [logged, linked] = deleted
      removed(id, author, linked)
      deletions.add({ stamp: logged, id, author })
      return true
    },

    async outbox(author, below, limit) {
      return index.entries(author, below, 0, limit)
    },

    newest,
    own: (author, below, above, limit) => newest(Float64Array.of(author), below, above, limit),

    async recent(authors, limit) {
      const { ids } = recent.newest(authors, idMax, 0, limit)
      // What the limit cut off lies below the last one.
      return { ids, reach: ids.length === limit ? Math.max(recent.reach, (ids.at(-1) ?? idMax) - 1) : recent.reach }
    },

    async tips(author) {
      return tips.of(author)
    },

    async upward(authors, above, limit) {
      if (above < recent.reach) return index.up(authors, above, limit)
      const { ids, unread } = recent.upward(authors, above, limit)
      if (unread.length === 0) return ids
      const more = await index.up(Float64Array.from(unread), above, limit)
      return [...ids, ...more].sort((a, b) => a - b).slice(0, limit)
    },

    async deletions(above, limit) {
      return deletions.after(above, limit)
    },

    async deletionsHead() {
      return deletions.head
    },

    async expire(below, limit) {
      const { ids, authors, linked, more } = await writer.write('expire', below, limit)
      for (const [i, id] of ids.entries()) removed(id, authors[i]!, linked[i]!)
      return { taken: ids, more }
    },

    count: (author) => counts.of(author),
    rowsNeededFrom: () => index.indexedTo,

    async forgetDeletions(now) {
      const below = idAt(now - deletionsAgeMs)
      await writer.write('trimDeletions', below)
      deletions.forget(below)
    },
  }
}
