import { idAt } from '../core/ids.ts'
import { type Keep, keptFrom } from '../core/keep.ts'
import { keepAgeMsMin, retentionPageRows, retentionPauseMs, retentionShare } from '../core/limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { Retention } from '../ports/retention.ts'
import type { Bodies } from './bodies.ts'

/** Takes away what is not kept any more, page by page, with pauses, until nothing is left to take or `signal` aborts. */
export interface Retain {
  round(signal: AbortSignal): Promise<void>
  stats(): { taken: number }
}

export function createRetain({
  retention,
  bodies,
  clock,
  keep,
}: {
  retention: Retention
  bodies: Pick<Bodies, 'remove'>
  clock: Clock
  keep: Keep
}): Retain {
  let taken = 0

  /** Below this id messages go now; 0: none. */
  function bound(): number {
    if (keep === undefined) return 0
    if ('ageMs' in keep) return keptFrom(keep, clock.now())
    const tooMuch = (retention.bytes() ?? 0) > keep.bytes
    return tooMuch ? idAt(clock.now() - keepAgeMsMin) : 0
  }

  return {
    async round(signal) {
      for (let below = bound(); below > 0 && !signal.aborted; below = bound()) {
        const began = clock.now()
        const page = await retention.expire(below, retentionPageRows)
        for (const id of page.taken) bodies.remove(id)
        taken += page.taken.length
        if (!page.more) return
        const tookMs = clock.now() - began
        await clock.sleep(Math.max(retentionPauseMs, tookMs * (1 / retentionShare - 1)), signal)
      }
    },
    stats: () => ({ taken }),
  }
}
