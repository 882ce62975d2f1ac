/** A binary heap of ids, largest on top, each with a number of its own; its arrays are kept between uses. */
export class IdHeap {
  #ids = new Float64Array(256)
  #tags = new Uint32Array(256)
  #size = 0

  get size(): number {
    return this.#size
  }

  /** The largest id; undefined behaviour when empty. */
  get top(): number {
    return this.#ids[0]!
  }

  get topTag(): number {
    return this.#tags[0]!
  }

  clear(): void {
    this.#size = 0
  }

  push(id: number, tag: number): void {
    if (this.#size === this.#ids.length) this.#grow()
    let at = this.#size++
    const ids = this.#ids
    const tags = this.#tags
    while (at > 0) {
      const parent = (at - 1) >>> 1
      if (ids[parent]! >= id) break
      ids[at] = ids[parent]!
      tags[at] = tags[parent]!
      at = parent
    }
    ids[at] = id
    tags[at] = tag
  }

  /** Puts this one in the place of the largest. */
  replaceTop(id: number, tag: number): void {
    const ids = this.#ids
    const tags = this.#tags
    const size = this.#size
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= size) break
      if (child + 1 < size && ids[child + 1]! > ids[child]!) child++
      if (ids[child]! <= id) break
      ids[at] = ids[child]!
      tags[at] = tags[child]!
      at = child
    }
    ids[at] = id
    tags[at] = tag
  }

  pop(): void {
    this.#size--
    if (this.#size > 0) this.replaceTop(this.#ids[this.#size]!, this.#tags[this.#size]!)
  }

  /** All ids, in no order. */
  ids(): number[] {
    return Array.from(this.#ids.subarray(0, this.#size))
  }

  #grow(): void {
    const ids = new Float64Array(this.#ids.length * 2)
    const tags = new Uint32Array(ids.length)
    ids.set(this.#ids)
    tags.set(this.#tags)
    this.#ids = ids
    this.#tags = tags
  }
}
