import { coalesce } from '../../../core/coalesce.ts'
import { type Id, idAt, idMax, type MessageId } from '../../../core/ids.ts'
import { clocksApartMaxMs, watermarkAgeMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { OutboxRow, OutboxRows } from '../../../ports/outbox-rows.ts'
import type { Background } from './background.ts'
import { type Cassandra, statement } from './client.ts'
import { createDeadJobs } from './dead-jobs.ts'
import type { OutboxFeed } from './outbox-feed.ts'
import { isRow, type JobRow, jobColumns, presentRow, states } from './outbox-jobs.ts'
import { createLowestUndone, type LowestUndone } from './outbox-lowest.ts'
import { createTrim } from './outbox-trim.ts'
import { outboxReading, walkUp } from './outbox-walk.ts'
import { outboxPlace } from './road-keys.ts'
import type { Values } from './rows.ts'
import type { WriteTime } from './write-times.ts'

const readRow = statement<JobRow>(`SELECT ${jobColumns} FROM outbox WHERE minute = ? AND shard = ? AND id = ?`)
const reading = outboxReading<JobRow>(jobColumns)
const mark = statement('UPDATE outbox USING TIMESTAMP ? SET state = ? WHERE minute = ? AND shard = ? AND id = ?')
const writePage = statement(
  'UPDATE outbox USING TIMESTAMP ? SET next_page = ? WHERE minute = ? AND shard = ? AND id = ?',
)
const readMark = statement<{ watermark: Id | undefined }>('SELECT watermark FROM sweep WHERE shard = 0')
const writeMark = statement('UPDATE sweep USING TIMESTAMP ? SET watermark = ? WHERE shard = 0')

/** Outbox rows, and what the message store tells them. */
export interface CassandraOutboxRows extends OutboxRows {
  readonly lowest: LowestUndone
}

/**
 * Outbox rows by minute and shard. [O6] `lowestUndone` is a bound: see `LowestUndone`. One watermark for all shards: one
 * sweeper leads them all.
 */
export function createCassandraOutboxRows(
  db: Cassandra,
  feed: OutboxFeed,
  clock: Clock,
  writeTime: WriteTime,
  background: Background,
): CassandraOutboxRows {
  let watermark: Id = 0
  let watermarkAt = Number.NEGATIVE_INFINITY
  const dead = createDeadJobs(db)
  const trim = createTrim(db, clock, dead, background)

  const readWatermark = coalesce(async () => {
    const at = clock.now()
    const found = await db.one(readMark, [])
    watermark = Math.max(watermark, found?.watermark ?? 0)
    watermarkAt = at
  })

  async function currentWatermark(): Promise<Id> {
    const age = clock.now() - watermarkAt
    if (age < 0 || age > watermarkAgeMs) await readWatermark()
    return watermark
  }

  const lowest = createLowestUndone(db, feed, clock, currentWatermark, background)

  async function row(id: MessageId): Promise<OutboxRow | undefined> {
    const found = await db.one(readRow, [...outboxPlace(id), id])
    return found && isRow(found) ? presentRow(found) : undefined
  }

  async function markAll(ids: readonly MessageId[], state: number): Promise<void> {
    const places = new Map<string, Values[]>()
    for (const id of ids) {
      const place = outboxPlace(id)
      const values = places.get(place.join()) ?? []
      places.set(place.join(), values)
      values.push([writeTime(), state, ...place, id])
    }
    await Promise.all(
      [...places.values()].map((marks) =>
        marks.length === 1 ? db.write(mark, marks[0]!) : db.batch(marks.map((values) => [mark, values] as const)),
      ),
    )
  }

  return {
    lowest,
    row,

    async progress(id, nextPage) {
      await db.write(writePage, [writeTime(), nextPage, ...outboxPlace(id), id])
    },

    async done(ids) {
      await markAll(ids, states.done)
    },

    async undone(above, limit) {
      const from = Math.max(above + 1, await lowest.from())
      const to = Math.min(idMax, idAt(clock.now() + clocksApartMaxMs))
      const found: OutboxRow[] = []
      for await (const rows of walkUp(db, reading, from, to)) {
        for (const one of rows) {
          if (one.state !== undefined || !isRow(one)) continue
          found.push(presentRow(one))
          if (found.length === limit) return found
        }
      }
      return found
    },

    lowestUndone: () => lowest.now(),
    watermark: currentWatermark,

    async setWatermark(id) {
      if (id <= (await currentWatermark())) return
      // The id is the write time: of two sweepers the larger mark stays, whichever writes last.
      await db.write(writeMark, [id, id])
      watermark = Math.max(watermark, id)
      trim(watermark)
    },

    async dead(id, why) {
      if ((await row(id)) === undefined) return
      await dead.add(id, why)
      await markAll([id], states.dead)
    },

    async deadJobs(limit) {
      return dead.list(limit)
    },
  }
}
