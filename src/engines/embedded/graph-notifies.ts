/** So many authors whom somebody follows with `notify` are read at a start, some 50 ms of it; with more, each is looked up once. */
const readAtStartMax = 50_000

/** Whether anybody follows an author with `notify`, by the author's number. A byte an author. */
export class NotifyMarks {
  readonly #read: (number: number) => boolean
  /** All who are not marked have nobody. */
  readonly #complete: boolean
  /** 0: not known; 1: nobody; 2: somebody did at some time. */
  #marks = new Uint8Array(1_024)

  /** `some` gives at most so many of those whom somebody follows so. */
  constructor(read: (number: number) => boolean, some: (most: number) => number[]) {
    this.#read = read
    const found = some(readAtStartMax + 1)
    this.#complete = found.length <= readAtStartMax
    for (const number of found) this.#set(number, 2)
  }

  of(number: number): boolean {
    const mark = this.#marks[number] ?? 0
    if (mark > 0 || this.#complete) return mark === 2
    const found = this.#read(number)
    this.#set(number, found ? 2 : 1)
    return found
  }

  /** Somebody is about to. It stays, also when they leave: then it costs a look. */
  set(number: number): void {
    this.#set(number, 2)
  }

  #set(number: number, mark: 1 | 2): void {
    if (number >= this.#marks.length) {
      const larger = new Uint8Array(Math.max(number + 1, this.#marks.length * 2))
      larger.set(this.#marks)
      this.#marks = larger
    }
    this.#marks[number] = mark
  }
}
