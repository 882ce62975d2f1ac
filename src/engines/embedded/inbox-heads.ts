import { type Id, idMax, type MessageId } from '../../core/ids.ts'
import type { FloorSeen, InboxHead } from '../../ports/inbox.ts'
import { preferHugePages } from './huge-pages.ts'

/** The first arrival of every epoch. What is put beneath takes the positions below, which nobody is told. */
export const firstPosition = 2 ** 20

/** Doubles of one head: the epoch (0: no inbox) stands first, then these. */
export const largestAt = 1
export const floorAt = 2
/** Words of one head, over the same bytes: lowest position held, next position, the 8 chunks. */
export const lowAt = 6
export const nextAt = 7
export const chunksAt = 8
export const ringChunks = 8

/** Bytes a reader: head, last read, online. */
export const headBytes = 64 + 8 + 1

const capacityMin = 1_024

/** Readers whose numbers end alike share a count of backfills: one's follow then has another's kept page made anew, no more. */
const backfillCounts = 2 ** 14

/**
 * The heads of all inboxes by reader number: one cache line each, and all that a delivery reads or writes but the id's own
 * place. Single arrays, since a delivery should find a head by arithmetic alone. What no inbox has used is not yet real
 * memory; growing copies what is there, 20 ms for a million readers.
 */
export class InboxHeads {
  capacity: number
  /** Head `r` begins at `r * 8`. */
  doubles: Float64Array<ArrayBuffer>
  /** The same bytes: head `r` begins at `r * 16`. */
  words: Uint32Array<ArrayBuffer>
  /** Unix ms. */
  lastRead: Float64Array<ArrayBuffer>
  /** 1 for readers with an open socket. */
  online: Uint8Array<ArrayBuffer>
  /** Few enough to stay in the processor's caches: every poll reads one. */
  readonly #backfills = new Uint32Array(backfillCounts)

  constructor(readersExpected: number) {
    this.capacity = Math.max(capacityMin, readersExpected)
    this.doubles = new Float64Array(8 * this.capacity)
    preferHugePages(this.doubles)
    this.words = new Uint32Array(this.doubles.buffer)
    this.lastRead = new Float64Array(this.capacity)
    this.online = new Uint8Array(this.capacity)
  }

  /** Makes room for the reader. */
  reserve(reader: number): void {
    if (reader < this.capacity) return
    const larger = new InboxHeads(Math.max(reader + 1, Math.ceil(this.capacity * 1.5)))
    larger.doubles.set(this.doubles)
    larger.lastRead.set(this.lastRead)
    larger.online.set(this.online)
    this.capacity = larger.capacity
    this.doubles = larger.doubles
    this.words = larger.words
    this.lastRead = larger.lastRead
    this.online = larger.online
  }

  exists(reader: number): boolean {
    return reader < this.capacity && this.doubles[reader * 8] !== 0
  }

  head(reader: number): InboxHead {
    return {
      epoch: this.doubles[reader * 8]!,
      position: this.words[reader * 16 + nextAt]! - 1,
      oldest: Math.max(firstPosition, this.words[reader * 16 + lowAt]!),
      floor: this.doubles[reader * 8 + floorAt]!,
      largest: this.doubles[reader * 8 + largestAt]!,
      // Graph and outboxes are in this process: they are asked themselves.
      follows: 0,
      backfills: this.#backfillsOf(reader),
      own: idMax,
    }
  }

  countBackfill(reader: number): void {
    this.#backfills[reader % backfillCounts]!++
  }

  raiseFloor(reader: number, id: Id): void {
    if (id > this.doubles[reader * 8 + floorAt]!) this.doubles[reader * 8 + floorAt] = id
  }

  /** Never 0. */
  #backfillsOf(reader: number): number {
    return this.#backfills[reader % backfillCounts]! + 1
  }

  /** Whether all was still as it was `seen`, and the floor is `to` now. */
  moveFloor(reader: number, { epoch, floor, backfills }: FloorSeen, to: Id): boolean {
    if (this.doubles[reader * 8] !== epoch || this.doubles[reader * 8 + floorAt] !== floor) return false
    if (this.#backfillsOf(reader) !== backfills) return false
    this.doubles[reader * 8 + floorAt] = to
    return true
  }

  raiseLargest(reader: number, id: MessageId): void {
    if (id > this.doubles[reader * 8 + largestAt]!) this.doubles[reader * 8 + largestAt] = id
  }
}
