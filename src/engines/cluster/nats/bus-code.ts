import type { BusEvent } from '../../../ports/bus.ts'

/** First of each frame: a process that does not know it takes the frame as lost. */
const format = 2

const kinds = {
  delivered: 1,
  hot: 2,
  deleted: 3,
  likes: 4,
  revoked: 5,
  graph: 6,
  profile: 7,
  withdrawn: 8,
  responses: 9,
  sessions: 10,
  notified: 11,
} as const

/**
 * Events as they travel: a frame of doubles, in the byte order of all machines we run on. Ids, epochs and positions are
 * numbers that a double holds exactly; beside JSON it is a third smaller for large numbers and many times cheaper to read.
 */
export class FrameWriter {
  #numbers = new Float64Array(256)
  #length = 0

  constructor() {
    this.#begin()
  }

  get bytes(): number {
    return this.#length * 8
  }

  get isEmpty(): boolean {
    return this.#length === 1
  }

  append(event: BusEvent): void {
    switch (event.kind) {
      case 'delivered':
        this.#add(kinds.delivered, event.id, event.author, event.crossed ? 1 : 0, event.to.length)
        this.#room(event.to.length)
        this.#numbers.set(event.to, this.#length)
        this.#length += event.to.length
        break
      case 'hot':
        this.#add(kinds.hot, event.position)
        break
      case 'deleted':
        this.#add(kinds.deleted, event.id, event.author, event.stamp, event.original ?? 0)
        break
      case 'likes':
        this.#add(kinds.likes, event.id, event.likes)
        break
      case 'responses':
        this.#add(kinds.responses, event.id, event.boosts, event.replies)
        break
      case 'notified':
        this.#add(kinds.notified, event.to.length)
        this.#room(event.to.length)
        this.#numbers.set(event.to, this.#length)
        this.#length += event.to.length
        break
      case 'revoked': {
        const { token } = event
        this.#add(kinds.revoked, token.length, ...Array.from({ length: token.length }, (_, i) => token.charCodeAt(i)))
        break
      }
      case 'graph':
        this.#add(kinds.graph, event.reader)
        break
      case 'profile':
        this.#add(kinds.profile, event.user)
        break
      case 'withdrawn':
        this.#add(kinds.withdrawn, event.user)
        break
      case 'sessions':
        this.#add(kinds.sessions, event.user)
    }
  }

  /** The frame's bytes, a copy; the next one begins. */
  take(): Uint8Array {
    const frame = new Uint8Array(this.#numbers.slice(0, this.#length).buffer)
    this.#begin()
    return frame
  }

  #begin(): void {
    this.#numbers[0] = format
    this.#length = 1
  }

  #add(...numbers: number[]): void {
    this.#room(numbers.length)
    for (const number of numbers) this.#numbers[this.#length++] = number
  }

  #room(more: number): void {
    if (this.#length + more <= this.#numbers.length) return
    const larger = new Float64Array(Math.max(this.#numbers.length * 2, this.#length + more))
    larger.set(this.#numbers)
    this.#numbers = larger
  }
}

/** How many numbers a kind has, itself included; a list comes behind them where it has one. */
const sizes: Record<number, number> = {
  [kinds.delivered]: 5,
  [kinds.hot]: 2,
  [kinds.deleted]: 5,
  [kinds.likes]: 3,
  [kinds.revoked]: 2,
  [kinds.graph]: 2,
  [kinds.profile]: 2,
  [kinds.withdrawn]: 2,
  [kinds.responses]: 4,
  [kinds.sessions]: 2,
  [kinds.notified]: 2,
}

/** Hands the frame's events to `handle`, in order. False when it could not be read to its end. */
export function readFrame(bytes: Uint8Array, handle: (event: BusEvent) => void): boolean {
  if (bytes.length === 0 || bytes.length % 8 !== 0) return false
  // A copy, because the bytes may lie anywhere in what the socket gave.
  const numbers = new Float64Array(new Uint8Array(bytes).buffer)
  if (numbers[0] !== format) return false
  let at = 1
  /** The list that ends here, or undefined when it is cut. */
  const list = (length: number) => (at + length <= numbers.length ? numbers.subarray(at, (at += length)) : undefined)
  while (at < numbers.length) {
    const kind = numbers[at]!
    const fields = list(sizes[kind] ?? Number.POSITIVE_INFINITY)
    if (fields === undefined) return false
    const [, one, two, three, four] = fields as unknown as [number, number, number, number, number]
    if (kind === kinds.delivered) {
      const to = list(four)
      if (to === undefined) return false
      handle({ kind: 'delivered', id: one, author: two, crossed: three === 1, to: Array.from(to) })
    } else if (kind === kinds.hot) handle({ kind: 'hot', position: one })
    else if (kind === kinds.deleted) {
      handle({ kind: 'deleted', id: one, author: two, stamp: three, ...(four > 0 && { original: four }) })
    } else if (kind === kinds.responses) handle({ kind: 'responses', id: one, boosts: two, replies: three })
    else if (kind === kinds.likes) handle({ kind: 'likes', id: one, likes: two })
    else if (kind === kinds.graph) handle({ kind: 'graph', reader: one })
    else if (kind === kinds.profile) handle({ kind: 'profile', user: one })
    else if (kind === kinds.withdrawn) handle({ kind: 'withdrawn', user: one })
    else if (kind === kinds.sessions) handle({ kind: 'sessions', user: one })
    else if (kind === kinds.notified) {
      const to = list(one)
      if (to === undefined) return false
      handle({ kind: 'notified', to: Array.from(to) })
    } else {
      const codes = list(one)
      if (codes === undefined) return false
      handle({ kind: 'revoked', token: String.fromCharCode(...codes) })
    }
  }
  return true
}
