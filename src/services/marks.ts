import { type Id, idAt } from '../core/ids.ts'
import { settleMs, watermarkServesMs } from '../core/limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { OutboxRows } from '../ports/outbox-rows.ts'

/**
 * The low watermark W of this moment: nothing appears below it after the positions that are read next. The smallest of
 * the lowest undone outbox row, the lowest id in flight, and now − `settleMs` (for ids in flight that are not known of).
 */
export type LowWatermark = () => Promise<Id>

export function createLowWatermark({
  outboxRows,
  hotLog,
  clock,
  lowestInFlight,
}: {
  outboxRows: Pick<OutboxRows, 'lowestUndone'>
  hotLog: Pick<HotLog, 'refresh'>
  clock: Clock
  lowestInFlight: () => Id
}): LowWatermark {
  return async function lowWatermark() {
    // In flight first: an id that leaves the flight has its row by then.
    const bound = Math.min(lowestInFlight(), idAt(clock.now() - settleMs))
    const watermark = Math.min(bound, await outboxRows.lowestUndone())
    // Whoever reads this process's copy of the hot log now reads it as of after the watermark.
    await hotLog.refresh()
    return watermark
  }
}

/**
 * The watermark of at most `watermarkServesMs` ago, shared by all who ask, and looked for again beside them: for readers by
 * arrival, to whom an older one is as right. It was read before the hot log's copy was, and that before the ring they read
 * next. What it costs is that the copy, and so a poll, may miss hot messages of that last moment.
 */
export function createSharedWatermark(lowWatermark: LowWatermark, clock: Pick<Clock, 'now'>): LowWatermark {
  let last: Id = 0
  let at = Number.NEGATIVE_INFINITY
  let looking: Promise<Id> | undefined

  async function look(): Promise<Id> {
    const began = clock.now()
    last = await lowWatermark()
    at = began
    return last
  }

  return async function sharedWatermark() {
    const age = clock.now() - at
    const serves = age >= 0 && age <= watermarkServesMs
    if (serves && (age <= watermarkServesMs / 2 || looking !== undefined)) return last
    if (looking === undefined) {
      looking = look().finally(() => {
        looking = undefined
      })
      // Whoever waits for it is told; else the next one tries again.
      looking.catch(() => {})
    }
    return serves ? last : looking
  }
}
