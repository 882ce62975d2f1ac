import type { Clock } from '../ports/clock.ts'

const lookEveryMs = 250

/** Resolves to what `work` resolves to, or to `late` when that takes until `at` (Unix ms, kept to a quarter second). */
export type Within = <T>(work: Promise<T>, at: number) => Promise<T | 'late'>

/**
 * Deadlines for calls that almost never meet theirs: one timer for all that are under way, because a timer of its own
 * would cost a call more than the rest of its bookkeeping.
 */
export function createWithin(clock: Clock): Within {
  const waiting = new Set<{ at: number; late: () => void }>()
  let looking = false

  async function look(): Promise<void> {
    looking = true
    while (waiting.size > 0) {
      await clock.sleep(lookEveryMs)
      const now = clock.now()
      for (const one of waiting) {
        if (one.at > now) continue
        waiting.delete(one)
        one.late()
      }
    }
    looking = false
  }

  return function within<T>(work: Promise<T>, at: number) {
    return new Promise<T | 'late'>((resolve, reject) => {
      const one = { at, late: () => resolve('late') }
      waiting.add(one)
      if (!looking) void look()
      work.then(
        (result) => {
          waiting.delete(one)
          resolve(result)
        },
        (error: unknown) => {
          waiting.delete(one)
          reject(error)
        },
      )
    })
  }
}
