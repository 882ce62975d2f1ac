import type { Clock } from '../../../ports/clock.ts'

/** Write times in µs: the clock's, and above every one given before by this process. `after`: and above that one. */
export type WriteTime = (after?: number) => number

export function createWriteTimes(clock: Clock): WriteTime {
  let last = 0
  return function writeTime(after = 0) {
    last = Math.max(last + 1, after + 1, Math.floor(clock.now()) * 1_000)
    return last
  }
}
