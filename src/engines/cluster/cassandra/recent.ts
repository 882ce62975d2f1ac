import { type Id, idAt, idMax, type MessageId, timeOf, type UserId } from '../../../core/ids.ts'
import { fewAuthors, outboxKeptMs, removedIdsHeldMax, settleMs } from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import { RecentMessages } from '../../../core/recent-messages.ts'
import { UserNumbers } from '../../../core/user-numbers.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { AuthorIndex } from './author-index.ts'
import type { Background } from './background.ts'
import type { Cassandra } from './client.ts'
import { type FeedRow, isUndone, type OutboxFeed } from './outbox-feed.ts'
import { outboxReading, walkDown } from './outbox-walk.ts'

const columns = outboxReading<FeedRow>('id, author, state, gone')

/** What the trim of outbox rows may have taken by now, in ms: the scan ends that much before the oldest row is kept. */
const trimMarginMs = 120_000

export interface RecentParts {
  readonly db: Cassandra
  readonly clock: Clock
  readonly feed: OutboxFeed
  readonly index: AuthorIndex
  /** Which of these messages are in the store. */
  readonly stored: (ids: readonly MessageId[]) => Promise<boolean[]>
  readonly memoryBytes: number
  readonly background: Background
}

/** What memory gave, and down to where. */
interface Taken {
  ids: MessageId[]
  readonly unread: Float64Array
  readonly reach: Id
}

/**
 * The newest messages of all authors in memory, so that rebuilding an inbox, a page or a catching up does not cost a store
 * read per followee. Fed by the outbox rows: what appeared before a question is read before its answer (`OutboxFeed`: one
 * reading for all who ask meanwhile), and what is older, once, by a scan backward after the start. What memory does not
 * reach is read from the outboxes.
 *
 * An outbox row is written before its message, so the message may still be on its way. An answer must not name it then: its
 * fan-out, which comes after, would find it in an inbox already and not deliver it. Rows that were undone when they were
 * first seen are therefore *unsure*: the store is asked for those in the answer, by nature a few. An id of `settleMs` ago
 * was stored or never will be.
 */
export class Recent {
  readonly #parts: RecentParts
  readonly #numbers = new UserNumbers()
  #ring: RecentMessages
  #scanning = false
  /** In the order in which they were seen. */
  readonly #unsure = new Set<MessageId>()
  /** Deleted or abandoned lately: rows read before that must not bring them back. */
  readonly #removed = new RecentMap<MessageId, true>(removedIdsHeldMax)

  constructor(parts: RecentParts) {
    this.#parts = parts
    this.#ring = this.#newRing()
    parts.feed.onRestart(() => {
      this.#ring = this.#newRing()
      this.#unsure.clear()
      this.#scanning = false
    })
    parts.feed.listen((rows) => {
      for (const row of rows) this.#told(row)
      this.#forgetOld()
    })
  }

  /** This process stored a message. */
  stored(author: UserId, id: MessageId): void {
    this.#add(author, id)
    this.#unsure.delete(id)
  }

  /** A message was deleted or abandoned. */
  removed(author: UserId, id: MessageId): void {
    this.#removed.set(id, true)
    this.#unsure.delete(id)
    this.#ring.remove(author, id)
  }

  /** The largest ids with `above` < id < `below`, largest first, at most `limit`. */
  async newest(authors: Float64Array, below: Id, above: Id, limit: number): Promise<MessageId[]> {
    const { index, feed } = this.#parts
    if (authors.length <= fewAuthors) return index.down(authors, below, above, limit)
    if (below > feed.unread() || !this.#scanning) await this.#readOn()
    const taken = await this.#take(limit, (wanted) => this.#ring.newest(authors, below, above, wanted))
    if (taken.unread.length > 0) {
      const more = await index.down(taken.unread, below, Math.max(above, taken.reach), limit)
      taken.ids = [...taken.ids, ...more].sort((a, b) => b - a).slice(0, limit)
    }
    const { ids, reach } = taken
    if (ids.length === limit || above >= reach) return ids
    return [...ids, ...(await index.down(authors, Math.min(below, reach + 1), above, limit - ids.length))]
  }

  /** Out of memory alone. */
  async recent(authors: Float64Array, limit: number): Promise<{ ids: MessageId[]; reach: MessageId }> {
    await this.#readOn()
    const { ids, reach } = await this.#take(limit, (wanted) => this.#ring.newest(authors, idMax + 1, 0, wanted))
    // What the limit cut off lies below the last one.
    return { ids, reach: ids.length === limit ? Math.max(reach, (ids.at(-1) ?? idMax) - 1) : reach }
  }

  /** The smallest ids above `above`, smallest first, at most `limit`. */
  async upward(authors: Float64Array, above: Id, limit: number): Promise<MessageId[]> {
    const { index } = this.#parts
    if (authors.length <= fewAuthors || above < this.#ring.reach) return index.up(authors, above, limit)
    await this.#readOn()
    const taken = await this.#take(limit, (wanted) => this.#ring.upward(authors, above, wanted))
    // Memory may have given way meanwhile.
    if (above < taken.reach) return index.up(authors, above, limit)
    if (taken.unread.length === 0) return taken.ids
    const more = await index.up(taken.unread, above, limit)
    return [...taken.ids, ...more].sort((a, b) => a - b).slice(0, limit)
  }

  /** What appeared before the question; the scan of what is older begins with the first one. */
  async #readOn(): Promise<void> {
    await this.#parts.feed.refresh()
    if (this.#scanning) return
    this.#scanning = true
    this.#parts.background.start('the newest messages could not be read into memory', (stop) => this.#scan(stop))
  }

  /** Reads what is older than the feed, newest first, until memory is full or the rows end. */
  async #scan(stop: AbortSignal): Promise<void> {
    const { db, clock } = this.#parts
    const ring = this.#ring
    const oldest = idAt(clock.now() - outboxKeptMs + trimMarginMs)
    try {
      for await (const rows of walkDown(db, columns, oldest, ring.reach)) {
        for (const { id, author, gone } of rows) {
          if (stop.aborted || ring !== this.#ring) return
          if (author === undefined || gone || this.#removed.get(id)) continue
          this.#number(author)
          if (!ring.appendOlder(author, id)) return ring.endScan(ring.reach)
        }
      }
      ring.endScan(Math.max(0, oldest - 1))
    } catch (error) {
      // The next question goes on where this one came to.
      if (ring === this.#ring) this.#scanning = false
      throw error
    }
  }

  #newRing(): RecentMessages {
    return new RecentMessages(this.#numbers, this.#parts.memoryBytes, this.#parts.feed.start() - 1)
  }

  /** At most `limit` ids, without those that are not in the store (yet). */
  async #take(limit: number, ask: (wanted: number) => { ids: MessageId[]; unread: UserId[] }): Promise<Taken> {
    for (let more = 0; ; more = 2 * more + 16) {
      const { ids, unread } = ask(limit + more)
      const { reach } = this.#ring
      const sure = await this.#sure(ids)
      if (sure.length >= limit || ids.length < limit + more) {
        return { ids: sure.slice(0, limit), unread: Float64Array.from(unread), reach }
      }
    }
  }

  async #sure(ids: MessageId[]): Promise<MessageId[]> {
    const asked = ids.filter((id) => this.#unsure.has(id))
    if (asked.length === 0) return ids
    const there = await this.#parts.stored(asked)
    const missing = new Set<MessageId>()
    asked.forEach((id, i) => {
      if (there[i]) this.#unsure.delete(id)
      else missing.add(id)
    })
    return missing.size === 0 ? ids : ids.filter((id) => !missing.has(id))
  }

  #told(row: FeedRow): void {
    const { id, author } = row
    if (author === undefined || this.#removed.get(id)) return
    if (row.gone) this.removed(author, id)
    else if (this.#add(author, id) && isUndone(row)) this.#unsure.add(id)
    else if (!isUndone(row)) this.#unsure.delete(id)
  }

  #add(author: UserId, id: MessageId): boolean {
    this.#number(author)
    return this.#ring.append(author, id)
  }

  /** Authors are numbered as they are met. */
  #number(author: UserId): void {
    if (this.#numbers.number(author) === 0) this.#numbers.add(this.#numbers.largest + 1, author)
  }

  #forgetOld(): void {
    const settled = this.#parts.clock.now() - settleMs
    for (const id of this.#unsure) {
      if (timeOf(id) >= settled) return
      this.#unsure.delete(id)
    }
  }
}
