import { coalesce } from '../../../core/coalesce.ts'
import { type Id, idAt, idMax } from '../../../core/ids.ts'
import { clocksApartMaxMs, lateAfterMs, settleMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Background } from './background.ts'
import type { Cassandra } from './client.ts'
import { LookedAt } from './looked-at.ts'
import { type FeedRow, isUndone, type OutboxFeed } from './outbox-feed.ts'
import { outboxReading, walkUp } from './outbox-walk.ts'

const columns = outboxReading<FeedRow>('id, author, state')

const none = Number.POSITIVE_INFINITY
/** A row that appears this much after its id is told of as late. */
const recentlyMs = lateAfterMs + 2 * clocksApartMaxMs

/**
 * Below which id nothing is undone. One mark that moves upward over rows that are done, and down to an undone row that
 * appears below it: a row is read about once, however many there are.
 *
 * The answer may be as of some seconds ago (`LookedAt`). What other processes stored since has an id of the last
 * `settleMs` before that (an id not stored in time is abandoned), so it is bounded by that moment too; what this process
 * stored it knows at once.
 */
export interface LowestUndone {
  /** No undone row has an id below. */
  now(): Promise<Id>
  /** The same as of the last look, at once. */
  last(): Id
  /** From this id on there may be undone rows; those of other processes' last seconds may be missing. */
  from(): Promise<Id>
  /** This process is about to store this row's message. */
  stored(id: Id): void
}

export function createLowestUndone(
  db: Cassandra,
  feed: OutboxFeed,
  clock: Clock,
  watermark: () => Promise<Id>,
  background: Background,
): LowestUndone {
  /** As of the last look no undone row lies below; undefined before the first one. */
  let mark: Id | undefined
  /** What appeared since the last look was not told of. */
  let gap = true
  /** The lowest rows that were told of since the look that is under way began: undone ones, and late ones. */
  let undone = none
  let late = none

  function stored(id: Id): void {
    undone = Math.min(undone, id)
    if (mark !== undefined) mark = Math.min(mark, id)
  }

  feed.onRestart(() => {
    gap = true
  })
  feed.listen((rows) => {
    for (const row of rows) {
      if (row.late) {
        late = Math.min(late, row.id)
        if (mark !== undefined) mark = Math.min(mark, row.id)
      } else if (isUndone(row)) stored(row.id)
    }
  })

  const look = coalesce(async () => {
    undone = none
    late = none
    const reading = await feed.refresh()
    // What appeared after a look lies above it, and nothing appears below the watermark.
    const above = Math.min(mark ?? none, idAt(looked.at - settleMs))
    const known = gap || mark === undefined ? Math.max(above, await watermark()) : mark
    gap = false
    // A late row may be done: it is only where to begin.
    const from = Math.min(known, late)
    late = none
    const found = from < reading.from ? await firstUndone(from, reading.from) : none
    mark = Math.min(found, undone, late)
    looked.at = reading.began
  })
  const looked = new LookedAt(clock, background, 'the lowest undone outbox row could not be looked for', look)

  function last(): Id {
    return mark === undefined ? 0 : Math.min(mark, idAt(looked.at - settleMs))
  }

  async function firstUndone(from: Id, to: Id): Promise<Id> {
    for await (const rows of walkUp(db, columns, from, Math.min(to, idMax))) {
      const first = rows.find(isUndone)
      if (first) return first.id
    }
    return none
  }

  return {
    stored,
    last,
    async now() {
      await looked.fresh()
      return last()
    },
    async from() {
      await looked.fresh()
      return Math.min(mark!, idAt(looked.at - recentlyMs))
    },
  }
}
