import type { Id } from '../../../core/ids.ts'
import type { Deletion } from '../../../ports/messages.ts'

/** Deletions in memory, by stamp, 24 bytes each: every fetch with `since` asks for those after one. */
export class HeldDeletions {
  #stamps: number[] = []
  #ids: number[] = []
  #authors: number[] = []
  /** The largest stamp that is not held, or may not be. */
  reach: Id
  readonly #max: number

  constructor(reach: Id, max: number) {
    this.reach = reach
    this.#max = max
  }

  /** Whether it was new. Stamps come nearly upward. */
  add({ stamp, id, author }: Deletion): boolean {
    const at = this.#firstAbove(stamp)
    if (this.#stamps[at - 1] === stamp) return false
    this.#stamps.splice(at, 0, stamp)
    this.#ids.splice(at, 0, id)
    this.#authors.splice(at, 0, author)
    if (this.#stamps.length > this.#max) this.#drop(Math.ceil(this.#max / 8))
    return true
  }

  /** Adds what was read from the store; then all above `reach` are held. */
  addOlder(older: readonly Deletion[], reach: Id): void {
    const all = new Map([...older, ...this.after(0, this.#stamps.length)].map((one) => [one.stamp, one]))
    const sorted = [...all.values()].sort((a, b) => a.stamp - b.stamp)
    this.#stamps = sorted.map((one) => one.stamp)
    this.#ids = sorted.map((one) => one.id)
    this.#authors = sorted.map((one) => one.author)
    this.reach = reach
    if (this.#stamps.length > this.#max) this.#drop(this.#stamps.length - this.#max)
  }

  /** The largest stamp up to `to`; 0 when there is none. */
  largest(to: Id): Id {
    return this.#stamps[this.#firstAbove(to) - 1] ?? 0
  }

  after(above: Id, limit: number): Deletion[] {
    const found: Deletion[] = []
    const from = this.#firstAbove(above)
    for (let i = from; i < Math.min(this.#stamps.length, from + limit); i++) {
      found.push({ stamp: this.#stamps[i]!, id: this.#ids[i]!, author: this.#authors[i]! })
    }
    return found
  }

  #drop(count: number): void {
    this.reach = Math.max(this.reach, this.#stamps[count - 1]!)
    this.#stamps = this.#stamps.slice(count)
    this.#ids = this.#ids.slice(count)
    this.#authors = this.#authors.slice(count)
  }

  #firstAbove(stamp: Id): number {
    let low = 0
    let high = this.#stamps.length
    // They are asked for at the end, as a rule.
    if (high > 0 && this.#stamps[high - 1]! <= stamp) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#stamps[middle]! <= stamp) low = middle + 1
      else high = middle
    }
    return low
  }
}
