import type { Database } from 'bun:sqlite'
import type { InstallationRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import { type Marks, tableWriter } from './table.ts'

/** `meta` names what the row has: all but the hot log's newest position, which SQLite keeps. */
const names = {
  installation: 'installation',
  secret: 'secret',
  hotEpoch: 'hot_epoch',
  hotForgotten: 'hot_forgotten',
  watermark: 'watermark',
} as const

export function installationReader(db: Database): KindReader<InstallationRow> {
  const meta = db.query('SELECT value FROM meta WHERE key = ?')
  const sequence = db.query("SELECT seq FROM sqlite_sequence WHERE name = 'hot'")
  const number = (rows: unknown[][]) => (rows[0]?.[0] ?? 0) as number
  return {
    async parts() {
      return [{ name: 'all', rows: 1 }]
    },
    async page() {
      const of = (key: keyof typeof names) => number(meta.values(names[key]))
      const row = {
        installation: of('installation'),
        secret: of('secret'),
        hotEpoch: of('hotEpoch'),
        hotHead: number(sequence.values()),
        hotForgotten: of('hotForgotten'),
        watermark: of('watermark'),
        pushKey: meta.values('push_key')[0]![0] as string,
      }
      return { rows: [row], next: undefined }
    },
  }
}

export function installationWriter(db: Database, marks: Marks): KindWriter<InstallationRow> {
  const save = db.query('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
  const drop = db.query('DELETE FROM meta WHERE key = ?')
  const dropSequence = db.query("DELETE FROM sqlite_sequence WHERE name = 'hot'")
  const saveSequence = db.query("INSERT INTO sqlite_sequence (name, seq) VALUES ('hot', ?)")
  return tableWriter(db, marks, 'installation', (row: InstallationRow) => {
    for (const key of Object.keys(names) as (keyof typeof names)[]) {
      // Absent where nothing happened yet, as in a new folder; not so in one that was served empty.
      if (row[key] > 0) save.run(names[key], row[key])
      else drop.run(names[key])
    }
    save.run('push_key', row.pushKey)
    dropSequence.run()
    if (row.hotHead > 0) saveSequence.run(row.hotHead)
  })
}
