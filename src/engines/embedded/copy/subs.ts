import type { Database } from 'bun:sqlite'
import type { UserId } from '../../../core/ids.ts'
import type { KindReader, KindWriter, SubRow } from '../../../ports/copy.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

export function subsReader(db: Database): KindReader<SubRow> {
  return tableReader(db, [
    {
      name: 'all',
      select: 'SELECT sub, user, name, named_at FROM subs WHERE sub > ? ORDER BY sub LIMIT ?',
      count: 'SELECT count(*) FROM subs',
      first: [''],
      key: ({ sub }) => [sub],
      row: (sub: string, user: UserId, name: string, namedAt: number): SubRow => ({ sub, user, name, namedAt }),
    },
  ])
}

export function subsWriter(db: Database, marks: Marks): KindWriter<SubRow> {
  const insert = db.query('INSERT INTO subs (sub, user, name, named_at) VALUES (?, ?, ?, ?)')
  return tableWriter(db, marks, 'subs', ({ sub, user, name, namedAt }: SubRow) => {
    insert.run(sub, user, name, namedAt)
  })
}
