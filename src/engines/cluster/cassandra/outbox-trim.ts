import { type Id, idMax } from '../../../core/ids.ts'
import { outboxKeptMs, trimMinutesMax } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Background } from './background.ts'
import { type Cassandra, statement } from './client.ts'
import type { DeadJobs } from './dead-jobs.ts'
import { minutesUp } from './outbox-walk.ts'
import { dayOf, everyShard, minuteAt, minuteOf } from './road-keys.ts'

const readTrimmed = statement<{ trimmed: number | undefined }>('SELECT trimmed FROM sweep WHERE shard = 0')
const writeTrimmed = statement('UPDATE sweep USING TIMESTAMP ? SET trimmed = ? WHERE shard = 0')
const deleteShard = statement('DELETE FROM outbox WHERE minute = ? AND shard = ?')
const deleteMinute = statement('DELETE FROM outbox_minutes WHERE day = ? AND minute = ?')

/** How far back the first trim of an installation looks. */
const firstMinutes = 30 * 1_440
/** Dead jobs whose rows are kept, so that they can be tried again. */
const deadJobsKeptMax = 1_000

/**
 * Forgets outbox rows: whole minutes, once all in them is done (they lie below the watermark) and older than
 * `outboxKeptMs`. One tombstone a partition, where an expiry of single rows would mean writing each row once more when it
 * is done. Called by whoever moves the watermark; goes on where it stopped, some minutes at a time.
 */
export function createTrim(
  db: Cassandra,
  clock: Clock,
  dead: DeadJobs,
  background: Background,
): (watermark: Id) => void {
  let trimmed: number | undefined
  let running = false

  async function run(to: number, stop: AbortSignal): Promise<void> {
    trimmed ??= (await db.one(readTrimmed, []))?.trimmed ?? to - firstMinutes
    if (trimmed >= to) return
    const kept = new Set((await dead.list(deadJobsKeptMax)).map(({ id }) => minuteOf(id)))
    let left = trimMinutesMax
    let reached = to
    for await (const minute of minutesUp(db, trimmed, to - 1)) {
      if (left-- === 0 || stop.aborted) {
        reached = minute
        break
      }
      if (kept.has(minute)) continue
      await Promise.all(everyShard.map((shard) => db.write(deleteShard, [minute, shard])))
      await db.write(deleteMinute, [dayOf(minute), minute])
    }
    await db.write(writeTrimmed, [reached, reached])
    trimmed = reached
  }

  return function trim(watermark) {
    const to = Math.min(minuteOf(Math.min(watermark, idMax)), minuteAt(clock.now() - outboxKeptMs))
    if (running || (trimmed !== undefined && trimmed >= to)) return
    running = true
    // What fails is tried again with the next move of the watermark.
    background.start('old outbox rows could not be forgotten', (stop) =>
      run(to, stop).finally(() => {
        running = false
      }),
    )
  }
}
