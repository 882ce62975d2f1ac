/**
 * Time as a port, so that the simulation can drive it. [T1] `now` may step back (a wall clock); callers that need order
 * take ids. [T2] A sleep ends at its deadline or when `signal` aborts, whichever is first, and never throws.
 */
export interface Clock {
  /** Unix time in milliseconds. */
  now(): number
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep(ms, signal) {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const finish = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', finish)
        resolve()
      }
      const timer = setTimeout(finish, ms)
      signal?.addEventListener('abort', finish, { once: true })
    })
  },
}
