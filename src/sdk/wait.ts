import { backOffFirstMs } from './limits.ts'

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export function wait(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done)
  })
}

/**
 * Milliseconds before try number `tries` + 1: exponential, and anywhere between half of it and all, so that clients that
 * failed together do not come back together ("equal jitter": Marc Brooker, Exponential Backoff and Jitter).
 */
export function backOff(tries: number, msMax: number): number {
  const longest = Math.min(msMax, backOffFirstMs * 2 ** Math.min(tries, 20))
  return longest * (0.5 + Math.random() / 2)
}
