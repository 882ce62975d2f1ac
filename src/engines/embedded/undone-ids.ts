import type { MessageId } from '../../core/ids.ts'

/** Removed ids are swept out of the array once there are this many. */
const sweepMin = 1_024

/**
 * The ids of undone outbox rows, in order. Ids come nearly upward and go nearly upward, so that adding, removing and the
 * lowest one cost next to nothing: the array's front moves on, and removed ids within are marked.
 */
export class UndoneIds {
  #ids: MessageId[] = []
  #removed = new Set<MessageId>()
  #front = 0

  get size(): number {
    return this.#ids.length - this.#front - this.#removed.size
  }

  /** Infinity when there is none. */
  get lowest(): MessageId {
    return this.#ids[this.#front] ?? Number.POSITIVE_INFINITY
  }

  has(id: MessageId): boolean {
    const at = this.#firstAtLeast(id)
    return this.#ids[at] === id && !this.#removed.has(id)
  }

  add(id: MessageId): void {
    const ids = this.#ids
    if (ids.length === this.#front || ids[ids.length - 1]! < id) {
      ids.push(id)
      return
    }
    const at = this.#firstAtLeast(id)
    if (ids[at] === id) this.#removed.delete(id)
    else ids.splice(at, 0, id)
  }

  /** Whether it was there. */
  remove(id: MessageId): boolean {
    if (!this.has(id)) return false
    this.#removed.add(id)
    while (this.#front < this.#ids.length && this.#removed.delete(this.#ids[this.#front]!)) this.#front++
    if (this.#front + this.#removed.size >= sweepMin && this.#front + this.#removed.size >= this.#ids.length / 2) {
      this.#ids = this.#ids.slice(this.#front).filter((kept) => !this.#removed.has(kept))
      this.#removed.clear()
      this.#front = 0
    }
    return true
  }

  /** Those above `above`, smallest first, at most `limit`. */
  above(above: MessageId, limit: number): MessageId[] {
    const found: MessageId[] = []
    for (let at = this.#firstAtLeast(above + 1); at < this.#ids.length && found.length < limit; at++) {
      const id = this.#ids[at]!
      if (!this.#removed.has(id)) found.push(id)
    }
    return found
  }

  #firstAtLeast(id: MessageId): number {
    const ids = this.#ids
    let low = this.#front
    let high = ids.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (ids[middle]! < id) low = middle + 1
      else high = middle
    }
    return low
  }
}
