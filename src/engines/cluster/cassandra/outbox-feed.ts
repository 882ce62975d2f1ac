import { coalesce } from '../../../core/coalesce.ts'
import { type Id, idAt, idMax, type UserId } from '../../../core/ids.ts'
import { clocksApartMaxMs, feedGapMs, lateAfterMs, lateWriteMs, settleMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Cassandra, statement } from './client.ts'
import { outboxReading, walkUp } from './outbox-walk.ts'
import { minuteAt } from './road-keys.ts'

/** An outbox row as the feed tells it. */
export interface FeedRow {
  readonly id: Id
  /** Undefined: a mark for an id that has no row. */
  readonly author: UserId | undefined
  /** Undefined: undone. */
  readonly state: number | undefined
  /** The message was deleted or abandoned. */
  readonly gone: boolean | undefined
  /** Told of because it appeared late: its state is not known. */
  readonly late?: true
}

/** One reading of what appeared. */
export interface Reading {
  /** Unix ms at which it began: whatever was visible then has been told, in this reading or an earlier one. */
  readonly began: number
  /** From this id on it saw every row. */
  readonly from: Id
}

/** Every outbox row of the installation, told soon after it appeared; some several times. */
export interface OutboxFeed {
  /** Ids below were settled when the feed began: they are not told. */
  start(): Id
  /**
   * Called when the feed begins anew, before anything more is told: nobody had asked for so long (`feedGapMs`) that what
   * appeared meanwhile is better found in another way.
   */
  onRestart(restarted: () => void): void
  /** Unix ms at which the last reading that has ended began: what was visible then has been told. */
  began(): number
  /** From this id on a row may have appeared that has not been told of. */
  unread(): Id
  /** Reads what has appeared, by whichever process; the reading began after the call. */
  refresh(): Promise<Reading>
  listen(told: (rows: readonly FeedRow[]) => void): void
  /**
   * To be awaited between the write of an outbox row and the writes of its message: tells the feeds of all processes where
   * the row appeared late.
   */
  appeared(id: Id, author: UserId): Promise<void>
}

export const isUndone = ({ author, state }: FeedRow): boolean => author !== undefined && state === undefined

const columns = outboxReading<FeedRow>('id, author, state, gone')
const lateRows = statement<{ at: number; id: Id; author: UserId }>(
  'SELECT at, id, author FROM outbox_late WHERE minute = ? AND at >= ?',
)
const writeLate = statement('INSERT INTO outbox_late (minute, at, id, author) VALUES (?, ?, ?, ?)')

/** Rows are read again from so far before the last reading began: see below. */
const overlapMs = lateAfterMs + clocksApartMaxMs + 500
const lateOverlapMs = lateWriteMs + clocksApartMaxMs + 500
/** A reading that took this long is followed by as long a pause, up to … */
const pauseFromMs = 10
const pauseMaxMs = 250
/** Ids taken by clocks ahead of this one. */
const aheadMs = clocksApartMaxMs + 1_000

/**
 * Outbox rows stand by id, and a row may appear up to 10 s after its id was taken: to see all that appeared since the last
 * reading, one would read those 10 s again each time. Instead a row that appears more than `lateAfterMs` after its id is
 * also written to `outbox_late`, by the moment of that, before its message is written. So:
 *
 * - A row with no late row is visible `lateAfterMs` after its id by its writer's clock, at most `clocksApartMaxMs` later by
 *   ours. The first reading that begins after it became visible goes back to `overlapMs` before the reading before it,
 *   which began before it was visible; so it meets the row.
 * - A late row is visible `lateWriteMs` after the moment it bears (else it is written again with a later one), and is met
 *   in the same way.
 *
 * What is written to the message tables after either is therefore told by the first reading that begins after that.
 */
export function createOutboxFeed(db: Cassandra, clock: Clock): OutboxFeed {
  const listeners: ((rows: readonly FeedRow[]) => void)[] = []
  const restarts: (() => void)[] = []
  let start: Id
  let lastBegan: number
  let readBegan = Number.NEGATIVE_INFINITY
  begin(clock.now())
  let tookMs = 0
  const tell = (rows: readonly FeedRow[]) => {
    for (const told of listeners) told(rows)
  }

  function begin(now: number): void {
    start = idAt(now - settleMs)
    lastBegan = now - settleMs + overlapMs
  }

  async function readLate(began: number): Promise<void> {
    const from = lastBegan - lateOverlapMs
    for (let minute = minuteAt(from); minute <= minuteAt(began + aheadMs); minute++) {
      const rows = await db.read(lateRows, [minute, from])
      if (rows.length > 0)
        tell(rows.map(({ id, author }) => ({ id, author, state: undefined, gone: undefined, late: true })))
    }
  }

  async function readRows(from: Id, began: number): Promise<void> {
    for await (const rows of walkUp(db, columns, from, Math.min(idMax, idAt(began + aheadMs)))) tell(rows)
  }

  const refresh = coalesce(async (): Promise<Reading> => {
    // In a storm of questions, reading takes at most half of the time.
    if (tookMs >= pauseFromMs) await clock.sleep(Math.min(tookMs, pauseMaxMs))
    const beganReading = performance.now()
    const began = clock.now()
    if (began - lastBegan > feedGapMs) {
      begin(began)
      for (const restarted of restarts) restarted()
    }
    const from = Math.max(start, idAt(lastBegan - overlapMs))
    await Promise.all([readRows(from, Math.max(began, lastBegan)), readLate(began)])
    lastBegan = began
    readBegan = began
    tookMs = performance.now() - beganReading
    return { began, from }
  })

  return {
    start: () => start,
    began: () => readBegan,
    onRestart: (restarted) => void restarts.push(restarted),
    unread: () => idAt(lastBegan - settleMs),
    refresh,
    listen: (told) => void listeners.push(told),
    async appeared(id, author) {
      if (idAt(clock.now() - lateAfterMs) <= id) return
      for (;;) {
        const at = clock.now()
        await db.write(writeLate, [minuteAt(at), at, id, author])
        if (clock.now() - at <= lateWriteMs) return
      }
    },
  }
}
