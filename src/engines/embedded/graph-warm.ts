import type { Clock } from '../../ports/clock.ts'
import type { EmbeddedDatabase } from './database.ts'
import { memberNumbers, rowFirst, rowKey } from './graph-pages.ts'
import type { RowCache } from './graph-rows.ts'

/** Rows read in one slice, about a millisecond … */
const sliceRows = 1_000
/** … and how long serving has the thread to itself between two: a million authors take 12 s of a tenth of its time. */
const pauseMs = 10

/** Fills `rows` with the lists that are one row, in order of the owners. Each slice is read and kept in one step. */
export async function warmRows(
  scanner: EmbeddedDatabase['scanner'],
  rows: RowCache,
  clock: Clock,
  stop: AbortSignal,
): Promise<void> {
  const db = scanner()
  try {
    const slice = db.query(`SELECT key, members FROM follower_pages WHERE key >= ? ORDER BY key LIMIT ${sliceRows}`)
    const ownerOf = (key: number) => Math.floor(key / memberNumbers)
    let from = 0
    while (!stop.aborted && !rows.full) {
      const read = slice.values(from) as [number, Uint8Array][]
      const ended = read.length < sliceRows
      // Of the last owner there may be more rows: who is not the only one comes again with the next slice.
      const lastOwner = ended ? Number.POSITIVE_INFINITY : ownerOf(read.at(-1)![0])
      for (const [i, [key, members]] of read.entries()) {
        const owner = ownerOf(key)
        if (owner >= lastOwner) break
        const next = read[i + 1]
        const single = rowFirst(key) === 0 && (next === undefined || ownerOf(next[0]) !== owner)
        if (single && rows.get(owner) === undefined) rows.set(owner, members)
      }
      if (ended) return
      from = rowKey(ownerOf(read[0]![0]) === lastOwner ? lastOwner + 1 : lastOwner, 0)
      await clock.sleep(pauseMs, stop)
    }
  } finally {
    db.close()
  }
}
