import { copyRetryMaxMs, copyRetryMs, copyTriesMax, copyWritesAtOnce } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Cassandra } from '../cassandra/client.ts'
import { Turns } from '../cassandra/turns.ts'

/**
 * The same calls for who has time: at most `copyWritesAtOnce` under way, however many are asked for, and each made again
 * where the database did not answer. A compare-and-set that was made before its answer was lost then finds its own row.
 */
export function patient(db: Cassandra, clock: Clock): Cassandra {
  const turns = new Turns({
    inFlightMax: copyWritesAtOnce,
    waitingMax: Number.POSITIVE_INFINITY,
    waitMs: Number.POSITIVE_INFINITY,
  })

  async function again<T>(call: () => Promise<T>): Promise<T> {
    for (let tries = 1, pauseMs = copyRetryMs; ; tries++, pauseMs = Math.min(2 * pauseMs, copyRetryMaxMs)) {
      await turns.enter()
      try {
        return await call()
      } catch (error) {
        const passing = error instanceof Refusal && error.retryAfterSeconds !== undefined
        if (!passing) throw error
        if (tries === copyTriesMax) throw away(error)
      } finally {
        turns.leave()
      }
      await clock.sleep(pauseMs)
    }
  }

  return {
    ...db,
    read: (statement, values, consistency) => again(() => db.read(statement, values, consistency)),
    one: (statement, values, consistency) => again(() => db.one(statement, values, consistency)),
    page: (statement, values, length, page) => again(() => db.page(statement, values, length, page)),
    write: (statement, values) => again(() => db.write(statement, values)),
    batch: (writes) => again(() => db.batch(writes)),
    lwt: (change, values, look) => again(() => db.lwt(change, values, look)),
  }
}

function away(cause: unknown): Refusal {
  const refusal = new Refusal(
    'unavailable',
    'Cassandra does not answer any more: when it does, the same command goes on where the copy stopped.',
  )
  refusal.cause = cause
  return refusal
}
