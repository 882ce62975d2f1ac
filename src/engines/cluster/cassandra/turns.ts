import { NotSent, overloaded } from './refusals.ts'

interface Waiting {
  readonly since: number
  readonly begin: () => void
  readonly refuse: (reason: unknown) => void
}

/**
 * Bounds the calls under way at once; others wait their turn, first come, first served, for at most `waitMs`.
 * Beyond `waitingMax` they are refused at once.
 */
export class Turns {
  inFlight = 0
  readonly #inFlightMax: number
  readonly #waitingMax: number
  readonly #waitMs: number
  #waiting: Waiting[] = []
  #front = 0

  constructor(limits: { inFlightMax: number; waitingMax: number; waitMs: number }) {
    this.#inFlightMax = limits.inFlightMax
    this.#waitingMax = limits.waitingMax
    this.#waitMs = limits.waitMs
  }

  get waiting(): number {
    return this.#waiting.length - this.#front
  }

  /** Undefined when the call may begin now. Throws `overloaded`; rejects with `NotSent`. Each turn ends with `leave`. */
  enter(): Promise<void> | undefined {
    if (this.inFlight < this.#inFlightMax) {
      this.inFlight += 1
      return undefined
    }
    if (this.waiting >= this.#waitingMax) throw overloaded()
    return new Promise((begin, refuse) => this.#waiting.push({ since: performance.now(), begin, refuse }))
  }

  leave(): void {
    for (;;) {
      const next = this.#shift()
      if (next === undefined) {
        this.inFlight -= 1
        return
      }
      // Whoever waited this long has no time left for the call itself.
      if (performance.now() - next.since < this.#waitMs) {
        next.begin()
        return
      }
      next.refuse(new NotSent(`no turn within ${this.#waitMs} ms`))
    }
  }

  #shift(): Waiting | undefined {
    const next = this.#waiting[this.#front]
    if (next === undefined) return undefined
    this.#front += 1
    if (this.#front === this.#waiting.length || this.#front > 1_000) {
      this.#waiting = this.#waiting.slice(this.#front)
      this.#front = 0
    }
    return next
  }
}
