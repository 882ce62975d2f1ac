import type { MessageId, UserId } from '../../core/ids.ts'
import type { HotEntry } from '../../ports/hot-log.ts'

/**
 * The hot log in memory: entries by position, and each author's ids upward. A page asks the authors, a few hundred in a
 * large community, instead of walking days of entries that its reader may not follow.
 */
export class HotCopy {
  /** The newest position, also when every entry was forgotten. */
  head: number
  /** The largest id forgotten. */
  forgotten: MessageId
  /** Upward by position. */
  #entries: HotEntry[] = []
  #byAuthor = new Map<UserId, MessageId[]>()

  constructor(head: number, forgotten: MessageId) {
    this.head = head
    this.forgotten = forgotten
  }

  /** Adds the entry unless its position is there; returns the one that is. */
  add(entry: HotEntry): HotEntry {
    const at = this.#firstAfter(entry.position - 1)
    const present = this.#entries[at]
    if (present?.position === entry.position) return present
    // Answers of the writer come in order; were one early, it would find its place all the same.
    this.#entries.splice(at, 0, entry)
    if (entry.position > this.head) this.head = entry.position
    const ids = this.#byAuthor.get(entry.author)
    if (!ids) this.#byAuthor.set(entry.author, [entry.id])
    else ids.splice(firstAtLeast(ids, entry.id), 0, entry.id)
    return entry
  }

  after(position: number, limit: number): HotEntry[] {
    if (position >= this.head) return []
    const at = this.#firstAfter(position)
    return this.#entries.slice(at, at + limit)
  }

  page(below: MessageId, wanted: (author: UserId) => boolean, limit: number): MessageId[] {
    const found: MessageId[] = []
    for (const [author, ids] of this.#byAuthor) {
      if (!wanted(author)) continue
      const end = firstAtLeast(ids, below)
      for (let i = Math.max(0, end - limit); i < end; i++) found.push(ids[i]!)
    }
    found.sort((a, b) => b - a)
    return found.length > limit ? found.slice(0, limit) : found
  }

  forget(below: MessageId): void {
    const kept: HotEntry[] = []
    for (const entry of this.#entries) {
      if (entry.id >= below) kept.push(entry)
      else if (entry.id > this.forgotten) this.forgotten = entry.id
    }
    if (kept.length === this.#entries.length) return
    this.#entries = kept
    for (const [author, ids] of this.#byAuthor) {
      const first = firstAtLeast(ids, below)
      if (first === ids.length) this.#byAuthor.delete(author)
      else if (first > 0) this.#byAuthor.set(author, ids.slice(first))
    }
  }

  #firstAfter(position: number): number {
    const entries = this.#entries
    let low = 0
    let high = entries.length
    if (high === 0 || entries[high - 1]!.position <= position) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (entries[middle]!.position <= position) low = middle + 1
      else high = middle
    }
    return low
  }
}

/** Index of the first id that is `id` or larger. */
function firstAtLeast(ids: readonly number[], id: number): number {
  let low = 0
  let high = ids.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ids[middle]! < id) low = middle + 1
    else high = middle
  }
  return low
}
