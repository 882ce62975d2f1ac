import { idAt, timeOf, type UserId } from '../core/ids.ts'
import { fanoutPageReaders, undoneRefuseMs, undoneSlowMs } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { OutboxRow, OutboxRows } from '../ports/outbox-rows.ts'

/** The longest a publish is held back while fan-out lags (just below the refusal); a client's time-out is far above. */
const slowestMs = 2_000
/** How long one look at the old rows serves. */
const lookEveryMs = 1_000
/** Old rows looked at: enough to meet one of a small author among many of large ones. */
const rowsLookedAt = 200

/**
 * Back-pressure from fan-out to publishers: the age of the oldest undone outbox row. From `undoneSlowMs` on publishing
 * slows, from `undoneRefuseMs` it is refused. A large author's rows hold back that author alone.
 */
export function createAdmit({
  outboxRows,
  graph,
  clock,
}: {
  outboxRows: Pick<OutboxRows, 'lowestUndone' | 'undone'>
  graph: Pick<FollowGraph, 'followerCount'>
  clock: Clock
}): (author: UserId) => Promise<void> {
  let lookedAt = Number.NEGATIVE_INFINITY
  let everyone = Number.POSITIVE_INFINITY
  let large = new Map<UserId, number>()

  async function isLarge(row: OutboxRow): Promise<boolean> {
    return row.mode === 'pushed' && (await graph.followerCount(row.author)) > fanoutPageReaders
  }

  async function look(now: number): Promise<void> {
    lookedAt = now
    const rows = await outboxRows.undone(0, rowsLookedAt)
    const old = new Map<UserId, number>()
    let oldest = Number.POSITIVE_INFINITY
    for (const row of rows) {
      if (await isLarge(row)) {
        if (!old.has(row.author)) old.set(row.author, timeOf(row.id))
      } else {
        oldest = timeOf(row.id)
        break
      }
    }
    everyone = oldest
    large = old
  }

  return async function admit(author) {
    const now = clock.now()
    if ((await outboxRows.lowestUndone()) > idAt(now - undoneSlowMs)) return
    if (now - lookedAt > lookEveryMs) await look(now)
    const age = now - Math.min(everyone, large.get(author) ?? Number.POSITIVE_INFINITY)
    if (age < undoneSlowMs) return
    if (age >= undoneRefuseMs) {
      throw new Refusal('overloaded', 'Deliveries lag far behind; try again in a minute.', { retryAfterSeconds: 60 })
    }
    await clock.sleep((slowestMs * (age - undoneSlowMs)) / (undoneRefuseMs - undoneSlowMs))
  }
}
