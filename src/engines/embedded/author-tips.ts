import { type Id, idMax, type MessageId, type UserId } from '../../core/ids.ts'
import { RecentMap } from '../../core/recent-map.ts'
import type { RecentMessages } from '../../core/recent-messages.ts'
import type { Job, Mode } from '../../ports/messages.ts'
import type { AuthorIndex } from './author-index.ts'

export interface Tips {
  readonly newest: MessageId
  readonly mode: Mode
  readonly tips: { id: MessageId; mode: Mode }[]
}

/** Authors whose tips are held, about 250 B each: those of the last 15 s, above the watermark, at DESIGN.md's 2,778 messages a second. */
const authorsHeldMax = 49_152
/** Rows read at once for an author whose tips are not held. */
const rowsRead = 32

/**
 * For each author the newest message and those that no other one names as its `prev`: held, or known from the recent
 * messages in memory (nearly always, for one who did not publish for some seconds), or read from the outbox.
 */
export class AuthorTips {
  readonly #held = new RecentMap<UserId, Tips>(authorsHeldMax)
  readonly #index: AuthorIndex
  readonly #recent: Pick<RecentMessages, 'newestOf'>
  readonly #watermark: () => Id

  constructor(index: AuthorIndex, recent: Pick<RecentMessages, 'newestOf'>, watermark: () => Id) {
    this.#index = index
    this.#recent = recent
    this.#watermark = watermark
  }

  of(author: UserId): Tips {
    const held = this.#held.get(author)
    if (held) return held
    const read = this.#fromRecent(author) ?? this.#read(author)
    this.#held.set(author, read)
    return read
  }

  stored({ id, author, mode, prev }: Job): void {
    const held = this.#held.get(author)
    if (!held) return
    const tips = held.tips.filter((tip) => tip.id !== id && !prev.includes(tip.id))
    tips.push({ id, mode })
    this.#held.set(author, id > held.newest ? { newest: id, mode, tips } : { ...held, tips })
  }

  /** A message of the author's is gone: what it named may be a tip again. */
  removed(author: UserId): void {
    this.#held.delete(author)
  }

  /** Below the watermark all is done: then the newest one is all there is to know, and memory knows it. */
  #fromRecent(author: UserId): Tips | undefined {
    const newest = this.#recent.newestOf(author)
    if (newest === 'none') return { newest: 0, mode: 'pushed', tips: [] }
    if (newest === undefined || newest.id >= this.#watermark()) return undefined
    return { newest: newest.id, mode: newest.hot ? 'hot' : 'pushed', tips: [] }
  }

  /** The newest row, and all from the watermark on: what lies below is done. */
  #read(author: UserId): Tips {
    const watermark = this.#watermark()
    const named = new Set<MessageId>()
    const tips: { id: MessageId; mode: Mode }[] = []
    let newest: { id: MessageId; mode: Mode } | undefined
    let below: Id = idMax
    for (;;) {
      const rows = this.#index.entries(author, below, 0, newest ? rowsRead : 1)
      for (const { id, mode, prev } of rows) {
        if (newest && id < watermark) return { newest: newest.id, mode: newest.mode, tips }
        newest ??= { id, mode }
        if (!named.has(id)) tips.push({ id, mode })
        for (const before of prev) named.add(before)
        below = id
      }
      if (rows.length === 0) return { newest: newest?.id ?? 0, mode: newest?.mode ?? 'pushed', tips }
    }
  }
}
