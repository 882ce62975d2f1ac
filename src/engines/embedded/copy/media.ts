import type { Database } from 'bun:sqlite'
import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { MediaRecord } from '../../../ports/media.ts'
import { mediaCells, mediaColumns, mediumOf } from '../media.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

export function mediaReader(db: Database): KindReader<MediaRecord> {
  return tableReader(db, [
    {
      name: 'all',
      select: `SELECT ${mediaColumns} FROM media WHERE id > ? ORDER BY id LIMIT ?`,
      count: 'SELECT count(*) FROM media',
      first: [''],
      key: ({ id }) => [id],
      row: mediumOf,
    },
  ])
}

export function mediaWriter(db: Database, marks: Marks): KindWriter<MediaRecord> {
  const insert = db.query(`INSERT INTO media (${mediaColumns}) VALUES (${mediaColumns.replaceAll(/\w+/g, '?')})`)
  return tableWriter(db, marks, 'media', (medium: MediaRecord) => {
    insert.run(...mediaCells(medium))
  })
}
