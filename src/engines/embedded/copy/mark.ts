import type { Database } from 'bun:sqlite'
import type { CopyMark, Kind, PlaceCopy } from '../../../ports/copy.ts'

/** In the folder stands half of an installation. The message is one sentence for the person who started this program. */
export class CopyUnfinished extends Error {
  override readonly name = 'CopyUnfinished'

  constructor(folder: string, from: string) {
    super(
      `The data folder ${folder} is not whole, for a copy into it was interrupted: \`rookery copy --from ${from} --to embedded:${folder}\` goes on.`,
    )
  }
}

/** The copy that was made into this database, or is being made: under `copy` in `meta`. */
export function readCopy(db: Database): PlaceCopy | undefined {
  const [row] = db.query("SELECT value FROM meta WHERE key = 'copy'").values() as [string][]
  return row && (JSON.parse(row[0]) as PlaceCopy)
}

export function copyUnderWay(db: Database): PlaceCopy | undefined {
  const copy = readCopy(db)
  return copy?.finished === undefined ? copy : undefined
}

export function writeCopy(db: Database, copy: PlaceCopy): void {
  db.query("INSERT OR REPLACE INTO meta (key, value) VALUES ('copy', ?)").run(JSON.stringify(copy))
}

/** How far each part has come, under `copy KIND PART`; gone once the copy is finished. */
export function copyMarks(db: Database) {
  const save = db.query('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
  const read = db.query("SELECT key, value FROM meta WHERE key > ?1 AND key < ?1 || 'z'")
  return {
    save(kind: Kind, part: string, mark: CopyMark): void {
      save.run(`copy ${kind} ${part}`, JSON.stringify(mark))
    },
    of(kind: Kind): Map<string, CopyMark> {
      const prefix = `copy ${kind} `
      const rows = read.values(prefix) as [string, string][]
      return new Map(rows.map(([key, value]) => [key.slice(prefix.length), readMark(value)]))
    },
    forget(): void {
      db.run("DELETE FROM meta WHERE key > 'copy ' AND key < 'copy z'")
    },
  }
}

function readMark(text: string): CopyMark {
  const { next, rows } = JSON.parse(text) as Partial<CopyMark>
  return { next, rows: rows ?? 0 }
}
