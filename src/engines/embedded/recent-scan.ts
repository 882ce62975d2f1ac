import type { Id, MessageId, UserId } from '../../core/ids.ts'
import type { RecentMessages } from '../../core/recent-messages.ts'
import { outboxFlags } from './codes.ts'
import type { EmbeddedDatabase } from './database.ts'

/** Rows read between two turns of the event loop: about a millisecond. */
const sliceRows = 2_000

/**
 * Fills `recent` with the messages of earlier runs, newest first, out of the outbox rows: one pass over a dense table,
 * in slices, beside whatever the server already does. `from`: the largest id there is; `rowsFrom`: below it messages may
 * have no row. Ends early when the ring is full or `stop` aborts.
 */
export async function scanRecent(
  database: EmbeddedDatabase,
  recent: RecentMessages,
  from: Id,
  rowsFrom: Id,
  stop: AbortSignal,
): Promise<void> {
  const scanner = database.scanner()
  try {
    const slice = scanner.query(
      `SELECT id, author, flags FROM outbox WHERE id < ? AND id >= ? ORDER BY id DESC LIMIT ${sliceRows}`,
    )
    let below = from + 1
    for (;;) {
      await new Promise<void>((resolve) => setImmediate(resolve))
      if (stop.aborted) return
      const rows = slice.values(below, rowsFrom) as [MessageId, UserId, number][]
      for (const [id, author, flags] of rows) {
        if (flags & outboxFlags.gone) continue
        if (!recent.appendOlder(author, id, (flags & outboxFlags.hot) !== 0)) return recent.endScan(recent.reach)
      }
      if (rows.length < sliceRows) return recent.endScan(Math.max(0, rowsFrom - 1))
      below = rows.at(-1)![0]
    }
  } finally {
    scanner.close()
  }
}
