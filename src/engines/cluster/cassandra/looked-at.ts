import { lookAgainMs, lookAwaitMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Background } from './background.ts'

/**
 * Keeps something that is looked at for many who ask, where an answer somewhat old is as right as a new one, only less sharp:
 * from `lookAgainMs` on it is looked at again beside whoever asks, from `lookAwaitMs` on before they are answered.
 */
export class LookedAt {
  /** Unix ms at which the last look began. */
  at = Number.NEGATIVE_INFINITY
  readonly #clock: Clock
  readonly #background: Background
  readonly #problem: string
  readonly #look: () => Promise<void>
  #looking = false

  /** `look` sets `at`. */
  constructor(clock: Clock, background: Background, problem: string, look: () => Promise<void>) {
    this.#clock = clock
    this.#background = background
    this.#problem = problem
    this.#look = look
  }

  /** Undefined when the last look serves; else to be awaited. */
  fresh(): Promise<void> | undefined {
    const age = this.#clock.now() - this.at
    if (age < 0 || age > lookAwaitMs) return this.#look()
    if (age > lookAgainMs && !this.#looking) {
      this.#looking = true
      this.#background.start(this.#problem, () =>
        this.#look().finally(() => {
          this.#looking = false
        }),
      )
    }
    return undefined
  }
}
