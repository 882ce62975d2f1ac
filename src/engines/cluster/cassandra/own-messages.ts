import { type Id, idMax, type MessageId, type UserId } from '../../../core/ids.ts'
import { ownReadsKeptMax, ownSeenMs, ownToldMs, storedIdsKeptMax } from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { OwnTold } from '../../../ports/messages.ts'
import type { AuthorIndex } from './author-index.ts'
import type { OutboxFeed } from './outbox-feed.ts'
import { OwnSeen } from './own-seen.ts'

export interface OwnParts {
  readonly clock: Clock
  readonly feed: OutboxFeed
  readonly index: Pick<AuthorIndex, 'down'>
  /** The last answer of `lowestUndone`: below it no message is undone. */
  readonly lowestUndone: () => Id
  /** Tells the author's inbox, which then tells every reader of it (`InboxHead.own`); may be refused. */
  readonly tell?: ((author: UserId, id: MessageId) => Promise<void>) | undefined
}

/** What an outbox held when the inbox told this. */
interface Read extends OwnTold {
  readonly above: Id
  /** All of the author's ids above `above`, largest first. */
  readonly ids: readonly MessageId[]
}

/**
 * Whether an author has messages that their inbox does not hold yet, without a look into their outbox at each newest page.
 * Two hear of each message that is stored, before it is answered:
 *
 * - The author's inbox, told by the process that stored it: each telling makes the inbox name another number, at least that
 *   id. So what the outbox held after the inbox had been read holds for as long as the inbox names the same number.
 * - Every process, by the outbox rows it reads. Where the inbox could not be told, the message is answered `ownToldMs`
 *   after its row was there. Who reads a page then either began to read rows less than `ownSeenMs` ago, so after the row was
 *   there, and knows of it; or looks into the outbox, for what it knows is too old.
 *
 * A retry that finds its message stored does not know whether anybody was told: it tells, before its key is finished.
 */
export class OwnMessages {
  readonly #parts: OwnParts
  readonly #seen: OwnSeen
  /** Or waited for. */
  readonly #told = new RecentMap<MessageId, true>(storedIdsKeptMax)
  readonly #read = new RecentMap<UserId, Read>(ownReadsKeptMax)

  constructor(parts: OwnParts) {
    this.#parts = parts
    this.#seen = new OwnSeen(parts.lowestUndone)
    parts.feed.listen((rows) => {
      for (const { id, author } of rows) if (author !== undefined) this.#seen.note(author, id)
    })
  }

  /** The message's row is about to be written. */
  storing(author: UserId, id: MessageId): void {
    this.#seen.note(author, id)
  }

  /** To be awaited before the stored message is answered. `visible`: since when its row is there (of `performance.now`). */
  async stored(author: UserId, id: MessageId, visible: number): Promise<void> {
    const { tell, clock } = this.#parts
    if (tell === undefined || this.#told.get(id)) return
    const waiting = new AbortController()
    const late = clock.sleep(Math.max(0, visible + ownToldMs - performance.now()), waiting.signal)
    try {
      await Promise.race([late, tell(author, id).catch(() => late)])
      this.#told.set(id, true)
    } finally {
      waiting.abort()
    }
  }

  /** As the port says. */
  async own(author: UserId, below: Id, above: Id, limit: number, told: OwnTold): Promise<MessageId[]> {
    const seen = this.#rowsAreKnown(above) ? this.#seen.above(author, above) : undefined
    if (seen?.length === 0 && told.own <= above) return []
    const read = this.#read.get(author)
    const same = read?.epoch === told.epoch && read.own === told.own && read.above <= above
    if (same && seen?.every((id) => read.ids.includes(id))) {
      return read.ids.filter((id) => id < below && id > above).slice(0, limit)
    }
    const ids = await this.#parts.index.down(Float64Array.of(author), below, above, limit)
    // While the inbox is away nothing is told, and nothing is kept.
    if (below > idMax && ids.length < limit && told.own < idMax)
      this.#read.set(author, { epoch: told.epoch, own: told.own, above, ids })
    return ids
  }

  #rowsAreKnown(above: Id): boolean {
    const { clock, feed } = this.#parts
    const age = clock.now() - feed.began()
    return age >= 0 && age <= ownSeenMs && above + 1 >= feed.start()
  }
}
