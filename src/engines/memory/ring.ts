import { type Id, idMax, type MessageId } from '../../core/ids.ts'
import type { FloorSeen, InboxHead } from '../../ports/inbox.ts'

/** One inbox: arrivals in their order, each with a position, and beneath them what was put there without one. */
export class Ring {
  readonly epoch: number
  readonly #idsMax: number
  /** Oldest first; the last one has the position `#position`. */
  readonly #arrivals: MessageId[] = []
  /** Largest first. */
  #beneath: MessageId[] = []
  #position = 0
  #floor: Id = 0
  #largest: MessageId = 0
  #dropped: MessageId = 0
  #backfills = 1

  constructor(epoch: number, idsMax: number) {
    this.epoch = epoch
    this.#idsMax = idsMax
  }

  /** The largest id that was dropped for want of room: unlike the floor it never sinks. */
  get dropped(): MessageId {
    return this.#dropped
  }

  head(): InboxHead {
    return {
      epoch: this.epoch,
      position: this.#position,
      oldest: this.#position - this.#arrivals.length + 1,
      floor: this.#floor,
      largest: this.#largest,
      follows: 0,
      backfills: this.#backfills,
      own: idMax,
    }
  }

  /** Resolves to the position, or undefined when the id is held already. What is beneath is dropped before arrivals are. */
  append(id: MessageId): number | undefined {
    if (this.#holds(id)) return undefined
    this.#arrivals.push(id)
    this.#position += 1
    this.#note(id)
    if (this.#arrivals.length + this.#beneath.length > this.#idsMax) {
      this.#drop(this.#beneath.pop() ?? this.#arrivals.shift()!)
    }
    return this.#position
  }

  /** Puts beneath what is not held; the smallest ids that find no room raise the floor. */
  putBeneath(ids: readonly MessageId[]): void {
    const merged = [...new Set([...this.#beneath, ...ids.filter((id) => !this.#holds(id))])].sort((a, b) => b - a)
    const room = this.#idsMax - this.#arrivals.length
    this.#beneath = merged.slice(0, room)
    for (const id of merged) this.#note(id)
    for (const id of merged.slice(room)) this.#drop(id)
  }

  /** What a follow brings. */
  backfill(ids: readonly MessageId[], floor: Id): void {
    this.#backfills += 1
    this.putBeneath(ids)
    this.raiseFloor(floor)
  }

  raiseFloor(floor: Id): void {
    if (floor > this.#floor) this.#floor = floor
  }

  /** Fills in what lies between `to` and the floor, if all is as it was `seen`. */
  lower(seen: FloorSeen, ids: readonly MessageId[], to: Id): boolean {
    if (seen.epoch !== this.epoch || seen.floor !== this.#floor || seen.backfills !== this.#backfills) return false
    this.#floor = to
    this.putBeneath(ids)
    return true
  }

  /** Arrivals after `position`, oldest first; undefined when some were dropped or never came. */
  after(position: number, limit: number): MessageId[] | undefined {
    const { oldest } = this.head()
    if (position < oldest - 1 || position > this.#position) return undefined
    return this.#arrivals.slice(position + 1 - oldest, position + 1 - oldest + limit)
  }

  page(below: Id, limit: number): MessageId[] {
    return [...this.#arrivals, ...this.#beneath]
      .filter((id) => id < below && id > this.#floor)
      .sort((a, b) => b - a)
      .slice(0, limit)
  }

  /** What a store does that fails over to a copy lagging behind: the positions of the lost appends are given again. */
  loseNewest(count: number): void {
    const lost = Math.min(count, this.#arrivals.length)
    this.#arrivals.length -= lost
    this.#position -= lost
  }

  #holds(id: MessageId): boolean {
    return this.#arrivals.includes(id) || this.#beneath.includes(id)
  }

  #drop(id: MessageId): void {
    this.#dropped = Math.max(this.#dropped, id)
    this.raiseFloor(id)
  }

  #note(id: MessageId): void {
    if (id > this.#largest) this.#largest = id
  }
}
