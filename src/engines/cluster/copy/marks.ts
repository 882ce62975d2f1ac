import type { CopyMark, Kind, PlaceCopy } from '../../../ports/copy.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { EngineUnusable } from '../unusable.ts'

interface Setting {
  readonly name: string
  readonly value: string
}

const readOne = statement<Setting>('SELECT name, value FROM settings WHERE name = ?')
const readAll = statement<Setting>('SELECT name, value FROM settings')
const write = statement('INSERT INTO settings (name, value) VALUES (?, ?)')
const remove = statement('DELETE FROM settings WHERE name = ?')

/** The copy that was made into this keyspace, or is being made: under `copy` in `settings`. */
export async function readCopy(db: Cassandra): Promise<PlaceCopy | undefined> {
  const row = await db.one(readOne, ['copy'])
  return row && (JSON.parse(row.value) as PlaceCopy)
}

export function writeCopy(db: Cassandra, copy: PlaceCopy): Promise<void> {
  return db.write(write, ['copy', JSON.stringify(copy)])
}

/** @throws EngineUnusable where half of an installation stands in the keyspace */
export async function refuseUnfinishedCopy(db: Cassandra): Promise<void> {
  const copy = await readCopy(db)
  if (copy === undefined || copy.finished !== undefined) return
  throw new EngineUnusable(
    `The keyspace ${db.keyspace} is not whole, for a copy into it was interrupted: \`rookery copy --from ${copy.from} --to cluster:${db.keyspace}\` goes on.`,
  )
}

/** How far each part has come, under `copy KIND PART`; gone once the copy is finished. `settings` has few rows. */
export function copyMarks(db: Cassandra) {
  const all = async (prefix: string) => (await db.read(readAll, [])).filter(({ name }) => name.startsWith(prefix))
  return {
    save: (kind: Kind, part: string, mark: CopyMark) => db.write(write, [`copy ${kind} ${part}`, JSON.stringify(mark)]),
    async of(kind: Kind): Promise<Map<string, CopyMark>> {
      const prefix = `copy ${kind} `
      return new Map((await all(prefix)).map(({ name, value }) => [name.slice(prefix.length), readMark(value)]))
    },
    async forget(): Promise<void> {
      for (const { name } of await all('copy ')) await db.write(remove, [name])
    },
  }
}

export type Marks = ReturnType<typeof copyMarks>

function readMark(text: string): CopyMark {
  const { next, rows } = JSON.parse(text) as Partial<CopyMark>
  return { next, rows: rows ?? 0 }
}
