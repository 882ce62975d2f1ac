import { publishesSlowMs, publishesSlowWindowMs, publishesTogetherMin } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'

/** Does `work`, or refuses it. Throws `overloaded`. */
export type PublishGate = <T>(work: () => Promise<T>) => Promise<T>

/**
 * Closed while publishes pile up: when even the quickest of a window took too long (as CoDel judges a queue: by its least delay,
 * which one slow author cannot raise), none is begun until half of those in work are done.
 */
export function createPublishGate(
  /** Told how long each took that was not refused. */
  took: (ms: number) => void,
  now: () => number = () => performance.now(),
): PublishGate {
  let inWork = 0
  let closed = false
  let openAt = 0
  let quickest = Number.POSITIVE_INFINITY
  let windowFrom = 0

  function begin(): number {
    if (closed) {
      throw new Refusal('overloaded', 'More is published than can be stored in time: try again shortly.')
    }
    inWork += 1
    return now()
  }

  function done(began: number): void {
    const at = now()
    took(at - began)
    quickest = Math.min(quickest, at - began)
    if (at - windowFrom < publishesSlowWindowMs) return
    if (!closed && quickest > publishesSlowMs && inWork >= publishesTogetherMin) {
      closed = true
      openAt = inWork >> 1
    }
    quickest = Number.POSITIVE_INFINITY
    windowFrom = at
  }

  return async (work) => {
    const began = begin()
    try {
      const result = await work()
      // What was refused at once says nothing of how long storing takes.
      done(began)
      return result
    } finally {
      inWork -= 1
      if (inWork <= openAt) closed = false
    }
  }
}
