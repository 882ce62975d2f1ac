import type { Arrival } from './events.ts'
import { eventsWaitingMax } from './limits.ts'

/** The queue between a connection and the application: the one puts in as it comes, the other takes when it is ready. */
export class Arrivals {
  #waiting: Arrival[] = []
  #ended = false
  #failure: unknown
  /** Who waits for something to take, or for all to be taken. */
  #wake: (() => void)[] = []

  /** Nobody should put more in until `drained`. */
  get full(): boolean {
    return this.#waiting.length >= eventsWaitingMax
  }

  put(arrival: Arrival): void {
    if (this.#ended) return
    this.#waiting.push(arrival)
    this.#stir()
  }

  /** Takes out a message that is gone before it was handed over. */
  withdraw(id: string): void {
    this.#waiting = this.#waiting.map((arrival) => {
      const { event, cursor } = arrival
      if (event?.type !== 'message') return arrival
      return event.message.id === id || event.message.boostOf?.id === id ? { cursor } : arrival
    })
  }

  /** No more will come: what waits is still taken, then comes `failure` or the end. The first counts. */
  end(failure?: unknown): void {
    if (this.#ended) return
    this.#ended = true
    this.#failure = failure
    this.#stir()
  }

  /** It ends, and what waits is handed to nobody: whose it is has left. */
  close(): void {
    this.#waiting = []
    this.end()
  }

  /** The next one; undefined at the end. Throws what `end` was given. */
  async take(): Promise<Arrival | undefined> {
    while (this.#waiting.length === 0 && !this.#ended) await this.#change()
    const arrival = this.#waiting.shift()
    if (arrival !== undefined) {
      if (this.#waiting.length === 0) this.#stir()
      return arrival
    }
    if (this.#failure !== undefined) throw this.#failure
    return undefined
  }

  /** Resolves once everything was taken, or the end has come. */
  async drained(): Promise<void> {
    while (this.#waiting.length > 0 && !this.#ended) await this.#change()
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve))
  }

  #stir(): void {
    const wake = this.#wake
    this.#wake = []
    for (const resolve of wake) resolve()
  }
}
