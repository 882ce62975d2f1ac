import { type Id, idMax, type MessageId, type UserId } from '../../core/ids.ts'
import { RecentMap } from '../../core/recent-map.ts'
import type { Job, Mode } from '../../ports/messages.ts'
import type { AuthorIndex } from './author-index.ts'

export interface Tips {
  readonly newest: MessageId
  readonly mode: Mode
  readonly tips: { id: MessageId; mode: Mode }[]
}

/** Authors whose tips are held: those who published lately. */
const authorsHeldMax = 20_000
/** Rows read at once for an author whose tips are not held. */
const rowsRead = 32

/** For each author the newest message and those that no other one names as its `prev`: held, or read from the outbox. */
export class AuthorTips {
  readonly #held = new RecentMap<UserId, Tips>(authorsHeldMax)
  readonly #index: AuthorIndex
  readonly #watermark: () => Id

  constructor(index: AuthorIndex, watermark: () => Id) {
    this.#index = index
    this.#watermark = watermark
  }

  of(author: UserId): Tips {
    const held = this.#held.get(author)
    if (held) return held
    const read = this.#read(author)
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
