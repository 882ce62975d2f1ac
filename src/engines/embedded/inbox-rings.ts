import type { Id, MessageId } from '../../core/ids.ts'
import { inboxIdsMin } from '../../core/limits.ts'
import type { FloorSeen, InboxHead } from '../../ports/inbox.ts'
import { ChunkPool, chunkIds, chunkSlabBits, chunkSlabMask } from './inbox-chunks.ts'
import {
  chunksAt,
  firstPosition,
  floorAt,
  headBytes,
  InboxHeads,
  largestAt,
  lowAt,
  nextAt,
  ringChunks,
} from './inbox-heads.ts'

/** When all chunks of a ring are full the oldest is dropped, so all but one are always held. */
const ringIds = ringChunks * chunkIds
if (ringIds - chunkIds < inboxIdsMin) throw new Error('a ring of these chunks holds fewer than inboxIdsMin ids')

/** Readers whose inboxes are fetched into the processor's caches at once. */
const warmedAtOnce = 64

/** Inboxes compared for one eviction, as Redis samples its keys: near to the least recently read, at a bounded cost. */
const evictionSamples = 32
/** Heads looked at for one eviction, about a millisecond's worth: where nearly everyone is online, few can go. */
const evictionSteps = 131_072

/** Readers looked at in one step of `forgetDormant`. */
const dormantStep = 16_384

interface Build {
  readonly builder: number
  readonly deadline: number
}

type Page = { head: InboxHead; ids: MessageId[] }

/**
 * Inboxes as rings of message ids in typed arrays, one a reader number: what src/ports/inbox.ts promises, synchronously.
 * Position p of a ring stands in its chunk `(p >>> 6) & 7`. No object and no allocation a reader, and a delivery touches
 * two cache lines. Beyond `bytesMax` of chunks, inboxes of offline readers who have not read for long are forgotten; they
 * are made anew when read.
 */
export class InboxRings {
  readonly #heads: InboxHeads
  readonly #pool: ChunkPool
  readonly #building = new Map<number, Build>()
  #hand = 0
  #inboxes = 0
  #evicted = 0

  constructor(bytesMax: number, readersExpected = 0) {
    this.#pool = new ChunkPool(bytesMax)
    this.#heads = new InboxHeads(readersExpected)
  }

  get stats(): { inboxes: number; bytes: number; chunks: number; evicted: number } {
    return {
      inboxes: this.#inboxes,
      bytes: this.#heads.capacity * headBytes + this.#pool.bytes,
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
    const { words, capacity } = this.#heads
    const chunks = this.#pool.slabs
    let touched = 0
    for (let i = from; i < to; i++) {
      const reader = readers[i]!
      if (reader < capacity) touched |= words[(reader << 4) + nextAt]!
    }
    for (let i = from; i < to; i++) {
      const reader = readers[i]!
      if (reader >= capacity) continue
      const next = words[(reader << 4) + nextAt]!
      const chunk = words[(reader << 4) + chunksAt + ((next >>> 6) & 7)]!
      if (chunk !== 0) touched |= chunks[chunk >>> chunkSlabBits]![((chunk & chunkSlabMask) << 6) | (next & 63)]! & 1
    }
    return touched
  }

  #append(id: MessageId, readers: Uint32Array, from: number, to: number, reached: number[]): void {
    const { doubles, words, online, capacity } = this.#heads
    const chunks = this.#pool.slabs
    for (let i = from; i < to; i++) {
      const reader = readers[i]!
      if (reader >= capacity) continue
      const epoch = doubles[reader << 3]!
      if (epoch === 0) continue
      if (id > doubles[(reader << 3) + largestAt]!) doubles[(reader << 3) + largestAt] = id
      else if (this.#holds(reader, id)) continue
      const next = words[(reader << 4) + nextAt]!
      let chunk = words[(reader << 4) + chunksAt + ((next >>> 6) & 7)]!
      if ((next & 63) === 0) {
        chunk = this.#beginChunk(reader, next, chunk)
        if (chunk === 0) continue
      }
      chunks[chunk >>> chunkSlabBits]![((chunk & chunkSlabMask) << 6) | (next & 63)] = id
      words[(reader << 4) + nextAt] = next + 1
      if (online[reader] !== 0) reached.push(reader, epoch, next)
    }
  }

  /** Undefined when absent or building. */
  head(reader: number, now: number): InboxHead | undefined {
    return this.#read(reader, now) ? this.#heads.head(reader) : undefined
  }

  after(reader: number, epoch: number, position: number, limit: number, now: number): Page | undefined {
    if (!this.#read(reader, now)) return undefined
    const head = this.#heads.head(reader)
    if (head.epoch !== epoch || position < head.oldest - 1 || position > head.position) return undefined
    const ids: MessageId[] = []
    const end = Math.min(head.position, position + limit)
    for (let p = position + 1; p <= end; p++) ids.push(this.#at(reader, p))
    return { head, ids }
  }

  page(reader: number, below: Id, limit: number, now: number): Page | undefined {
    if (!this.#read(reader, now)) return undefined
    const head = this.#heads.head(reader)
    const ids: MessageId[] = []
    const low = this.#heads.words[reader * 16 + lowAt]!
    // Newest arrivals first, so ids come almost in order and an insertion is almost always at the end.
    for (let p = head.position; p >= low && limit > 0; p--) {
      const id = this.#at(reader, p)
      if (id >= below || id <= head.floor) continue
      let i = ids.length
      if (i === limit) {
        if (id < ids[i - 1]!) {
          // What lies beneath is sorted: no larger one follows.
          if (p < firstPosition) break
          continue
        }
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
    this.#heads.reserve(reader)
    if (this.#heads.exists(reader)) {
      const build = this.#building.get(reader)
      if (build === undefined) return 'ready'
      if (now <= build.deadline) return 'building'
      this.forget(reader)
    }
    const { doubles, words, lastRead } = this.#heads
    doubles[reader * 8] = epoch
    words[reader * 16 + lowAt] = firstPosition
    words[reader * 16 + nextAt] = firstPosition
    lastRead[reader] = now
    this.#inboxes++
    // One each, in advance: memory used for the first time costs a delivery ten others, and a read can bear that better.
    this.#pool.reserve(this.#inboxes)
    this.#building.set(reader, { builder, deadline })
    return 'created'
  }

  complete(reader: number, epoch: number, builder: number, ids: readonly MessageId[], floor: Id): boolean {
    if (!this.#heads.exists(reader) || this.#heads.doubles[reader * 8] !== epoch) return false
    if (this.#building.get(reader)?.builder !== builder) return false
    this.#heads.raiseFloor(reader, floor)
    // Making room may find no other inbox to forget; then this one goes, and the builder starts anew.
    if (!this.#putBeneath(reader, ids)) return false
    this.#building.delete(reader)
    return true
  }

  backfill(reader: number, ids: readonly MessageId[], floor: Id): void {
    if (!this.#heads.exists(reader)) return
    this.#heads.countBackfill(reader)
    this.#heads.raiseFloor(reader, floor)
    this.#putBeneath(reader, ids)
  }

  lower(reader: number, seen: FloorSeen, ids: readonly MessageId[], to: Id): boolean {
    if (!this.#heads.exists(reader) || this.#building.has(reader)) return false
    return this.#heads.moveFloor(reader, seen, to) && this.#putBeneath(reader, ids)
  }

  forget(reader: number): void {
    if (!this.#heads.exists(reader)) return
    const { doubles, words } = this.#heads
    for (let slot = 0; slot < ringChunks; slot++) {
      const chunk = words[reader * 16 + chunksAt + slot]!
      if (chunk !== 0) this.#pool.give(chunk)
    }
    doubles.fill(0, reader * 8, reader * 8 + 8)
    this.#building.delete(reader)
    this.#inboxes--
  }

  /**
   * Forgets among some thousands of readers, from the number `from` on, so that callers can pause between two steps; gives
   * how many, and where to go on: undefined when that was the end.
   */
  forgetDormant(before: number, from: number): { count: number; next: number | undefined } {
    const { doubles, online, lastRead, capacity } = this.#heads
    const to = Math.min(from + dormantStep, capacity)
    let count = 0
    for (let reader = from; reader < to; reader++) {
      if (doubles[reader * 8] === 0 || online[reader] !== 0 || lastRead[reader]! >= before) continue
      this.forget(reader)
      count++
    }
    return { count, next: to < capacity ? to : undefined }
  }

  setOnline(reader: number, online: boolean, now: number): void {
    this.#heads.reserve(reader)
    this.#heads.online[reader] = online ? 1 : 0
    this.#heads.lastRead[reader] = now
  }

  /** Whether the inbox answers; notes the read. */
  #read(reader: number, now: number): boolean {
    if (!this.#heads.exists(reader) || (this.#building.size > 0 && this.#building.has(reader))) return false
    this.#heads.lastRead[reader] = now
    return true
  }

  #at(reader: number, position: number): MessageId {
    const chunk = this.#heads.words[reader * 16 + chunksAt + ((position >>> 6) & 7)]!
    return this.#pool.slabs[chunk >>> chunkSlabBits]![((chunk & chunkSlabMask) << 6) | (position & 63)]!
  }

  #holds(reader: number, id: MessageId): boolean {
    const low = this.#heads.words[reader * 16 + lowAt]!
    for (let p = this.#heads.words[reader * 16 + nextAt]! - 1; p >= low; p--)
      if (this.#at(reader, p) === id) return true
    return false
  }

  /** The chunk for positions from `next` on; `oldest` is what stands in its slot. 0: no memory, the inbox is forgotten. */
  #beginChunk(reader: number, next: number, oldest: number): number {
    const { words } = this.#heads
    if (oldest !== 0) {
      const end = next - ringIds + chunkIds
      let dropped = 0
      for (let p = words[reader * 16 + lowAt]!; p < end; p++) dropped = Math.max(dropped, this.#at(reader, p))
      this.#heads.raiseFloor(reader, dropped)
      words[reader * 16 + lowAt] = end
      return oldest
    }
    const chunk = this.#takeChunk(reader)
    if (chunk === 0) this.forget(reader)
    else words[reader * 16 + chunksAt + ((next >>> 6) & 7)] = chunk
    return chunk
  }

  #takeChunk(reader: number): number {
    let chunk = this.#pool.take()
    while (chunk === 0 && this.#evict(reader)) chunk = this.#pool.take()
    return chunk
  }

  /** Forgets one offline reader's inbox, never that of `except`; false when there is none. */
  #evict(except: number): boolean {
    const { doubles, words, online, lastRead, capacity } = this.#heads
    let oldest = 0
    let oldestRead = Number.POSITIVE_INFINITY
    for (let steps = Math.min(capacity, evictionSteps), sampled = 0; steps > 0 && sampled < evictionSamples; steps--) {
      this.#hand = this.#hand + 1 < capacity ? this.#hand + 1 : 0
      const reader = this.#hand
      if (doubles[reader * 8] === 0 || online[reader] !== 0 || reader === except) continue
      if (words[reader * 16 + lowAt] === words[reader * 16 + nextAt]) continue
      sampled++
      if (lastRead[reader]! < oldestRead) {
        oldestRead = lastRead[reader]!
        oldest = reader
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
  #putBeneath(reader: number, ids: readonly MessageId[]): boolean {
    const { doubles, words } = this.#heads
    const low = words[reader * 16 + lowAt]!
    const next = words[reader * 16 + nextAt]!
    const floor = doubles[reader * 8 + floorAt]!
    const fresh = new Set<MessageId>()
    for (const id of ids) if (id > floor && !this.#holds(reader, id)) fresh.add(id)
    if (fresh.size === 0) return true
    const beneath = [...fresh]
    const oldest = Math.max(low, firstPosition)
    for (let p = low; p < oldest; p++) beneath.push(this.#at(reader, p))
    beneath.sort((a, b) => b - a)

    const lowest = (((next - 1) >>> 6) + 1 - ringChunks) << 6
    const room = Math.min(beneath.length, oldest - lowest)
    for (let i = 0; i < room; i++) {
      const position = oldest - 1 - i
      const slot = reader * 16 + chunksAt + ((position >>> 6) & 7)
      if (words[slot] === 0) {
        const taken = this.#takeChunk(reader)
        if (taken === 0) {
          this.forget(reader)
          return false
        }
        words[slot] = taken
      }
      const chunk = words[slot]!
      this.#pool.slabs[chunk >>> chunkSlabBits]![((chunk & chunkSlabMask) << 6) | (position & 63)] = beneath[i]!
    }
    words[reader * 16 + lowAt] = oldest - room
    if (room < beneath.length) this.#heads.raiseFloor(reader, beneath[room]!)
    if (room > 0) this.#heads.raiseLargest(reader, beneath[0]!)
    return true
  }
}
