export type BreakerState = 'closed' | 'open' | 'half-open'

/**
 * A circuit breaker: after `failuresMax` failures without a success between them nothing is tried for `openMs`, then one
 * probe, whose success closes it again. So callers of an engine that is away are refused at once instead of each waiting
 * for its time-out. `now` gives milliseconds, and need not be a wall clock.
 */
export interface Breaker {
  /** Whether a call may be made now; when half-open, true for one probe at a time. Every true wants its outcome told. */
  admits(): boolean
  succeeded(): void
  failed(): void
  state(): BreakerState
  /** How often it has opened. */
  opened(): number
}

export function createBreaker(options: { failuresMax: number; openMs: number; now: () => number }): Breaker {
  const { failuresMax, openMs, now } = options
  let failures = 0
  let openUntil = 0
  let opened = 0
  let probeUntil = 0
  const closed = () => failures < failuresMax

  return {
    admits() {
      if (closed()) return true
      const at = now()
      // A probe whose outcome never comes must not hold the door for ever.
      if (at < openUntil || at < probeUntil) return false
      probeUntil = at + openMs
      return true
    },
    succeeded() {
      failures = 0
      probeUntil = 0
    },
    failed() {
      failures += 1
      if (closed()) return
      if (failures === failuresMax) opened += 1
      openUntil = now() + openMs
      probeUntil = 0
    },
    state: () => (closed() ? 'closed' : now() < openUntil ? 'open' : 'half-open'),
    opened: () => opened,
  }
}
