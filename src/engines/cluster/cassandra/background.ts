/** Work that nobody waits for. What fails is logged, and is tried again by whoever started it. */
export class Background {
  readonly #stop = new AbortController()
  readonly #running = new Set<Promise<void>>()
  readonly #log: (problem: string, error: unknown) => void

  constructor(log: (problem: string, error: unknown) => void) {
    this.#log = log
  }

  /** `work` ends soon after its signal has aborted. */
  start(problem: string, work: (stop: AbortSignal) => Promise<void>): void {
    const { signal } = this.#stop
    if (signal.aborted) return
    const running = work(signal)
      .catch((error: unknown) => {
        if (!signal.aborted) this.#log(problem, error)
      })
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Resolves once all of it has ended. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running)
  }
}
