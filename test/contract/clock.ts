import type { Clock } from '../../src/ports/clock.ts'

/** The real clock, which a test can move on: sleeps whose end is passed over end at once. */
export class MovableClock implements Clock {
  #ahead = 0
  readonly #sleepers = new Map<() => void, number>()

  now(): number {
    return Date.now() + this.#ahead
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const finish = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        this.#sleepers.delete(finish)
        resolve()
      }
      const timer = setTimeout(finish, ms)
      this.#sleepers.set(finish, this.now() + ms)
      signal?.addEventListener('abort', finish, { once: true })
    })
  }

  /** Moves on by `ms`, and gives what that wakes a turn of the event loop. */
  async pass(ms: number): Promise<void> {
    this.#ahead += ms
    const due = [...this.#sleepers].filter(([, end]) => end <= this.now()).sort(([, a], [, b]) => a - b)
    for (const [finish] of due) finish()
    await new Promise<void>((resolve) => setImmediate(resolve))
  }
}
