import { copyScanRows } from '../../../core/limits.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { HotEntry, HotLog } from '../../../ports/hot-log.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { bucketOf, openCassandraHotLog } from '../cassandra/hot-log.ts'
import type { Marks } from './marks.ts'
import { pageWriter } from './scan.ts'

const insert = statement(
  'INSERT INTO hot (bucket, seq, msg_id, author, crossed) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP 1',
)

/** Out of the engine's own copy, which knows what is forgotten. */
export function hotReader(db: Cassandra, clock: Clock, chance: Chance): KindReader<HotEntry> {
  let opened: HotLog | undefined
  return {
    async parts() {
      return [{ name: 'all', rows: undefined }]
    },
    async page(_, page) {
      const hotLog = page !== undefined && opened ? opened : await openCassandraHotLog({ db, clock, chance })
      opened = hotLog
      const rows = hotLog.after(page === undefined ? 0 : Number(page), copyScanRows)
      const last = rows.at(-1)
      return { rows, next: last && rows.length === copyScanRows ? String(last.position) : undefined }
    },
  }
}

export function hotWriter(db: Cassandra, marks: Marks): KindWriter<HotEntry> {
  return pageWriter(marks, 'hot', ({ position, id, author, crossed }) =>
    db.write(insert, [bucketOf(position), position, id, author, crossed]),
  )
}
