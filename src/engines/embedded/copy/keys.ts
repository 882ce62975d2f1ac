import type { Database } from 'bun:sqlite'
import type { MessageId, UserId } from '../../../core/ids.ts'
import type { KeyRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import { type PackedPrev, packJobFlags, packPrev, unpackJob } from '../codes.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

export function keysReader(db: Database): KindReader<KeyRow> {
  return tableReader(db, [
    {
      name: 'all',
      select: `SELECT user, key, claimed_at, id, flags, prev, done FROM idempotency
        WHERE (user, key) > (?, ?) ORDER BY user, key LIMIT ?`,
      count: 'SELECT count(*) FROM idempotency',
      first: [0, ''],
      key: ({ user, key }) => [user, key],
      row: (
        user: UserId,
        key: string,
        claimedAt: number,
        id: MessageId,
        flags: number,
        prev: PackedPrev,
        done: number,
      ): KeyRow => ({ user, key, claimedAt, job: unpackJob(id, user, flags, prev), done: done === 1 }),
    },
  ])
}

export function keysWriter(db: Database, marks: Marks): KindWriter<KeyRow> {
  const insert = db.query(
    'INSERT INTO idempotency (user, key, claimed_at, id, flags, prev, done) VALUES (?, ?, ?, ?, ?, ?, ?)',
  )
  return tableWriter(db, marks, 'keys', ({ user, key, claimedAt, job, done }: KeyRow) => {
    insert.run(user, key, claimedAt, job.id, packJobFlags(job), packPrev(job.prev), done ? 1 : 0)
  })
}
