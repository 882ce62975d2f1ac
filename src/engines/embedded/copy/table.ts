import type { Database } from 'bun:sqlite'
import { copyPageRows } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { CopyMark, Kind, KindReader, KindWriter } from '../../../ports/copy.ts'
import type { copyMarks } from './mark.ts'

export type Marks = ReturnType<typeof copyMarks>

type Key = readonly (string | number)[]

/** One part of a kind: the rows of a SELECT, in the order of their key. */
export interface TablePart<Row> {
  readonly name: string
  /** Takes the key after which it starts (`?1` …), then a limit. */
  readonly select: string
  /** How many rows there are. */
  readonly count: string
  /** A row out of its columns. */
  readonly row: (...cells: never[]) => Row
  readonly key: (row: Row) => Key
  /** Lies before every key. */
  readonly first: Key
}

/** Reads a kind page by page, each page after the last key of the one before. */
export function tableReader<Row>(db: Database, parts: readonly TablePart<Row>[]): KindReader<Row> {
  return {
    async parts() {
      return parts.map(({ name, count }) => ({ name, rows: (db.query(count).values() as [[number]])[0][0] }))
    },

    async page(name, page) {
      const part = parts.find((one) => one.name === name)
      if (part === undefined) throw new Error(`there is no part ${name}`)
      const after = page === undefined ? part.first : (JSON.parse(page) as Key)
      const cells = db.query(part.select).values(...after, copyPageRows) as never[][]
      const rows = cells.map((row) => part.row(...row))
      const last = rows.at(-1)
      const more = rows.length === copyPageRows && last !== undefined
      return { rows, next: more ? JSON.stringify(part.key(last)) : undefined }
    },
  }
}

/** Writes a page and its mark in one commit. */
export function tableWriter<Row>(
  db: Database,
  marks: Marks,
  kind: Kind,
  add: (row: Row) => void,
  end: () => void = () => {},
): KindWriter<Row> {
  const commit = db.transaction((rows: readonly Row[], part: string, mark: CopyMark) => {
    for (const row of rows) add(row)
    marks.save(kind, part, mark)
  })
  const commitEnd = db.transaction(end)
  return {
    async write(rows, part, mark) {
      withRoom(db, () => commit.immediate(rows, part, mark))
    },
    async end() {
      withRoom(db, () => commitEnd.immediate())
    },
  }
}

/** A full disk in a sentence: what was written before stays. */
function withRoom(db: Database, work: () => void): void {
  try {
    work()
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'SQLITE_FULL') throw error
    throw new Refusal('disk_full', `The disk of ${db.filename} is full: make room, then start the same copy again.`)
  }
}
