import type { Id, MessageId } from '../../core/ids.ts'
import { inboxIdsMin } from '../../core/limits.ts'
import type { InboxHead } from '../../ports/inbox.ts'
import { ChunkPool, chunkIds, chunkSlabBits, chunkSlabMask } from './inbox-chunks.ts'

/** A ring is 8 chunks. When all are full the oldest is dropped, so 7 of them are always held. */
const ringChunks = 8
const ringIds = ringChunks * chunkIds
if ((ringChunks - 1) * chunkIds < inboxIdsMin)
  throw new Error('a ring of these chunks holds fewer than inboxIdsMin ids')

/** The first arrival of every epoch. What is put beneath takes the positions below, which nobody is told. */
const firstPosition = 2 ** 20

/** Readers of one slab: 1.2 MB of heads. */
const readerBits = 14
const readerMask = (1 << readerBits) - 1

/** Readers whose inboxes are fetched into the processor's caches at once. */
const warmedAtOnce = 64

/** Inboxes compared for one eviction, as Redis samples its keys: near to the least recently read, at a bounded cost. */
const evictionSamples = 32

/**
 * The heads of 16,384 readers: one cache line a reader, and all that a delivery reads or writes but the id's own place.
 * Doubles: 0 epoch (0: no inbox), 1 largest id, 2 floor. Words over the same bytes: 6 lowest position held, 7 next
 * position, 8 to 15 the chunks; position p stands in chunk `(p >>> 6) & 7`.
 */
class ReaderSlab {
  readonly heads = new Float64Array(8 << readerBits)
  readonly words = new Uint32Array(this.heads.buffer)
  /** Unix ms. */
  readonly lastRead = new Float64Array(1 << readerBits)
  readonly online = new Uint8Array(1 << readerBits)
}

const largestAt = 1
const floorAt = 2
const lowAt = 6
const nextAt = 7
const chunksAt = 8

interface Build {
  readonly builder: number
  readonly deadline: number
}

/**
 * Inboxes as rings of message ids in typed arrays, one a reader number: what src/ports/inbox.ts promises, synchronously.
 * No object and no allocation a reader, and a delivery touches two cache lines. Beyond `bytesMax` of chunks, inboxes of
 * offline readers who have not read for long are forgotten; they are made anew when read.
 */
export class InboxRings {
  readonly #slabs: ReaderSlab[] = []
  readonly #pool: ChunkPool
  readonly #building = new Map<number, Build>()
  #hand = 0
  #inboxes = 0
  #evicted = 0

  constructor(bytesMax: number) {
    this.#pool = new ChunkPool(bytesMax)
  }

  get stats(): { inboxes: number; bytes: number; chunks: number; evicted: number } {
    const heads = this.#slabs.length * (readerMask + 1) * (64 + 8 + 1)
    return {
      inboxes: this.#inboxes,
      bytes: heads + this.#pool.bytes,
      chunks: this.#pool.used,
      evicted: this.#evicted,
    }
  }

  /** Appends the id to the inboxes of `readers` that exist; for those online pushes reader, epoch, position to `reached`. */
  deliver(id: MessageId, readers: Uint32Array, reached: number[]): void {
    for (let from = 0; from < readers.length; from += warmedAtOnce) {
      const to = Math.min(from + warmedAtOnce, readers.length)
      // Positions are whole below 2^31: 60 years at one arrival a second.
      if (this.#warm(readers, from, to) < 0) throw new Error('an inbox has run out of positions')
      this.#append(id, readers, from, to, reached)
    }
  }

  /**
   * Reads what `#append` is about to touch. Its accesses wait for one another, these do not, so the processor fetches
   * many lines at a time: a third less time when the inboxes lie in memory and not in its caches. Returns what was read,
   * mixed, so that it is read; below 0 when a position is too large.
   */
  #warm(readers: Uint32Array, from: number, to: number): number {
    const slabs = this.#slabs
    const chunks = this.#pool.slabs
    let touched = 0
    for (let i = from; i < to; i++) {
      const reader = readers[i]!
      const slab = slabs[reader >>> readerBits]
      if (slab !== undefined) touched |= slab.words[((reader & readerMask) << 4) + nextAt]!
    }
    for (let i = from; i < to; i++) {
      const reader = readers[i]!
      const slab = slabs[reader >>> readerBits]
      if (slab === undefined) continue
      const words = slab.words
      const head = (reader & readerMask) << 4
      const next = words[head + nextAt]!
      const chunk = words[head + chunksAt + ((next >>> 6) & 7)]!
      if (chunk !== 0) touched |= chunks[chunk >>> chunkSlabBits]![((chunk & chunkSlabMask) << 6) | (next & 63)]! & 1
    }
    return touched
  }

  #append(id: MessageId, readers: Uint32Array, from: number, to: number, reached: number[]): void {
    const slabs = this.#slabs
    const chunks = this.#pool.slabs
    for (let i = from; i < to; i++) {
      const reader = readers[i]!
      const slab = slabs[reader >>> readerBits]
      if (slab === undefined) continue
      const index = reader & readerMask
      const heads = slab.heads
      const epoch = heads[index << 3]!
      if (epoch === 0) continue
      if (id > heads[(index << 3) + largestAt]!) heads[(index << 3) + largestAt] = id
      else if (this.#holds(slab, index, id)) continue
      const words = slab.words
      const next = words[(index << 4) + nextAt]!
      let chunk = words[(index << 4) + chunksAt + ((next >>> 6) & 7)]!
      if ((next & 63) === 0) {
        chunk = this.#beginChunk(slab, reader, next, chunk)
        if (chunk === 0) continue
      }
      chunks[chunk >>> chunkSlabBits]![((chunk & chunkSlabMask) << 6) | (next & 63)] = id
      words[(index << 4) + nextAt] = next + 1
      if (slab.online[index] !== 0) reached.push(reader, epoch, next)
    }
  }

  /** Undefined when absent or building. */
  head(reader: number, now: number): InboxHead | undefined {
    const slab = this.#ready(reader, now)
    return slab && headOf(slab, reader & readerMask)
  }

  after(
    reader: number,
    epoch: number,
    position: number,
    limit: number,
    now: number,
  ): { head: InboxHead; ids: MessageId[] } | undefined {
    const slab = this.#ready(reader, now)
    if (slab === undefined) return undefined
    const index = reader & readerMask
    const head = headOf(slab, index)
    if (head.epoch !== epoch || position < head.oldest - 1) return undefined
    const ids: MessageId[] = []
    const end = Math.min(head.position, position + limit)
    for (let p = position + 1; p <= end; p++) ids.push(this.#at(slab, index, p))
    return { head, ids }
  }

  page(reader: number, below: Id, limit: number, now: number): { head: InboxHead; ids: MessageId[] } | undefined {
    const slab = this.#ready(reader, now)
    if (slab === undefined) return undefined
    const index = reader & readerMask
    const head = headOf(slab, index)
    const ids: MessageId[] = []
    const low = slab.words[(index << 4) + lowAt]!
    // Newest arrivals first, so ids come almost in order and an insertion is almost always at the end.
    for (let p = head.position; p >= low && limit > 0; p--) {
      const id = this.#at(slab, index, p)
      if (id >= below || id <= head.floor) continue
      let i = ids.length
      if (i === limit) {
        if (id < ids[i - 1]!) continue
        i--
      }
      while (i > 0 && ids[i - 1]! < id) {
        ids[i] = ids[i - 1]!
        i--
      }
      ids[i] = id
    }
    return { head, ids }
  }

  create(
    reader: number,
    epoch: number,
    builder: number,
    now: number,
    deadline: number,
  ): 'created' | 'building' | 'ready' {
    const slab = this.#slabFor(reader)
    const index = reader & readerMask
    if (slab.heads[index << 3] !== 0) {
      const build = this.#building.get(reader)
      if (build === undefined) return 'ready'
      if (now <= build.deadline) return 'building'
      this.forget(reader)
    }
    this.#inboxes++
    slab.heads[index << 3] = epoch
    slab.words[(index << 4) + lowAt] = firstPosition
    slab.words[(index << 4) + nextAt] = firstPosition
    slab.lastRead[index] = now
    this.#building.set(reader, { builder, deadline })
    return 'created'
  }

  complete(reader: number, epoch: number, builder: number, ids: readonly MessageId[], floor: Id): boolean {
    const slab = this.#existing(reader)
    if (slab === undefined || this.#building.get(reader)?.builder !== builder) return false
    const index = reader & readerMask
    if (slab.heads[index << 3] !== epoch) return false
    raiseFloor(slab, index, floor)
    // Making room may find no other inbox to forget; then this one goes, and the builder starts anew.
    if (!this.#putBeneath(slab, reader, ids)) return false
    this.#building.delete(reader)
    return true
  }

  backfill(reader: number, ids: readonly MessageId[], floor: Id): void {
    const slab = this.#existing(reader)
    if (slab === undefined) return
    raiseFloor(slab, reader & readerMask, floor)
    this.#putBeneath(slab, reader, ids)
  }

  forget(reader: number): void {
    const slab = this.#existing(reader)
    if (slab === undefined) return
    const index = reader & readerMask
    for (let slot = 0; slot < ringChunks; slot++) {
      const chunk = slab.words[(index << 4) + chunksAt + slot]!
      if (chunk !== 0) this.#pool.give(chunk)
    }
    slab.heads.fill(0, index << 3, (index + 1) << 3)
    this.#building.delete(reader)
    this.#inboxes--
  }

  /** Forgets among the readers of slab `slabIndex`; undefined past the last slab. In steps, so that callers can pause. */
  forgetDormant(before: number, slabIndex: number): number | undefined {
    const slab = this.#slabs[slabIndex]
    if (slab === undefined) return undefined
    let count = 0
    for (let index = 0; index <= readerMask; index++) {
      if (slab.heads[index << 3] === 0 || slab.online[index] !== 0 || slab.lastRead[index]! >= before) continue
      this.forget((slabIndex << readerBits) | index)
      count++
    }
    return count
  }

  setOnline(reader: number, online: boolean, now: number): void {
    const slab = this.#slabFor(reader)
    slab.online[reader & readerMask] = online ? 1 : 0
    slab.lastRead[reader & readerMask] = now
  }

  #slabFor(reader: number): ReaderSlab {
    while (this.#slabs.length <= reader >>> readerBits) this.#slabs.push(new ReaderSlab())
    return this.#slabs[reader >>> readerBits]!
  }

  /** The slab of a reader who has an inbox. */
  #existing(reader: number): ReaderSlab | undefined {
    const slab = this.#slabs[reader >>> readerBits]
    return slab !== undefined && slab.heads[(reader & readerMask) << 3] !== 0 ? slab : undefined
  }

  /** The slab of a reader whose inbox answers; notes the read. */
  #ready(reader: number, now: number): ReaderSlab | undefined {
    const slab = this.#existing(reader)
    if (slab === undefined || (this.#building.size > 0 && this.#building.has(reader))) return undefined
    slab.lastRead[reader & readerMask] = now
    return slab
  }

  #at(slab: ReaderSlab, index: number, position: number): MessageId {
    const chunk = slab.words[(index << 4) + chunksAt + ((position >>> 6) & 7)]!
    return this.#pool.slabs[chunk >>> chunkSlabBits]![((chunk & chunkSlabMask) << 6) | (position & 63)]!
  }

  #holds(slab: ReaderSlab, index: number, id: MessageId): boolean {
    const low = slab.words[(index << 4) + lowAt]!
    for (let p = slab.words[(index << 4) + nextAt]! - 1; p >= low; p--) if (this.#at(slab, index, p) === id) return true
    return false
  }

  /** The chunk for positions from `next` on; `oldest` is what stands in its slot. 0: no memory, the inbox is forgotten. */
  #beginChunk(slab: ReaderSlab, reader: number, next: number, oldest: number): number {
    const index = reader & readerMask
    if (oldest !== 0) {
      const end = next - ringIds + chunkIds
      let dropped = 0
      for (let p = slab.words[(index << 4) + lowAt]!; p < end; p++) {
        dropped = Math.max(dropped, this.#at(slab, index, p))
      }
      raiseFloor(slab, index, dropped)
      slab.words[(index << 4) + lowAt] = end
      return oldest
    }
    const chunk = this.#takeChunk(reader)
    if (chunk === 0) this.forget(reader)
    else slab.words[(index << 4) + chunksAt + ((next >>> 6) & 7)] = chunk
    return chunk
  }

  #takeChunk(reader: number): number {
    let chunk = this.#pool.take()
    while (chunk === 0 && this.#evict(reader)) chunk = this.#pool.take()
    return chunk
  }

  /** Forgets one offline reader's inbox, never that of `except`; false when there is none. */
  #evict(except: number): boolean {
    const readers = this.#slabs.length << readerBits
    let oldest = 0
    let oldestRead = Number.POSITIVE_INFINITY
    for (let step = 0, sampled = 0; step < readers && sampled < evictionSamples; step++) {
      this.#hand = this.#hand + 1 < readers ? this.#hand + 1 : 0
      const slab = this.#slabs[this.#hand >>> readerBits]!
      const index = this.#hand & readerMask
      if (slab.heads[index << 3] === 0 || slab.online[index] !== 0 || this.#hand === except) continue
      if (slab.words[(index << 4) + lowAt] === slab.words[(index << 4) + nextAt]) continue
      sampled++
      if (slab.lastRead[index]! < oldestRead) {
        oldestRead = slab.lastRead[index]!
        oldest = this.#hand
      }
    }
    if (oldest === 0) return false
    this.forget(oldest)
    this.#evicted++
    return true
  }

  /**
   * Puts `ids` and what already lies beneath in order of id, the largest next to the arrivals, so that the smallest are
   * the first to be dropped. Once an arrival was dropped there is no room, and all are left out. False: no memory, the
   * inbox is forgotten.
   */
  #putBeneath(slab: ReaderSlab, reader: number, ids: readonly MessageId[]): boolean {
    const index = reader & readerMask
    const { heads, words } = slab
    const low = words[(index << 4) + lowAt]!
    const next = words[(index << 4) + nextAt]!
    const floor = heads[(index << 3) + floorAt]!
    const fresh = new Set<MessageId>()
    for (const id of ids) if (id > floor && !this.#holds(slab, index, id)) fresh.add(id)
    if (fresh.size === 0) return true
    const beneath = [...fresh]
    const oldest = Math.max(low, firstPosition)
    for (let p = low; p < oldest; p++) beneath.push(this.#at(slab, index, p))
    beneath.sort((a, b) => b - a)

    const lowest = (((next - 1) >>> 6) + 1 - ringChunks) << 6
    const room = Math.min(beneath.length, oldest - lowest)
    for (let i = 0; i < room; i++) {
      const position = oldest - 1 - i
      const slot = (index << 4) + chunksAt + ((position >>> 6) & 7)
      if (words[slot] === 0) {
        const chunk = this.#takeChunk(reader)
        if (chunk === 0) {
          this.forget(reader)
          return false
        }
        words[slot] = chunk
      }
      const chunk = words[slot]!
      this.#pool.slabs[chunk >>> chunkSlabBits]![((chunk & chunkSlabMask) << 6) | (position & 63)] = beneath[i]!
    }
    words[(index << 4) + lowAt] = oldest - room
    if (room < beneath.length) raiseFloor(slab, index, beneath[room]!)
    if (room > 0 && beneath[0]! > heads[(index << 3) + largestAt]!) heads[(index << 3) + largestAt] = beneath[0]!
    return true
  }
}

function headOf(slab: ReaderSlab, index: number): InboxHead {
  const { heads, words } = slab
  return {
    epoch: heads[index << 3]!,
    position: words[(index << 4) + nextAt]! - 1,
    oldest: Math.max(firstPosition, words[(index << 4) + lowAt]!),
    floor: heads[(index << 3) + floorAt]!,
    largest: heads[(index << 3) + largestAt]!,
  }
}

function raiseFloor(slab: ReaderSlab, index: number, id: Id): void {
  const at = (index << 3) + floorAt
  if (id > slab.heads[at]!) slab.heads[at] = id
}
