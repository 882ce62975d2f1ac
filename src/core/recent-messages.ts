import { IdHeap } from './id-heap.ts'
import type { Id, MessageId, UserId } from './ids.ts'
import type { UserNumbers } from './user-numbers.ts'

/** Entries of one slab: the step in which memory is taken, 1 MB. */
const slabEntries = 65_536
/** DESIGN.md, "Cold readers": the newest messages of all authors. 2M entries are 32 MB. */
const entriesMax = 2_097_152
const entryBytes = 16
/** Entries of one author passed over for one page; a page that lies deeper asks the database for that author. */
const stepsMax = 2_000
/** Numbers from here up stand for authors who are not among the users. */
const strangerBase = 0x8000_0000

/** In a link, above the slot: the message is hot. Slots end at `entriesMax`, far below. */
const hotBit = 0x8000_0000

/** Slot + 1 in links and heads; 0 ends a chain. */
interface Slab {
  readonly ids: Float64Array
  readonly authors: Uint32Array
  readonly links: Uint32Array
}

/** What memory gave for a set of authors. */
export interface RecentAnswer {
  ids: MessageId[]
  /** Authors whose chains were too long to walk: nothing of theirs is among `ids`. */
  unread: UserId[]
}

/**
 * The newest messages of all authors, packed in a ring: 16 bytes a message, and for each author a chain through the
 * ring from newest to oldest. `reach` is the largest id not covered: above it no message is missing.
 *
 * New messages go in at the front, older ones (from the backward scan after a start) at the back; when the ring is full,
 * the front overwrites the back. A link is followed only to a slot that holds a smaller id of the same author: one that
 * was overwritten holds another author's, or a newer one, and so ends the chain.
 */
export class RecentMessages {
  /** The ring gives way to new messages: everything at and below this id was overwritten. 0 while it is not full. */
  overwritten: Id = 0
  /** From this id down the messages of earlier runs are not in the ring (yet). */
  #unscanned: Id
  readonly #numbers: UserNumbers
  readonly #capacity: number
  readonly #slabs: (Slab | undefined)[]
  /** Sequence numbers of the oldest entry and of the next new one; slot = sequence modulo capacity. */
  #first = 0
  #next = 0
  /** By author number. */
  #heads: Uint32Array<ArrayBuffer> = new Uint32Array(1_024)
  /** The oldest entry of each author, known while the scan runs. */
  #tails: Uint32Array<ArrayBuffer> | undefined = new Uint32Array(1_024)
  readonly #strangers = new Map<UserId, number>()
  readonly #strangerHeads: number[] = []
  readonly #strangerTails: number[] = []
  readonly #heap = new IdHeap()

  /** `memoryBytes` bounds the ring; ids up to `unscanned` are in the database from earlier. */
  constructor(numbers: UserNumbers, memoryBytes: number, unscanned: Id) {
    this.#numbers = numbers
    const slabs = Math.floor(Math.min(entriesMax, memoryBytes / entryBytes) / slabEntries)
    this.#capacity = Math.max(1, slabs) * slabEntries
    this.#slabs = new Array(Math.max(1, slabs)).fill(undefined)
    this.#unscanned = unscanned
  }

  get reach(): Id {
    return Math.max(this.overwritten, this.#unscanned)
  }

  get size(): number {
    return this.#next - this.#first
  }

  get full(): boolean {
    return this.size === this.#capacity
  }

  /** A message was stored; whether it was not there before. */
  append(author: UserId, id: MessageId, hot = false): boolean {
    const number = this.#numberOf(author, true)
    const slot = this.#next % this.#capacity
    // The place in the author's chain is looked for before the slot, which may hold its oldest entry, is overwritten.
    let newer = 0
    let older = this.#follow(this.#head(number), number, Number.POSITIVE_INFINITY)
    while (older !== 0 && this.#id(older) > id) {
      newer = older
      older = this.#follow(this.#link(older), number, this.#id(older))
    }
    if (older !== 0 && this.#id(older) === id) return false
    if (older === slot + 1) older = 0
    if (this.full) this.#overwrite(slot)
    this.#next++
    this.#write(slot, id, number, older, hot)
    if (newer === 0) this.#setHead(number, slot + 1)
    // Where the newer one itself was overwritten, what led to it leads here now.
    else if (newer !== slot + 1) this.#setLink(newer, slot + 1)
    if (older === 0) this.#setTail(number, slot + 1)
    return true
  }

  /** The scan found an older message; false when there is no more room. Ids must come downward. */
  appendOlder(author: UserId, id: MessageId, hot = false): boolean {
    if (this.full) return false
    const number = this.#numberOf(author, true)
    const tail = this.#tail(number)
    // Also stored since the start, hence there already, when it is not below what the chain holds.
    if (tail === 0 || this.#id(tail) > id) {
      this.#first--
      const slot = this.#slot(this.#first)
      this.#write(slot, id, number, 0, hot)
      if (tail === 0) this.#setHead(number, slot + 1)
      else this.#setLink(tail, slot + 1)
      this.#setTail(number, slot + 1)
    }
    this.#unscanned = id - 1
    return true
  }

  /** The scan has ended: what lies at and below `from` is not in the ring. */
  endScan(from: Id): void {
    this.#unscanned = from
    this.#tails = undefined
    this.#strangerTails.length = 0
  }

  /** The message was deleted or abandoned. */
  remove(author: UserId, id: MessageId): void {
    const number = this.#numberOf(author, false)
    let newer = 0
    let at = this.#follow(this.#head(number), number, Number.POSITIVE_INFINITY)
    while (at !== 0 && this.#id(at) > id) {
      newer = at
      at = this.#follow(this.#link(at), number, this.#id(at))
    }
    if (at === 0 || this.#id(at) !== id) return
    const older = this.#follow(this.#link(at), number, id)
    if (newer === 0) this.#setHead(number, older)
    else this.#setLink(newer, older)
    if (older === 0) this.#setTail(number, newer)
    this.#setLink(at, 0)
  }

  /** The author's newest message; `none` when there never was one, undefined when memory does not tell. */
  newestOf(author: UserId): { id: MessageId; hot: boolean } | 'none' | undefined {
    const number = this.#numberOf(author, false)
    const at = this.#follow(this.#head(number), number, Number.POSITIVE_INFINITY)
    if (at !== 0) return { id: this.#id(at), hot: this.#slab(at).links[(at - 1) & 0xffff]! >= hotBit }
    return this.reach === 0 ? 'none' : undefined
  }

  /** The largest ids with `above` < id < `below`, largest first, at most `limit`, as far as they lie above `reach`. */
  newest(authors: Float64Array, below: Id, above: Id, limit: number): RecentAnswer {
    const lowest = Math.max(above, this.reach)
    const unread: UserId[] = []
    if (below <= lowest + 1) return { ids: [], unread }
    const heap = this.#heap
    heap.clear()
    for (const author of authors) {
      const number = this.#numberOf(author, false)
      let at = this.#follow(this.#head(number), number, Number.POSITIVE_INFINITY)
      let steps = 0
      while (at !== 0 && this.#id(at) >= below && steps++ < stepsMax) {
        at = this.#follow(this.#link(at), number, this.#id(at))
      }
      if (at === 0) continue
      const id = this.#id(at)
      if (id >= below) unread.push(author)
      else if (id > lowest) heap.push(id, at)
    }
    const ids: MessageId[] = []
    while (heap.size > 0 && ids.length < limit) {
      const at = heap.topTag
      const id = heap.top
      ids.push(id)
      const older = this.#follow(this.#link(at), this.#author(at), id)
      if (older !== 0 && this.#id(older) > lowest) heap.replaceTop(this.#id(older), older)
      else heap.pop()
    }
    return { ids, unread }
  }

  /** The smallest ids above `above`, which must not lie below `reach`; smallest first, at most `limit`. */
  upward(authors: Float64Array, above: Id, limit: number): RecentAnswer {
    const unread: UserId[] = []
    // The smallest so far, the largest of them on top.
    const heap = this.#heap
    heap.clear()
    for (const author of authors) {
      const number = this.#numberOf(author, false)
      let at = this.#follow(this.#head(number), number, Number.POSITIVE_INFINITY)
      let steps = 0
      const first = at
      while (at !== 0 && this.#id(at) > above && steps++ < stepsMax) {
        at = this.#follow(this.#link(at), number, this.#id(at))
      }
      if (steps > stepsMax) {
        unread.push(author)
        continue
      }
      for (at = first; steps > 0; steps--) {
        const id = this.#id(at)
        if (heap.size < limit) heap.push(id, at)
        else if (id < heap.top) heap.replaceTop(id, at)
        at = this.#link(at)
      }
    }
    return { ids: heap.ids().sort((a, b) => a - b), unread }
  }

  #overwrite(slot: number): void {
    const id = this.#id(slot + 1)
    if (id > this.overwritten) this.overwritten = id
    this.#first++
  }

  /** The author's number; 0 when unknown and not to be added. */
  #numberOf(author: UserId, add: boolean): number {
    const stranger = this.#strangers.size > 0 ? this.#strangers.get(author) : undefined
    if (stranger !== undefined) return stranger
    const number = this.#numbers.number(author)
    if (number !== 0 || !add) return number
    const added = strangerBase + this.#strangers.size
    this.#strangers.set(author, added)
    return added
  }

  /** `at` when it holds an entry of this author below `below`, else 0. */
  #follow(at: number, number: number, below: Id): number {
    if (at === 0) return 0
    const slot = at - 1
    const slab = this.#slabs[slot >>> 16]!
    const i = slot & 0xffff
    return slab.authors[i] === number && slab.ids[i]! < below ? at : 0
  }

  #slot(sequence: number): number {
    const slot = sequence % this.#capacity
    return slot < 0 ? slot + this.#capacity : slot
  }

  #slab(at: number): Slab {
    return this.#slabs[(at - 1) >>> 16]!
  }

  #id(at: number): MessageId {
    return this.#slab(at).ids[(at - 1) & 0xffff]!
  }

  #author(at: number): number {
    return this.#slab(at).authors[(at - 1) & 0xffff]!
  }

  #link(at: number): number {
    return this.#slab(at).links[(at - 1) & 0xffff]! % hotBit
  }

  #setLink(at: number, to: number): void {
    const { links } = this.#slab(at)
    const i = (at - 1) & 0xffff
    links[i] = links[i]! - (links[i]! % hotBit) + to
  }

  #write(slot: number, id: MessageId, number: number, link: number, hot: boolean): void {
    let slab = this.#slabs[slot >>> 16]
    if (!slab) {
      slab = {
        ids: new Float64Array(slabEntries),
        authors: new Uint32Array(slabEntries),
        links: new Uint32Array(slabEntries),
      }
      this.#slabs[slot >>> 16] = slab
    }
    const i = slot & 0xffff
    slab.ids[i] = id
    slab.authors[i] = number
    slab.links[i] = hot ? link + hotBit : link
  }

  #head(number: number): number {
    return (number >= strangerBase ? this.#strangerHeads[number - strangerBase] : this.#heads[number]) ?? 0
  }

  #setHead(number: number, to: number): void {
    if (number >= strangerBase) {
      this.#strangerHeads[number - strangerBase] = to
      return
    }
    if (number >= this.#heads.length) this.#heads = grown(this.#heads, number)
    this.#heads[number] = to
  }

  #tail(number: number): number {
    return (number >= strangerBase ? this.#strangerTails[number - strangerBase] : this.#tails![number]) ?? 0
  }

  #setTail(number: number, to: number): void {
    if (!this.#tails) return
    if (number >= strangerBase) {
      this.#strangerTails[number - strangerBase] = to
      return
    }
    if (number >= this.#tails.length) this.#tails = grown(this.#tails, number)
    this.#tails[number] = to
  }
}

function grown(array: Uint32Array<ArrayBuffer>, index: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(index + 1, array.length * 2))
  larger.set(array)
  return larger
}
