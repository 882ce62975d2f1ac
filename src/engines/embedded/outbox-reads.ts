import type { Database } from 'bun:sqlite'
import type { Id, MessageId } from '../../core/ids.ts'

/** Authors asked between two turns of the event loop: about a millisecond. */
const authorsPerTurn = 128

/** The largest ids with `above` < id < `below` among the authors' outboxes, largest first, at most `limit`. */
export function readDown(
  reader: Database,
  authors: Float64Array,
  below: Id,
  above: Id,
  limit: number,
): Promise<MessageId[]> {
  const rows = reader.query('SELECT id FROM by_author WHERE author = ? AND id > ? AND id < ? ORDER BY id DESC LIMIT ?')
  return readBest(
    authors,
    limit,
    (a, b) => b - a,
    (author, best) => rows.values(author, best ?? above, below, limit),
  )
}

/** The smallest ids above `above`, smallest first, at most `limit`. */
export function readUp(reader: Database, authors: Float64Array, above: Id, limit: number): Promise<MessageId[]> {
  const rows = reader.query('SELECT id FROM by_author WHERE author = ? AND id > ? AND id < ? ORDER BY id LIMIT ?')
  const end = Number.MAX_SAFE_INTEGER
  return readBest(
    authors,
    limit,
    (a, b) => a - b,
    (author, best) => rows.values(author, above, best ?? end, limit),
  )
}

/**
 * One query an author; once `limit` ids are known, the worst of them bounds the following queries, so that most of them
 * touch one index page and return nothing.
 */
async function readBest(
  authors: Float64Array,
  limit: number,
  order: (a: number, b: number) => number,
  read: (author: number, bound: MessageId | undefined) => unknown[][],
): Promise<MessageId[]> {
  let found: MessageId[] = []
  let bound: MessageId | undefined
  for (let i = 0; i < authors.length; i++) {
    if (i > 0 && i % authorsPerTurn === 0) await new Promise<void>((resolve) => setImmediate(resolve))
    for (const [id] of read(authors[i]!, bound) as [MessageId][]) found.push(id)
    if (found.length >= 2 * limit || (bound === undefined && found.length >= limit)) {
      found = found.sort(order).slice(0, limit)
      bound = found.at(-1)
    }
  }
  return found.sort(order).slice(0, limit)
}
