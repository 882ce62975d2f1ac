import type { Id, MessageId, UserId } from '../../../core/ids.ts'
import { ownAuthorsMax, ownSeenIdsMax } from '../../../core/limits.ts'

interface Seen {
  /** In the order in which they were seen. */
  ids: MessageId[]
  /** Ids at and below were forgotten, though they may have been undone. */
  lost: Id
}

/** Ids of messages that may be undone, by author, as this process heard of them: it stored them, or read their rows. */
export class OwnSeen {
  readonly #authors = new Map<UserId, Seen>()
  readonly #lowestUndone: () => Id
  /** As `Seen.lost`, of all authors. */
  #lost: Id = 0
  #tidyAt = 1_024

  constructor(lowestUndone: () => Id) {
    this.#lowestUndone = lowestUndone
  }

  note(author: UserId, id: MessageId): void {
    const seen = this.#authors.get(author)
    if (seen === undefined) {
      this.#authors.set(author, { ids: [id], lost: 0 })
      if (this.#authors.size >= this.#tidyAt) this.#tidy()
    } else if (!seen.ids.includes(id)) {
      seen.ids.push(id)
      if (seen.ids.length > ownSeenIdsMax) shorten(seen, this.#lowestUndone())
    }
  }

  /** The author's ids above `above`; undefined where some may have been forgotten. */
  above(author: UserId, above: Id): readonly MessageId[] | undefined {
    const seen = this.#authors.get(author)
    if (above < Math.max(this.#lost, seen?.lost ?? 0)) return undefined
    return seen === undefined ? [] : seen.ids.filter((id) => id > above)
  }

  #tidy(): void {
    const undone = this.#lowestUndone()
    for (const [author, { ids }] of this.#authors) if (ids.every((id) => id < undone)) this.#authors.delete(author)
    if (this.#authors.size >= ownAuthorsMax) {
      for (const { ids } of this.#authors.values()) this.#lost = Math.max(this.#lost, ...ids)
      this.#authors.clear()
    }
    this.#tidyAt = Math.min(ownAuthorsMax, Math.max(1_024, 2 * this.#authors.size))
  }
}

function shorten(seen: Seen, undone: Id): void {
  seen.ids = seen.ids.filter((id) => id >= undone)
  while (seen.ids.length > ownSeenIdsMax) seen.lost = Math.max(seen.lost, seen.ids.shift()!)
}
