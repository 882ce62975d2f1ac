import type { UserId } from '../../../core/ids.ts'
import type { KindReader, KindWriter, SubRow } from '../../../ports/copy.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

interface Found {
  readonly sub: string
  readonly user_id: UserId
  readonly name: string
  readonly named_at: number
  readonly made: boolean | undefined
}

const columns = 'sub, user_id, name, named_at, made'
// By compare-and-set as all writes of this table, whose clock is the nodes'.
const insert = statement<{ user_id: UserId }>(`INSERT INTO subs (${columns}) VALUES (?, ?, ?, ?, true) IF NOT EXISTS`)
const find = statement<{ user_id: UserId }>('SELECT user_id FROM subs WHERE sub = ?')

/** One whose user was not made was left by a creation that did not end; they are made anew when they come again. */
export function subsReader(db: Cassandra): KindReader<SubRow> {
  return scanReader<Found, SubRow>(db, {
    columns,
    table: 'subs',
    key: 'sub',
    rows: (found) =>
      found
        .filter((row) => row.made === true)
        .map(({ sub, user_id: user, name, named_at: namedAt }) => ({ sub, user, name, namedAt })),
  })
}

export function subsWriter(db: Cassandra, marks: Marks): KindWriter<SubRow> {
  return pageWriter(marks, 'subs', ({ sub, user, name, namedAt }) =>
    db.lwt(insert, [sub, user, name, namedAt], {
      read: find,
      values: [sub],
      mine: (row) => row?.user_id === user,
    }),
  )
}
