import type { Database } from 'bun:sqlite'
import type { Id, MessageId, UserId } from '../../../core/ids.ts'
import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { Deletion } from '../../../ports/messages.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

export function deletionsReader(db: Database): KindReader<Deletion> {
  return tableReader(db, [
    {
      name: 'all',
      select: 'SELECT stamp, id, author FROM deletions WHERE stamp > ? ORDER BY stamp LIMIT ?',
      count: 'SELECT count(*) FROM deletions',
      first: [0],
      key: ({ stamp }) => [stamp],
      row: (stamp: Id, id: MessageId, author: UserId): Deletion => ({ stamp, id, author }),
    },
  ])
}

export function deletionsWriter(db: Database, marks: Marks): KindWriter<Deletion> {
  const insert = db.query('INSERT INTO deletions (stamp, id, author) VALUES (?, ?, ?)')
  return tableWriter(db, marks, 'deletions', ({ stamp, id, author }: Deletion) => {
    insert.run(stamp, id, author)
  })
}
