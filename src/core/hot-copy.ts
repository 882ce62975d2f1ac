import type { MessageId, UserId } from './ids.ts'

/** An entry of the hot log (ports/hot-log.ts). */
export interface HotCopyEntry {
  readonly position: number
  readonly id: MessageId
  readonly author: UserId
  readonly crossed: boolean
}

const firstCapacity = 256

/**
 * The hot log in memory: entries by position, packed (17 bytes each), and each author's ids upward. A page asks the
 * authors, a few hundred in a large community, instead of walking days of entries that its reader may not follow.
 */
export class HotCopy {
  /** The newest position, also when every entry was forgotten. */
  head: number
  /** The largest id forgotten. */
  forgotten: MessageId
  /** The position at index 0 of the arrays; an id of 0 there is a place whose entry was forgotten. */
  #first = 1
  #length = 0
  #ids = new Float64Array(firstCapacity)
  #authors = new Float64Array(firstCapacity)
  #crossed = new Uint8Array(firstCapacity)
  #byAuthor = new Map<UserId, MessageId[]>()

  constructor(head: number, forgotten: MessageId) {
    this.head = head
    this.forgotten = forgotten
  }

  /** The position of the oldest entry held; `head` + 1 when there is none. */
  get oldest(): number {
    return this.#length === 0 ? this.head + 1 : this.#first
  }

  /** Adds the entry unless its position is there; returns the one that is. */
  add(entry: HotCopyEntry): HotCopyEntry {
    const { position, id, author, crossed } = entry
    const present = this.#at(position)
    if (present !== undefined) return present
    if (this.#length === 0) this.#first = position
    if (position < this.#first) this.#makeRoomBefore(position)
    const index = position - this.#first
    this.#reserve(index + 1)
    this.#length = Math.max(this.#length, index + 1)
    this.#ids[index] = id
    this.#authors[index] = author
    this.#crossed[index] = crossed ? 1 : 0
    if (position > this.head) this.head = position
    const ids = this.#byAuthor.get(author)
    if (!ids) this.#byAuthor.set(author, [id])
    else ids.splice(firstAtLeast(ids, id), 0, id)
    return entry
  }

  /** The entry of this message, if it is held. */
  find(id: MessageId, author: UserId): HotCopyEntry | undefined {
    const ids = this.#byAuthor.get(author)
    if (ids === undefined || ids[firstAtLeast(ids, id)] !== id) return undefined
    return this.#at(this.#first + this.#ids.lastIndexOf(id, this.#length - 1))
  }

  after(position: number, limit: number): HotCopyEntry[] {
    const found: HotCopyEntry[] = []
    const last = this.#first + this.#length - 1
    for (let at = Math.max(position + 1, this.#first); at <= last && found.length < limit; at++) {
      const entry = this.#at(at)
      if (entry !== undefined) found.push(entry)
    }
    return found
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

  /** Forgets the entries whose id lies below. */
  forget(below: MessageId): void {
    for (let i = 0; i < this.#length; i++) {
      const id = this.#ids[i]!
      if (id === 0 || id >= below) continue
      this.#ids[i] = 0
      if (id > this.forgotten) this.forgotten = id
    }
    this.#dropFront()
    for (const [author, ids] of this.#byAuthor) {
      const first = firstAtLeast(ids, below)
      if (first === ids.length) this.#byAuthor.delete(author)
      else if (first > 0) this.#byAuthor.set(author, ids.slice(first))
    }
  }

  #at(position: number): HotCopyEntry | undefined {
    const index = position - this.#first
    if (index < 0 || index >= this.#length) return undefined
    const id = this.#ids[index]!
    return id === 0 ? undefined : { position, id, author: this.#authors[index]!, crossed: this.#crossed[index] === 1 }
  }

  #dropFront(): void {
    let gone = 0
    while (gone < this.#length && this.#ids[gone] === 0) gone++
    if (gone === 0) return
    this.#ids.copyWithin(0, gone, this.#length)
    this.#authors.copyWithin(0, gone, this.#length)
    this.#crossed.copyWithin(0, gone, this.#length)
    this.#ids.fill(0, this.#length - gone, this.#length)
    this.#first += gone
    this.#length -= gone
  }

  #makeRoomBefore(position: number): void {
    const room = this.#first - position
    this.#reserve(this.#length + room)
    this.#ids.copyWithin(room, 0, this.#length)
    this.#authors.copyWithin(room, 0, this.#length)
    this.#crossed.copyWithin(room, 0, this.#length)
    this.#ids.fill(0, 0, room)
    this.#first = position
    this.#length += room
  }

  #reserve(length: number): void {
    if (length <= this.#ids.length) return
    const capacity = Math.max(length, this.#ids.length * 2)
    const grown = <T extends Float64Array | Uint8Array>(from: T, to: T): T => {
      to.set(from)
      return to
    }
    this.#ids = grown(this.#ids, new Float64Array(capacity))
    this.#authors = grown(this.#authors, new Float64Array(capacity))
    this.#crossed = grown(this.#crossed, new Uint8Array(capacity))
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
