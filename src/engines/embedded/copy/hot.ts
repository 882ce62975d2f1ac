import type { Database } from 'bun:sqlite'
import type { MessageId, UserId } from '../../../core/ids.ts'
import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { HotEntry } from '../../../ports/hot-log.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

export function hotReader(db: Database): KindReader<HotEntry> {
  return tableReader(db, [
    {
      name: 'all',
      select: 'SELECT position, id, author, crossed FROM hot WHERE position > ? ORDER BY position LIMIT ?',
      count: 'SELECT count(*) FROM hot',
      first: [0],
      key: ({ position }) => [position],
      row: (position: number, id: MessageId, author: UserId, crossed: number): HotEntry => ({
        position,
        id,
        author,
        crossed: crossed === 1,
      }),
    },
  ])
}

export function hotWriter(db: Database, marks: Marks): KindWriter<HotEntry> {
  const insert = db.query('INSERT INTO hot (position, id, author, crossed) VALUES (?, ?, ?, ?)')
  return tableWriter(db, marks, 'hot', ({ position, id, author, crossed }: HotEntry) => {
    insert.run(position, id, author, crossed ? 1 : 0)
  })
}
