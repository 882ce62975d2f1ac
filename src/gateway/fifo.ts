/** A queue that gives its items up from the front at a constant cost, however long it is. */
export class Fifo<T> {
  #items: (T | undefined)[] = []
  #front = 0

  get length(): number {
    return this.#items.length - this.#front
  }

  get first(): T | undefined {
    return this.#items[this.#front]
  }

  push(item: T): void {
    this.#items.push(item)
  }

  shift(): T | undefined {
    const item = this.#items[this.#front]
    if (this.#front < this.#items.length) this.#items[this.#front++] = undefined
    if (this.#front > 1_000 && this.#front * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#front)
      this.#front = 0
    }
    return item
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let i = this.#front; i < this.#items.length; i++) yield this.#items[i]!
  }
}
