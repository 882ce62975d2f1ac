import type { Database } from 'bun:sqlite'
import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { PushSubscription } from '../../../ports/push.ts'
import { pushCells, pushColumns, pushOf } from '../push.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

export function pushesReader(db: Database): KindReader<PushSubscription> {
  return tableReader(db, [
    {
      name: 'all',
      select: `SELECT ${pushColumns} FROM push_subscriptions WHERE token > unhex(?) ORDER BY token LIMIT ?`,
      count: 'SELECT count(*) FROM push_subscriptions',
      first: [''],
      key: ({ token }) => [token],
      row: pushOf,
    },
  ])
}

export function pushesWriter(db: Database, marks: Marks): KindWriter<PushSubscription> {
  const insert = db.query(`INSERT INTO push_subscriptions (${pushColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  return tableWriter(db, marks, 'pushes', (subscription: PushSubscription) => {
    insert.run(...pushCells(subscription))
  })
}
