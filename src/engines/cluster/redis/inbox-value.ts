import type { Id, MessageId } from '../../../core/ids.ts'
import type { InboxHead } from '../../../ports/inbox.ts'

/**
 * How an inbox lies in its one string value; all numbers are doubles of 8 bytes, lowest byte first:
 *
 *   0 epoch | 8 generation | 16 largest | 24 floor | 32 position of the first open slot | 40 arrivals in the closed part
 *   48 last noted read (ms) | 56 builder's token (0: ready) | 64 its deadline (ms) | 72 open slots | 328 closed part
 *
 * The closed part holds what was put beneath, smallest first, and then arrivals, oldest first; newer arrivals stand in the
 * open slots, 0 where none is yet. So a delivery reads the first 328 bytes and writes 8, in place: a string that grew by
 * appending would hold up to twice its bytes. When the slots are full they are closed, and what is too old is dropped: an
 * inbox holds 400 to 432 ids in 3.7 KB.
 *
 * An id is negative where it came after a larger one. So the newest arrival is the largest id, unless it is negative: then
 * `largest` is.
 */
export const headBytes = 72
export const openSlots = 32

const at = { epoch: 0, generation: 1, largest: 2, floor: 3, first: 4, arrivals: 5, readAt: 6, builder: 7 } as const
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

  head(): InboxHead {
    const d = this.#doubles
    const newest = this.#opened > 0 ? d[openAt + this.#opened - 1]! : -1
    return {
      epoch: d[at.epoch]!,
      position: d[at.first]! + this.#opened - 1,
      oldest: d[at.first]! - d[at.arrivals]!,
      floor: d[at.floor]!,
      largest: newest > 0 ? newest : d[at.largest]!,
    }
  }

  /** Arrivals after `position`, oldest first; undefined when some were dropped or never came. */
  after(position: number, limit: number): MessageId[] | undefined {
    const { position: newest, oldest } = this.head()
    if (position < oldest - 1 || position > newest) return undefined
    const d = this.#doubles
    const first = d[at.first]!
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
    const found = new Float64Array(d.length)
    let n = 0
    for (let i = openAt; i < d.length; i++) {
      if (i === openAt + this.#opened) i = closedAt
      if (i >= d.length) break
      const id = Math.abs(d[i]!)
      if (id < below && id > floor) found[n++] = id
    }
    const sorted = found.subarray(0, n).sort()
    const ids: MessageId[] = []
    for (let i = n - 1; i >= 0 && ids.length < limit; i--) ids.push(sorted[i]!)
    return ids
  }
}
