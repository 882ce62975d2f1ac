import { type Id, idAt, idSequenceMax, makeId, timeOf } from '../core/ids.ts'
import { clockBackMaxMs } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'

/**
 * Gives out ids, rising, and knows which of them are in flight: taken, and neither stored nor abandoned yet. One a
 * process. Starts above the largest id ever stored, so that a clock set back between two runs repeats nothing.
 */
export interface IdSource {
  /** A new id, larger than `above` and than every id taken before; in flight until settled. Throws `unavailable`. */
  take(above?: Id): Promise<Id>
  /** An id that a former try took is in flight again. */
  adopt(id: Id): void
  settle(id: Id): void
  /** The smallest id in flight; Infinity when there is none. */
  lowestInFlight(): Id
  /** Everything below was stored or abandoned, and no id below is taken any more. */
  floor(): Id
}

export function createIdSource({
  clock,
  node,
  largestId,
  leaseEnd = never,
}: {
  clock: Clock
  node: number
  largestId: Id
  /** Unix ms before which ids of this node must lie (`Members.leaseEnd`). */
  leaseEnd?: () => number
}): IdSource {
  let lastMs = largestId === 0 ? 0 : timeOf(largestId)
  let sequence: number = idSequenceMax
  const inFlight = new Set<Id>()

  function lowestInFlight(): Id {
    let lowest = Number.POSITIVE_INFINITY
    for (const id of inFlight) if (id < lowest) lowest = id
    return lowest
  }

  return {
    async take(above = 0) {
      for (;;) {
        const now = clock.now()
        const from = above >= makeId(Math.max(lastMs, 1), node, sequence) ? timeOf(above) + 1 : lastMs
        if (now < from) {
          if (from - now > clockBackMaxMs) {
            throw new Refusal(
              'unavailable',
              'The clock of this server stands far behind its own messages: set it right.',
            )
          }
          await clock.sleep(from - now)
          continue
        }
        if (now > lastMs) {
          lastMs = now
          sequence = 0
        } else if (sequence < idSequenceMax) sequence++
        else {
          await clock.sleep(1)
          continue
        }
        // Whoever has this number next begins a second after the lease: past its end nothing is given out.
        if (lastMs >= leaseEnd()) throw leaseOver()
        const id = makeId(lastMs, node, sequence)
        inFlight.add(id)
        return id
      }
    },
    adopt: (id) => void inFlight.add(id),
    settle: (id) => void inFlight.delete(id),
    lowestInFlight,
    floor: () => Math.min(lowestInFlight(), lastMs === 0 ? idAt(clock.now()) : makeId(lastMs, node, sequence) + 1),
  }
}

const never = () => Number.POSITIVE_INFINITY

const leaseOver = () =>
  new Refusal(
    'unavailable',
    'This server has lost touch with the others for a moment: try again, or go to another one.',
    {
      retryAfterSeconds: 1,
    },
  )
