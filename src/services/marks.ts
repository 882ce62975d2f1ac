import { type Id, idAt } from '../core/ids.ts'
import { settleMs } from '../core/limits.ts'
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
