import type { Database } from 'bun:sqlite'
import type { MessageId, UserId } from '../../../core/ids.ts'
import type { CopyRows, JobRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import { outboxFlags, type PackedPrev, packJobFlags, packPrev, unpackJob } from '../codes.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

type DeadRow = CopyRows['dead']

/** From the watermark up all rows; below it, where all are done, those that dead jobs are tried again by. */
export function jobsReader(db: Database): KindReader<JobRow> {
  const watermark = "coalesce((SELECT value FROM meta WHERE key = 'watermark'), 0)"
  const open = `id >= ${watermark}`
  const dead = `id < ${watermark} AND id IN (SELECT id FROM dead_jobs)`
  const row = (id: MessageId, author: UserId, flags: number, prev: PackedPrev): JobRow => ({
    ...unpackJob(id, author, flags, prev),
    done: (flags & outboxFlags.done) !== 0,
    gone: (flags & outboxFlags.gone) !== 0,
  })
  return tableReader(
    db,
    Object.entries({ open, dead }).map(([name, which]) => ({
      name,
      select: `SELECT id, author, flags, prev FROM outbox WHERE id > ? AND ${which} ORDER BY id LIMIT ?`,
      count: `SELECT count(*) FROM outbox WHERE ${which}`,
      first: [0],
      key: ({ id }: JobRow) => [id],
      row,
    })),
  )
}

/** In place of the row that its message may have. One whose message is not there keeps it away, and is an empty job. */
export function jobsWriter(db: Database, marks: Marks): KindWriter<JobRow> {
  const insert = db.query('INSERT OR REPLACE INTO outbox (id, author, flags, prev) VALUES (?, ?, ?, ?)')
  const message = db.query('SELECT 1 FROM messages WHERE id = ?')
  return tableWriter(db, marks, 'jobs', (job: JobRow) => {
    const gone = job.gone || message.values(job.id).length === 0
    const flags = packJobFlags(job) | (job.done ? outboxFlags.done : 0) | (gone ? outboxFlags.gone : 0)
    insert.run(job.id, job.author, flags, packPrev(job.prev))
  })
}

export function deadReader(db: Database): KindReader<DeadRow> {
  return tableReader(db, [
    {
      name: 'all',
      select: 'SELECT id, why FROM dead_jobs WHERE id > ? ORDER BY id LIMIT ?',
      count: 'SELECT count(*) FROM dead_jobs',
      first: [0],
      key: ({ id }) => [id],
      row: (id: MessageId, why: string): DeadRow => ({ id, why }),
    },
  ])
}

export function deadWriter(db: Database, marks: Marks): KindWriter<DeadRow> {
  const insert = db.query('INSERT INTO dead_jobs (id, why) VALUES (?, ?)')
  return tableWriter(db, marks, 'dead', ({ id, why }: DeadRow) => {
    insert.run(id, why)
  })
}
