import { oneByOneWaitMs } from '../core/limits.ts'
import type { Clock } from '../ports/clock.ts'
import { createWithin } from './deadlines.ts'

/**
 * Does the works of one name one after the other, whatever becomes of each; what waits for longer than `oneByOneWaitMs` is
 * done beside the one before it. Holds a name only while there is work of it.
 */
export function createOneByOne<Name>(clock: Clock): <T>(name: Name, work: () => Promise<T>) => Promise<T> {
  const within = createWithin(clock)
  const last = new Map<Name, Promise<unknown>>()

  return async function oneByOne(name, work) {
    const before = last.get(name)
    const mine = before === undefined ? work() : within(before, clock.now() + oneByOneWaitMs).then(work, work)
    last.set(name, mine)
    try {
      return await mine
    } finally {
      if (last.get(name) === mine) last.delete(name)
    }
  }
}
