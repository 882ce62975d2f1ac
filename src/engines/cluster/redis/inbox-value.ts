import type { Id, MessageId } from '../../../core/ids.ts'
import type { InboxHead } from '../../../ports/inbox.ts'

/**
 * How an inbox lies in its one string value; all numbers are doubles of 8 bytes, lowest byte first:
 *
 *   0 epoch | 8 generation | 16 largest | 24 floor | 32 position of the first open slot | 40 arrivals in the closed part
 *   48 last noted read (ms) | 56 builder's token (0: ready) | 64 its deadline (ms) | 72 begins and ends of edge changes, and backfills
 *   80 until when one may be under way (ms) | 88 how many are | 96 largest own id | 104 until when somebody may be online (ms)
 *   112 open slots | 368 closed part
 *
 * The closed part holds what was put beneath, smallest first, and then arrivals, oldest first; newer arrivals stand in the
 * open slots, 0 where none is yet. So a delivery reads the first 368 bytes and writes 8, in place: a string that grew by
 * appending would hold up to twice its bytes. When the slots are full they are closed, and what is too old is dropped: an
 * inbox holds 400 to 432 ids in 3.7 KB.
 *
 * An id is negative where it came after a larger one. So the newest arrival is the largest id, unless it is negative: then
 * `largest` is.
 */
export const headBytes = 112
export const openSlots = 32

const at = {
  epoch: 0,
  generation: 1,
  largest: 2,
  floor: 3,
  first: 4,
  arrivals: 5,
  readAt: 6,
  builder: 7,
  follows: 9,
  changing: 10,
  own: 12,
} as const
const openAt = headBytes / 8
const closedAt = openAt + openSlots

/** One inbox as it was read. */
export class InboxValue {
  readonly #doubles: Float64Array
  /** Arrivals in the open slots. */
  readonly #opened: number

  constructor(bytes: Uint8Array) {
    // What the client hands out need not lie where doubles may begin.
    const aligned = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice()
    this.#doubles = new Float64Array(aligned.buffer, aligned.byteOffset, bytes.length >>> 3)
    let opened = 0
    while (opened < openSlots && this.#doubles[openAt + opened] !== 0) opened++
    this.#opened = opened
  }

  get epoch(): number {
    return this.#doubles[at.epoch]!
  }

  get generation(): number {
    return this.#doubles[at.generation]!
  }

  get building(): boolean {
    return this.#doubles[at.builder] !== 0
  }

  /** Unix ms; reads are noted now and then. */
  get readAt(): number {
    return this.#doubles[at.readAt]!
  }

  /** As of `now` (Unix ms). */
  head(now: number): InboxHead {
    const d = this.#doubles
    const newest = this.#opened > 0 ? d[openAt + this.#opened - 1]! : -1
    const follows = d[at.changing]! > now ? 0 : d[at.follows]!
    return {
      epoch: d[at.epoch]!,
      position: d[at.first]! + this.#opened - 1,
      oldest: d[at.first]! - d[at.arrivals]!,
      floor: d[at.floor]!,
      largest: newest > 0 ? newest : d[at.largest]!,
      follows,
      backfills: follows,
      own: d[at.own]!,
    }
  }

  /** Arrivals after `position`, oldest first; undefined when some were dropped or never came. */
  after(position: number, limit: number): MessageId[] | undefined {
    const d = this.#doubles
    const first = d[at.first]!
    const newest = first + this.#opened - 1
    if (position < first - d[at.arrivals]! - 1 || position > newest) return undefined
    const ids: MessageId[] = []
    const end = Math.min(newest, position + limit)
    for (let p = position + 1; p <= end; p++) {
      ids.push(Math.abs(p >= first ? d[openAt + p - first]! : d[d.length + p - first]!))
    }
    return ids
  }

  /** The largest ids below `below` and above the floor, largest first. */
  page(below: Id, limit: number): MessageId[] {
    const d = this.#doubles
    const floor = d[at.floor]!
    const ids: MessageId[] = []

    /** False when it is smaller than all of a full page. */
    function offer(stored: number): boolean {
      const id = Math.abs(stored)
      if (id >= below || id <= floor) return true
      let i = ids.length
      if (i === limit) {
        if (i === 0 || id < ids[i - 1]!) return false
        i--
      }
      for (; i > 0 && ids[i - 1]! < id; i--) ids[i] = ids[i - 1]!
      ids[i] = id
      return true
    }

    // Newest arrivals first, so ids come almost in order, and an insertion is almost always at the end.
    for (let i = openAt + this.#opened - 1; i >= openAt; i--) offer(d[i]!)
    // What lies beneath is sorted: no larger one follows.
    const beneathEnd = d.length - d[at.arrivals]!
    for (let i = d.length - 1; i >= closedAt; i--) if (!offer(d[i]!) && i < beneathEnd) break
    return ids
  }
}
