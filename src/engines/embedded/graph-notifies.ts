/** Whether anybody follows an author with `notify`, by the author's number: looked up once, then kept. A byte an author asked for. */
export class NotifyMarks {
  readonly #read: (number: number) => boolean
  /** 0: not known; 1: nobody; 2: somebody did at some time. */
  #marks = new Uint8Array(1_024)

  constructor(read: (number: number) => boolean) {
    this.#read = read
  }

  of(number: number): boolean {
    const mark = this.#marks[number] ?? 0
    if (mark > 0) return mark === 2
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
