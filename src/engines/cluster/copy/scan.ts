import { copyRanges, copyScanRows } from '../../../core/limits.ts'
import type { Kind, KindReader, KindWriter } from '../../../ports/copy.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { tokenRanges } from '../cassandra/token-ranges.ts'
import type { Marks } from './marks.ts'

export interface Scan<Found, Row> {
  readonly columns: string
  readonly table: string
  /** The columns of the partition key. */
  readonly key: string
  /** What of a page's rows counts. */
  readonly rows: (found: readonly Found[]) => readonly Row[] | Promise<readonly Row[]>
  /** Rows of a page; fewer where many rows have ended, which the nodes read along and give up on when they are too many. */
  readonly length?: number
}

/** The ring in equal ranges of tokens, by name. */
const ranges = new Map(tokenRanges(copyRanges).map((bounds, i) => [`${i}`, bounds]))

/** Reads a whole table, range by range of its tokens, a page after the other by Cassandra's own token of pages. */
export function scanReader<Found, Row>(db: Cassandra, scan: Scan<Found, Row>): KindReader<Row> {
  const { columns, table, key, rows, length = copyScanRows } = scan
  const select = statement<Found>(`SELECT ${columns} FROM ${table} WHERE token(${key}) > ? AND token(${key}) <= ?`)
  return {
    async parts() {
      return [...ranges.keys()].map((name) => ({ name, rows: undefined }))
    },
    async page(part, page) {
      const found = await db.page(select, ranges.get(part)!, length, page)
      return { rows: await rows(found.rows), next: found.next }
    },
  }
}

/** Writes all rows of a page side by side, then what comes `after` them, then the mark. */
export function pageWriter<Row>(
  marks: Marks,
  kind: Kind,
  write: (row: Row) => Promise<unknown>,
  more: { readonly after?: (rows: readonly Row[]) => Promise<unknown>; readonly end?: () => Promise<void> } = {},
): KindWriter<Row> {
  return {
    async write(rows, part, mark) {
      await Promise.all(rows.map(write))
      await more.after?.(rows)
      await marks.save(kind, part, mark)
    },
    async end() {
      await more.end?.()
    },
  }
}
