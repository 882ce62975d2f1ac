/**
 * Makes many callers share reads of the same thing. Who asks while a read is under way shares the *next* one, never the
 * one that began before the question: so each answer is as of a moment after its question. At most one read runs, and at
 * most one waits to run; a read that fails fails for those who share it alone.
 */
export function coalesce<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined
  let next: Promise<T> | undefined

  function start(): Promise<T> {
    // A read that throws at once is a read that fails.
    const mine = (async () => read())()
    running = mine
    const ended = () => {
      if (running === mine) running = undefined
    }
    mine.then(ended, ended)
    return mine
  }

  return function coalesced() {
    // It has not begun yet, also where the one before it has just ended.
    if (next !== undefined) return next
    if (running === undefined) return start()
    const begin = () => {
      next = undefined
      return start()
    }
    next = running.then(begin, begin)
    return next
  }
}
