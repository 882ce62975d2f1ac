import type { Clock } from '../../ports/clock.ts'
import type { RateTaken, SharedRates } from '../../ports/rates.ts'

/** Allowances of processes that share this object. */
export class MemoryRates implements SharedRates {
  readonly #clock: Pick<Clock, 'now'>
  /** When each is whole again. */
  readonly #fullAt = new Map<string, number>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  async settle(taken: readonly RateTaken[]): Promise<number[]> {
    const now = this.#clock.now()
    return taken.map(({ key, ms, agoMs, windowMs }) => {
      const fullAt = Math.min(Math.max(this.#fullAt.get(key) ?? 0, now - agoMs) + ms, now + 2 * windowMs)
      this.#fullAt.set(key, fullAt)
      return Math.max(0, fullAt - now)
    })
  }
}
