import type { Random } from './random.ts'

/**
 * How hostile one run is. Each seed draws its own profile, leaving whole kinds of fault out: runs with a few kinds find
 * what runs with all of them hide (Groce et al., "Swarm Testing", ISSTA 2012). Probabilities are per call.
 */
export interface Faults {
  /** Mean delay of a call on its way there and on its way back, in milliseconds each. */
  delayMs: number
  /** A call takes up to 400 ms more … */
  lag: number
  /** … or up to 14 s more: past every deadline that a service sets. */
  slow: number
  /** A call fails before it had an effect. */
  refuse: number
  /** A call has its effect and fails all the same. */
  refuseAfter: number
  /** An event of the bus is lost. */
  loseEvent: number
  /** A finished job is handed out again: its acknowledgement was lost. */
  loseOutcome: number
  /** A job is handed out a second time while the first worker still has it. */
  impatient: number
  /** Mean time between crashes of a process, in milliseconds of the whole run (Infinity: none). */
  crashEveryMs: number
  /** Mean time between losses of inboxes, wholly or their newest appends. */
  loseInboxesEveryMs: number
  /** Mean time between losses of the queue. */
  loseQueueEveryMs: number
  /** Mean time between steps of a clock. */
  stepClockEveryMs: number
}

/** Nothing fails; what the end of every run is like. */
export function calm(): Faults {
  return {
    delayMs: 1,
    lag: 0,
    slow: 0,
    refuse: 0,
    refuseAfter: 0,
    loseEvent: 0,
    loseOutcome: 0,
    impatient: 0,
    crashEveryMs: Number.POSITIVE_INFINITY,
    loseInboxesEveryMs: Number.POSITIVE_INFINITY,
    loseQueueEveryMs: Number.POSITIVE_INFINITY,
    stepClockEveryMs: Number.POSITIVE_INFINITY,
  }
}

/** A seed's own mixture. One seed in eight is calm all along: what fails there is plainly wrong. */
export function drawFaults(random: Random): Faults {
  const faults = calm()
  faults.delayMs = random.pick([0.5, 2, 10])
  if (random.happens(0.125)) return faults
  const some = () => random.happens(0.5)
  if (some()) faults.lag = random.pick([0.02, 0.1, 0.3])
  if (some()) faults.slow = random.pick([0.001, 0.004, 0.012])
  if (some()) faults.refuse = random.pick([0.005, 0.03])
  if (some()) faults.refuseAfter = random.pick([0.005, 0.03])
  if (some()) faults.loseEvent = random.pick([0.05, 0.5])
  if (some()) faults.loseOutcome = random.pick([0.02, 0.15])
  if (some()) faults.impatient = random.pick([0.02, 0.1])
  if (some()) faults.crashEveryMs = random.pick([4_000, 12_000])
  if (some()) faults.loseInboxesEveryMs = random.pick([2_000, 8_000])
  if (some()) faults.loseQueueEveryMs = random.pick([5_000, 15_000])
  if (some()) faults.stepClockEveryMs = random.pick([2_000, 8_000])
  return faults
}

/** What becomes of one call. */
export interface Fate {
  readonly there: number
  readonly back: number
  readonly refused: 'no' | 'before' | 'after'
}

export function drawFate(faults: Faults, random: Random): Fate {
  const late = () =>
    random.exponential(faults.delayMs) +
    (faults.lag > 0 && random.happens(faults.lag) ? random.number() * 400 : 0) +
    (faults.slow > 0 && random.happens(faults.slow) ? 2_000 + random.number() * 12_000 : 0)
  const refused =
    faults.refuse > 0 && random.happens(faults.refuse)
      ? 'before'
      : faults.refuseAfter > 0 && random.happens(faults.refuseAfter)
        ? 'after'
        : 'no'
  return { there: late(), back: late(), refused }
}
