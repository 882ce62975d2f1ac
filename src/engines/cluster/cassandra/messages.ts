import { coalesceBy } from '../../../core/coalesce-by.ts'
import { type Id, type MessageId, timeOf, type UserId } from '../../../core/ids.ts'
import { frequentAuthorsKeptMax, storedIdsKeptMax, storeWithinMs } from '../../../core/limits.ts'
import { linkOf } from '../../../core/message.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Deletion, MessageRecord, MessageStore, NewMessage } from '../../../ports/messages.ts'
import type { SharedBodies } from '../shared-bodies.ts'
import { AuthorIndex } from './author-index.ts'
import { AuthorMonths } from './author-months.ts'
import { readTips } from './author-tips.ts'
import type { Background } from './background.ts'
import { type Cassandra, statement } from './client.ts'
import { Deletions } from './deletions.ts'
import type { LinkRows } from './link-rows.ts'
import type { OutboxFeed } from './outbox-feed.ts'
import { linkInRow, rowOf } from './outbox-jobs.ts'
import type { CassandraOutboxRows } from './outbox-rows.ts'
import { OwnMessages } from './own-messages.ts'
import { Recent } from './recent.ts'
import { unavailable } from './refusals.ts'
import { dayOf, minuteOf, outboxPlace, writtenFor } from './road-keys.ts'
import type { WriteTime } from './write-times.ts'

const find = statement<MessageRecord>('SELECT id, author, body FROM messages WHERE id = ?')
const insert = statement('INSERT INTO messages (id, author, body) VALUES (?, ?, ?) USING TIMESTAMP ?')
const removeRow = statement('DELETE FROM messages USING TIMESTAMP ? WHERE id = ?')
const markGone = statement('UPDATE outbox USING TIMESTAMP ? SET gone = true WHERE minute = ? AND shard = ? AND id = ?')
const noteMinute = statement('INSERT INTO outbox_minutes (day, minute) VALUES (?, ?)')

export interface CassandraMessages extends MessageStore {
  /** How many messages the author has. */
  count(author: UserId): Promise<number>
  /** To be awaited before a message is answered that another call has stored. */
  answering(author: UserId, id: MessageId): Promise<void>
  /** Another process has deleted a message. */
  heardDeletion(deletion: Deletion): void
}

export interface MessagesParts {
  readonly db: Cassandra
  readonly clock: Clock
  readonly writeTime: WriteTime
  readonly feed: OutboxFeed
  readonly outboxRows: CassandraOutboxRows
  readonly links: LinkRows
  /** The smallest id in flight of any live process. */
  readonly lowestInFlight: () => Id
  /** Whether this process may have taken the id itself, in this run. */
  readonly isOwn: (id: Id) => boolean
  readonly background: Background
  /** Bounds the newest messages held in memory. */
  readonly recentBytes: number
  /** Tells the author's inbox of a message of their own. */
  readonly tellOwn?: ((author: UserId, id: MessageId) => Promise<void>) | undefined
  readonly sharedBodies?: SharedBodies | undefined
  /** Takes a message out of the index of words. */
  readonly unindex: (message: MessageRecord, at: number) => Promise<void>
}

export function createCassandraMessages(parts: MessagesParts): CassandraMessages {
  const { db, clock, writeTime, feed, outboxRows, links, background, sharedBodies, unindex } = parts
  const index = new AuthorIndex(db, new AuthorMonths(db, clock))
  const recent = new Recent({ ...parts, index, stored, memoryBytes: parts.recentBytes })
  const deletions = new Deletions({ ...parts, remove, removed })
  const own = new OwnMessages({ clock, feed, index, lowestUndone: outboxRows.lowest.last, tell: parts.tellOwn })
  background.start('the deletions of the last days could not be read', (stop) => deletions.load(stop))
  const readOne = coalesceBy((id: MessageId) => db.one(find, [id]))
  /** Ids whose store was begun here: the next one looks first what the one before left. */
  const begun = new RecentMap<MessageId, true>(storedIdsKeptMax)
  const storing = new Map<MessageId, Promise<void>>()
  const minutesNoted = new RecentMap<number, true>(16)
  const frequent = new RecentMap<UserId, true>(frequentAuthorsKeptMax)

  async function stored(ids: readonly MessageId[]): Promise<boolean[]> {
    return (await Promise.all(ids.map(readOne))).map((record) => record !== undefined)
  }

  function removed(id: MessageId, author: UserId): void {
    recent.removed(author, id)
    sharedBodies?.gone(id)
  }

  async function remove(id: MessageId, author: UserId): Promise<void> {
    const message = await readOne(id)
    const link = message === undefined ? await linkInRow(db, id) : linkOf(message.body)
    const at = writeTime(writtenFor(id))
    await Promise.all([
      link && links.remove(id, author, link, at),
      message && unindex(message, at),
      db.write(removeRow, [at, id]),
      index.remove(author, id, at),
      db.write(markGone, [at, ...outboxPlace(id), id]),
    ])
    recent.removed(author, id)
    // What was read before that, and is on its way there, must not arrive: so this comes after.
    await sharedBodies?.forget(id)
  }

  /** Outbox rows of a minute are found by its mark: before the first of them. */
  async function markMinute(minute: number): Promise<void> {
    if (minutesNoted.get(minute)) return
    await db.write(noteMinute, [dayOf(minute), minute])
    minutesNoted.set(minute, true)
  }

  async function write(message: NewMessage): Promise<void> {
    const { id, author, body } = message
    own.storing(author, id)
    await markMinute(minuteOf(id))
    const link = linkOf(body)
    await db.write(...rowOf(message, link))
    outboxRows.lowest.stored(id)
    let visible: number
    try {
      await feed.appeared(id, author)
      visible = performance.now()
      const stored = [db.write(insert, [id, author, body, writtenFor(id)]), index.add(message)]
      if (link !== undefined) stored.push(links.add(id, author, link))
      await Promise.all(stored)
    } catch (error) {
      // `overloaded` would say that nothing was written.
      throw error instanceof Refusal && error.code === 'overloaded' ? unavailable(error) : error
    }
    recent.stored(author, id)
    await own.stored(author, id, visible)
  }

  /**
   * A message just taken an id for is not there. Any other may be: stored by a former try, of this or another process. The
   * write times would let the same content win, but of another content, written with the same time, any.
   */
  async function store(message: NewMessage): Promise<void> {
    const { id } = message
    const fresh = begun.get(id) === undefined && parts.isOwn(id) && clock.now() - timeOf(id) < storeWithinMs
    begun.set(id, true)
    if (!fresh && (await readOne(id)) !== undefined) await own.stored(message.author, id, performance.now())
    else await write(message)
  }

  return {
    async store(message) {
      const { id } = message
      const former = storing.get(id)
      const mine = former === undefined ? store(message) : former.catch(() => {}).then(() => store(message))
      storing.set(id, mine)
      try {
        await mine
      } finally {
        if (storing.get(id) === mine) storing.delete(id)
      }
    },

    abandon: remove,

    async many(ids) {
      return sharedBodies ? sharedBodies.many(ids, readOne) : Promise.all(ids.map(readOne))
    },

    async delete(id, author, stamp) {
      if ((await readOne(id))?.author !== author) return false
      await deletions.log({ stamp, id, author })
      return true
    },

    outbox: (author, below, limit) => index.entries(author, below, limit),
    newest: (authors, below, above, limit) => recent.newest(authors, below, above, limit),
    own: (author, below, above, limit, told) => own.own(author, below, above, limit, told),
    recent: (authors, limit) => recent.recent(authors, limit),
    tips: (author) => readTips(index, author, outboxRows.watermark, frequent),
    upward: (authors, above, limit) => recent.upward(authors, above, limit),
    deletions: (above, limit) => deletions.after(above, limit),
    deletionsHead: () => deletions.head(),
    heardDeletion: (deletion) => deletions.heard(deletion),
    count: (author) => index.count(author),
    answering: (author, id) => own.stored(author, id, performance.now()),
  }
}
