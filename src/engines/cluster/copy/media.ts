import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { MediaRecord } from '../../../ports/media.ts'
import type { Cassandra } from '../cassandra/client.ts'
import { addMedium, type MediaRow, mediaColumns, wholeMedia } from '../cassandra/media.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

export function mediaReader(db: Cassandra): KindReader<MediaRecord> {
  return scanReader<MediaRow, MediaRecord>(db, { columns: mediaColumns, table: 'media', key: 'id', rows: wholeMedia })
}

/** By compare-and-set as all writes of the table. */
export function mediaWriter(db: Cassandra, marks: Marks): KindWriter<MediaRecord> {
  return pageWriter(marks, 'media', (medium) => addMedium(db, medium))
}
