import type { Id, UserId } from '../../core/ids.ts'
import { RecentMap } from '../../core/recent-map.ts'
import type { AuthorIndex } from './author-index.ts'
import type { EmbeddedDatabase } from './database.ts'

/** Authors whose count is held. */
const countsHeldMax = 100_000
/** An outbox that took this many rows to count has its count written down, so that the next one starts there. */
const rowsCountedMax = 1_000

/** How many messages each author has: counted from the outbox when asked, so that publishing writes no count. Exact. */
export class MessageCounts {
  readonly #held = new RecentMap<UserId, number>(countsHeldMax)
  readonly #database: EmbeddedDatabase
  readonly #index: AuthorIndex
  readonly #watermark: () => Id
  readonly #saved

  constructor(database: EmbeddedDatabase, index: AuthorIndex, watermark: () => Id) {
    this.#database = database
    this.#index = index
    this.#watermark = watermark
    this.#saved = database.reader.query('SELECT up_to, count FROM message_counts WHERE author = ?')
  }

  of(author: UserId): number {
    const held = this.#held.get(author)
    if (held !== undefined) return held
    const [saved] = this.#saved.values(author) as [Id, number][]
    const above = this.#index.count(author, saved?.[0] ?? 0)
    // Below the watermark no message appears any more: what is written down there stays true.
    const upTo = Math.min(this.#watermark() - 1, this.#index.indexedTo)
    if (above > rowsCountedMax && upTo > (saved?.[0] ?? 0)) {
      void this.#database.writer.write('saveMessageCount', author, upTo).catch(() => {})
    }
    const count = (saved?.[1] ?? 0) + above
    this.#held.set(author, count)
    return count
  }

  /** The author's messages changed. Forgotten, not adjusted: a count read since that commit has it already. */
  changed(author: UserId): void {
    this.#held.delete(author)
  }
}
