import type { UserId } from '../../../core/ids.ts'
import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { Withdrawal, WithdrawnWhy } from '../../../ports/withdrawn.ts'
import type { Cassandra } from '../cassandra/client.ts'
import { createCassandraWithdrawn } from '../cassandra/withdrawn.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

interface Found {
  readonly user_id: UserId
  readonly why: WithdrawnWhy
  readonly at: number
}

export function withdrawnReader(db: Cassandra): KindReader<Withdrawal> {
  return scanReader<Found, Withdrawal>(db, {
    columns: 'user_id, why, at',
    table: 'withdrawn',
    key: 'part',
    rows: (found) => found.map(({ user_id: user, why, at }) => ({ user, why, at })),
  })
}

/** By compare-and-set, as all of its rows. */
export function withdrawnWriter(db: Cassandra, marks: Marks): KindWriter<Withdrawal> {
  const { withdraw } = createCassandraWithdrawn(db)
  return pageWriter(marks, 'withdrawn', withdraw)
}
