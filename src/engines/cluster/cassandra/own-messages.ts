import { type Id, idMax, type MessageId, type UserId } from '../../../core/ids.ts'
import { ownAuthorsMax, ownReadsKeptMax, ownSeenMs, ownToldMs } from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { OwnTold } from '../../../ports/messages.ts'
import type { AuthorIndex } from './author-index.ts'
import type { OutboxFeed } from './outbox-feed.ts'

export interface OwnParts {
  readonly clock: Clock
  readonly feed: OutboxFeed
  readonly index: Pick<AuthorIndex, 'down'>
  /** The last answer of `lowestUndone`: below it no message is undone. */
  readonly lowestUndone: () => Id
  /** Tells the author's inbox, which then tells every reader of it (`InboxHead.own`); may be refused. */
  readonly tell?: ((author: UserId, id: MessageId) => Promise<void>) | undefined
}

/** Nothing stood in the outbox above this id when the inbox told this. */
interface Empty extends OwnTold {
  readonly above: Id
}

/**
 * Whether an author has messages that their inbox does not hold yet, without a look into their outbox at each newest page.
 * Two hear of each message before it is answered, and before anybody can find it in the store:
 *
 * - The author's inbox, told by the process that stores it: the head of a page that is read later names this id or a larger
 *   one.
 * - Every process, by the outbox rows it reads. Where the inbox could not be told within `ownToldMs`, the message is
 *   answered that much after its row was there. Who reads a page then either began to read rows less than `ownSeenMs` ago,
 *   so after the row was there, and knows of it; or looks into the outbox, for what it knows is too old.
 *
 * An inbox that was just made names an id of that moment. So that nothing was found in the outbox is kept for as long as
 * neither tells of anything new.
 */
export class OwnMessages {
  readonly #parts: OwnParts
  /** By author, the newest id of theirs that may be undone. */
  #newest = new Map<UserId, MessageId>()
  readonly #empty = new RecentMap<UserId, Empty>(ownReadsKeptMax)
  /** Ids at and below were dropped while they may have been undone. */
  #dropped: Id = 0
  #tidyAt = 1_024

  constructor(parts: OwnParts) {
    this.#parts = parts
    parts.feed.listen((rows) => {
      for (const { id, author } of rows) if (author !== undefined) this.#note(author, id)
    })
  }

  /** To be called when the row is about to be written; the wait, when it is there, before the message is written. */
  storing(author: UserId, id: MessageId): () => Promise<void> | undefined {
    this.#note(author, id)
    const { tell, clock } = this.#parts
    if (tell === undefined) return () => undefined
    let told = false
    const telling = tell(author, id).then(
      () => {
        told = true
      },
      // Nobody waits for a refusal: the time passes.
      () => new Promise<void>(() => {}),
    )
    return () => {
      if (told) return undefined
      const waiting = new AbortController()
      const toldOrLate = Promise.race([telling, clock.sleep(ownToldMs, waiting.signal)])
      return toldOrLate.finally(() => waiting.abort())
    }
  }

  /** As the port says. */
  async own(author: UserId, below: Id, above: Id, limit: number, told: OwnTold): Promise<MessageId[]> {
    const { epoch, own } = told
    const nothingSeen = this.#newestOf(author, above) <= above
    if (nothingSeen && own <= above) return []
    const empty = this.#empty.get(author)
    if (nothingSeen && empty !== undefined && empty.epoch === epoch && empty.own === own && empty.above <= above)
      return []
    const ids = await this.#parts.index.down(Float64Array.of(author), below, above, limit)
    if (ids.length === 0 && below > idMax) this.#empty.set(author, { epoch, own, above })
    return ids
  }

  #newestOf(author: UserId, above: Id): Id {
    const { clock, feed } = this.#parts
    const age = clock.now() - feed.began()
    const inDoubt = age < 0 || age > ownSeenMs || above + 1 < feed.start() || above < this.#dropped
    return inDoubt ? idMax : (this.#newest.get(author) ?? 0)
  }

  #note(author: UserId, id: MessageId): void {
    const known = this.#newest.get(author)
    if (known !== undefined && known >= id) return
    this.#newest.set(author, id)
    if (this.#newest.size >= this.#tidyAt) this.#tidy()
  }

  #tidy(): void {
    const undone = this.#parts.lowestUndone()
    for (const [author, id] of this.#newest) if (id < undone) this.#newest.delete(author)
    if (this.#newest.size >= ownAuthorsMax) {
      for (const id of this.#newest.values()) this.#dropped = Math.max(this.#dropped, id)
      this.#newest.clear()
    }
    this.#tidyAt = Math.min(ownAuthorsMax, Math.max(1_024, 2 * this.#newest.size))
  }
}
