import type { Database } from 'bun:sqlite'
import type { UserId } from '../../../core/ids.ts'
import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { Withdrawal, WithdrawnWhy } from '../../../ports/withdrawn.ts'
import { withdrawnOps } from '../withdrawn.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

export function withdrawnReader(db: Database): KindReader<Withdrawal> {
  return tableReader(db, [
    {
      name: 'all',
      select: 'SELECT user, why, at FROM withdrawn WHERE (user, why) > (?, ?) ORDER BY user, why LIMIT ?',
      count: 'SELECT count(*) FROM withdrawn',
      first: [0, ''],
      key: ({ user, why }) => [user, why],
      row: (user: UserId, why: WithdrawnWhy, at: number): Withdrawal => ({ user, why, at }),
    },
  ])
}

export function withdrawnWriter(db: Database, marks: Marks): KindWriter<Withdrawal> {
  const { withdraw } = withdrawnOps(db)
  return tableWriter(db, marks, 'withdrawn', ({ user, why, at }: Withdrawal) => void withdraw(user, why, at))
}
