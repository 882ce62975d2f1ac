import type { Id } from '../../core/ids.ts'
import type { Deletion } from '../../ports/messages.ts'

/** The deletions of the last days in memory, by stamp, 24 bytes each: every fetch with `since` asks for those after one. */
export class DeletionLog {
  #stamps: number[] = []
  #ids: number[] = []
  #authors: number[] = []
  #head = 0

  /** The largest stamp ever logged; 0 when there was none. */
  get head(): Id {
    return this.#head
  }

  /** Stamps come upward: the writer sees to it, and its answers come in the order of the commits. */
  add({ stamp, id, author }: Deletion): void {
    this.#stamps.push(stamp)
    this.#ids.push(id)
    this.#authors.push(author)
    this.#head = stamp
  }

  after(above: Id, limit: number): Deletion[] {
    if (above >= this.#head) return []
    const found: Deletion[] = []
    const end = Math.min(this.#stamps.length, this.#firstAfter(above) + limit)
    for (let i = this.#firstAfter(above); i < end; i++) {
      found.push({ stamp: this.#stamps[i]!, id: this.#ids[i]!, author: this.#authors[i]! })
    }
    return found
  }

  forget(below: Id): void {
    const first = this.#firstAfter(below - 1)
    if (first === 0) return
    this.#stamps = this.#stamps.slice(first)
    this.#ids = this.#ids.slice(first)
    this.#authors = this.#authors.slice(first)
  }

  #firstAfter(stamp: Id): number {
    let low = 0
    let high = this.#stamps.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#stamps[middle]! <= stamp) low = middle + 1
      else high = middle
    }
    return low
  }
}
