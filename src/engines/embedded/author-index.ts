import { type Id, idMax, type MessageId, type UserId } from '../../core/ids.ts'
import type { Job, Mode, OutboxEntry } from '../../ports/messages.ts'
import { outboxFlags, type PackedPrev, unpackMode, unpackPrev } from './codes.ts'
import type { EmbeddedDatabase } from './database.ts'

/** Rows held here before they are carried into the table: 2 to 3 MB, and so much of a start's time. */
export const tailRowsMax = 16_384
/** Rows carried over in one operation: some 10 ms of the writer's time. */
const rowsAtOnce = 2_048
/** Authors asked between two turns of the event loop: about a millisecond. */
const authorsPerTurn = 128

/**
 * The outboxes: each author's messages in order. The newest ones are held in memory, all older ones stand in `by_author`.
 *
 * Inserted with its message, each index row would write a database page of its own, for the next author is another one:
 * seven kilobytes of log for a message of 250 bytes. The outbox row, written with the message, says all that the index
 * row says; so index rows are written behind, thousands at once in the order of the index (the idea is that of LSM trees:
 * O'Neil et al., 1996). A start reads the outbox rows above `indexed_to` again.
 */
export class AuthorIndex {
  readonly #database: EmbeddedDatabase
  readonly #down
  readonly #up
  readonly #entries
  readonly #count
  /** Up to this id `by_author` is complete; above it, this index holds everything. */
  #indexedTo: Id
  /** Up to this id rows are being carried over: one that comes now must write its index row itself. */
  #carryingTo: Id
  /** By author, smallest id first. */
  #tails = new Map<UserId, OutboxEntry[]>()
  #tailRows = 0
  #newest: Id = 0
  #carrying: Promise<void> | undefined

  constructor(database: EmbeddedDatabase) {
    this.#database = database
    const { reader, meta } = database
    const select = 'FROM by_author WHERE author = ? AND id > ? AND id < ? ORDER BY id'
    this.#down = reader.query(`SELECT id ${select} DESC LIMIT ?`)
    this.#up = reader.query(`SELECT id ${select} LIMIT ?`)
    this.#entries = reader.query(`SELECT id, mode, prev ${select} DESC LIMIT ?`)
    this.#count = reader.query('SELECT count(*) FROM by_author WHERE author = ? AND id > ? AND id <= ?')
    this.#indexedTo = meta.number('indexed_to') ?? 0
    this.#carryingTo = this.#indexedTo
    const rows = reader.query('SELECT id, author, flags, prev FROM outbox WHERE id > ? ORDER BY id')
    for (const [id, author, flags, prev] of rows.values(this.#indexedTo) as [Id, UserId, number, PackedPrev][]) {
      if (!(flags & outboxFlags.gone)) this.#hold(author, id, unpackMode(flags), unpackPrev(prev))
    }
  }

  /** Above this id the index table lacks rows: their outbox rows must stay. */
  get indexedTo(): Id {
    return this.#indexedTo
  }

  /** Whether a message that is about to be stored must write its index row itself. */
  writesOwn(id: MessageId): boolean {
    return id <= this.#carryingTo
  }

  /** A message was stored. */
  stored({ id, author, mode, prev }: Job): void {
    if (id <= this.#indexedTo) return
    this.#hold(author, id, mode, prev)
    if (this.#tailRows >= tailRowsMax && !this.#carrying) this.#carrying = this.#carry()
  }

  /** A message was deleted or abandoned. */
  removed(author: UserId, id: MessageId): void {
    const tail = this.#tails.get(author)
    const at = tail?.findLastIndex((entry) => entry.id === id) ?? -1
    if (at < 0) return
    tail!.splice(at, 1)
    this.#tailRows--
  }

  /** The author's entries with `above` < id < `below`, largest id first, at most `limit`. */
  entries(author: UserId, below: Id, above: Id, limit: number): OutboxEntry[] {
    const found: OutboxEntry[] = []
    const tail = this.#tails.get(author)
    if (tail) {
      for (let i = tail.length - 1; i >= 0 && found.length < limit && tail[i]!.id > above; i--) {
        if (tail[i]!.id < below) found.push(tail[i]!)
      }
    }
    const end = Math.min(below, this.#indexedTo + 1)
    if (found.length === limit || above >= end - 1) return found
    const rows = this.#entries.values(author, above, end, limit - found.length) as [MessageId, number, PackedPrev][]
    for (const [id, mode, prev] of rows) found.push({ id, mode: unpackMode(mode), prev: unpackPrev(prev) })
    return found
  }

  /** How many messages of the author's have a larger id. */
  count(author: UserId, above: Id): number {
    const [[indexed]] = this.#count.values(author, above, this.#indexedTo) as [[number]]
    const tail = this.#tails.get(author)
    return tail ? indexed + tail.filter(({ id }) => id > above).length : indexed
  }

  /** The largest ids with `above` < id < `below` of all `authors`, largest first, at most `limit`. */
  down(authors: Float64Array, below: Id, above: Id, limit: number): Promise<MessageId[]> {
    return this.#merge(
      authors,
      limit,
      (a, b) => b - a,
      (author, worst) => {
        const from = worst ?? above
        const rows = this.#down.values(author, from, Math.min(below, this.#indexedTo + 1), limit) as [MessageId][]
        return [...this.#tailIds(author, from, below), ...rows.map(([id]) => id)]
      },
    )
  }

  /** The smallest ids above `above` of all `authors`, smallest first, at most `limit`. */
  up(authors: Float64Array, above: Id, limit: number): Promise<MessageId[]> {
    return this.#merge(
      authors,
      limit,
      (a, b) => a - b,
      (author, worst) => {
        const end = worst ?? idMax
        const rows = this.#up.values(author, above, Math.min(end, this.#indexedTo + 1), limit) as [MessageId][]
        return [...rows.map(([id]) => id), ...this.#tailIds(author, above, end)]
      },
    )
  }

  /** Resolves once nothing is being carried over. */
  async settled(): Promise<void> {
    await this.#carrying
  }

  /**
   * One question an author; once `limit` ids are known, the worst of them bounds the questions that follow, so that most
   * of these touch one page of the index and find nothing.
   */
  async #merge(
    authors: Float64Array,
    limit: number,
    order: (a: number, b: number) => number,
    read: (author: UserId, worst: MessageId | undefined) => MessageId[],
  ): Promise<MessageId[]> {
    let found: MessageId[] = []
    let worst: MessageId | undefined
    for (let i = 0; i < authors.length; i++) {
      if (i > 0 && i % authorsPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve))
      found.push(...read(authors[i]!, worst))
      if (found.length >= 2 * limit || (worst === undefined && found.length >= limit)) {
        found = found.sort(order).slice(0, limit)
        worst = found.at(-1)
      }
    }
    return found.sort(order).slice(0, limit)
  }

  #tailIds(author: UserId, above: Id, below: Id): MessageId[] {
    const tail = this.#tails.get(author)
    if (!tail) return []
    return tail.filter(({ id }) => id > above && id < below).map(({ id }) => id)
  }

  #hold(author: UserId, id: MessageId, mode: Mode, prev: readonly MessageId[]): void {
    if (id > this.#newest) this.#newest = id
    const tail = this.#tails.get(author)
    if (!tail) this.#tails.set(author, [{ id, mode, prev }])
    else {
      let at = tail.length
      while (at > 0 && tail[at - 1]!.id > id) at--
      if (tail[at - 1]?.id === id) return
      tail.splice(at, 0, { id, mode, prev })
    }
    this.#tailRows++
  }

  /** Writes what is held into the table, in parts between which other writes go on. */
  async #carry(): Promise<void> {
    const { writer } = this.#database
    const [from, upTo] = [this.#indexedTo, this.#newest]
    this.#carryingTo = Math.max(this.#carryingTo, upTo)
    try {
      let at: [number, number] | undefined = [0, 0]
      while (at) at = await writer.write('indexSome', from, upTo, ...at, rowsAtOnce)
      await writer.write('indexedTo', upTo)
      this.#drop(upTo)
    } catch {
      // A full disk, or the end: what is held stays held, and the next message begins again.
    } finally {
      this.#carrying = undefined
    }
  }

  #drop(upTo: Id): void {
    const before = this.#tails
    this.#tails = new Map()
    this.#tailRows = 0
    this.#indexedTo = upTo
    for (const [author, tail] of before) {
      const rest = tail.filter(({ id }) => id > upTo)
      if (rest.length === 0) continue
      this.#tails.set(author, rest)
      this.#tailRows += rest.length
    }
  }
}
