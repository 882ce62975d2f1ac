import { type Id, idAt, idSpan, timeOf } from '../core/ids.ts'
import { missingAfterMs, settleMs, sweepAfterMs } from '../core/limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { OutboxRows } from '../ports/outbox-rows.ts'
import type { Queue } from '../ports/queue.ts'

const rowsAtOnce = 1_000

/**
 * The sweeper: moves the durable watermark up, and puts back into the queue what is undone and in no queue. One round;
 * `everything` takes rows of any age (a start, when the queue is empty).
 */
export interface Sweep {
  round(everything?: boolean): Promise<void>
  stats(): { rounds: number; republished: number }
}

export function createSweep({
  messages,
  outboxRows,
  queue,
  clock,
  lowestInFlight,
}: {
  messages: Pick<MessageStore, 'many'>
  outboxRows: Pick<OutboxRows, 'lowestUndone' | 'undone' | 'watermark' | 'setWatermark'>
  queue: Pick<Queue, 'put' | 'holds' | 'depth'>
  clock: Clock
  /** The smallest id in flight on any live node. */
  lowestInFlight: () => Id
}): Sweep {
  let rounds = 0
  let republished = 0

  async function republish(everything: boolean): Promise<void> {
    const now = clock.now()
    // As a rule nothing is undone for so long: then the queue need not be asked.
    if (!everything && (await outboxRows.lowestUndone()) >= idAt(now - sweepAfterMs)) return
    const { oldest } = await queue.depth()
    // What is younger than the queue's oldest job may simply not have had its turn.
    const newest = everything
      ? Number.POSITIVE_INFINITY
      : Math.min(idAt(now), oldest ?? idAt(now)) - idSpan(sweepAfterMs)
    let above = 0
    for (;;) {
      const rows = await outboxRows.undone(above, rowsAtOnce)
      const lost = rows.filter((row) => row.id < newest && !queue.holds(row.id))
      const there = await messages.many(lost.map((row) => row.id))
      for (const [i, row] of lost.entries()) {
        // A row without its message may be one that is still being stored; later it is an empty job.
        if (there[i] === undefined && now - timeOf(row.id) < missingAfterMs) continue
        if (!(await queue.put(row, row.nextPage))) return
        republished++
      }
      const last = rows.at(-1)
      if (last === undefined || rows.length < rowsAtOnce || last.id >= newest) return
      above = last.id
    }
  }

  return {
    async round(everything = false) {
      // Read before the rows: an id that leaves the flight has its row by then.
      const bound = Math.min(lowestInFlight(), idAt(clock.now() - settleMs))
      const watermark = Math.min(bound, await outboxRows.lowestUndone())
      if (watermark > (await outboxRows.watermark())) await outboxRows.setWatermark(watermark)
      await republish(everything)
      rounds++
    },
    stats: () => ({ rounds, republished }),
  }
}
