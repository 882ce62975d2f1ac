/** How often a shared read may begin while callers keep asking. */
export interface Pace {
  readonly everyMs: number
  now(): number
  sleep(ms: number): Promise<void>
}

/**
 * Makes many callers share reads of the same thing. Who asks while a read is under way shares the *next* one, never the
 * one that began before the question: so each answer is as of a moment after its question. At most one read runs, and at
 * most one waits to run; a read that fails fails for those who share it alone. With a pace, a read that was waited for
 * begins that long after the one before it at the earliest; a caller who finds none under way never waits.
 */
export function coalesce<T>(read: () => Promise<T>, pace?: Pace): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined
  let began = Number.NEGATIVE_INFINITY

  function start(): Promise<T> {
    if (pace) began = pace.now()
    // A read that throws at once is a read that fails.
    const mine = (async () => read())()
    running = mine
    const ended = () => {
      if (running === mine) running = undefined
    }
    mine.then(ended, ended)
    return mine
  }

  async function begin(): Promise<T> {
    if (pace) {
      const early = began + pace.everyMs - pace.now()
      if (early > 0) await pace.sleep(early)
    }
    next = undefined
    return start()
  }

  return function coalesced() {
    // It has not begun yet, also where the one before it has just ended.
    if (next !== undefined) return next
    if (running === undefined) return start()
    next = running.then(begin, begin)
    return next
  }
}
