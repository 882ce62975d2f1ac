import type { UserId } from '../../../core/ids.ts'
import { idsPerRead } from '../../../core/limits.ts'
import type { KindReader, KindWriter, SubRow } from '../../../ports/copy.ts'
import { chunks } from '../cassandra/chunks.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

interface Found {
  readonly sub: string
  readonly user_id: UserId
  readonly name: string
  readonly named_at: number
}

const columns = 'sub, user_id, name, named_at'
const someUsers = statement<{ user_id: UserId }>('SELECT user_id FROM users WHERE user_id IN ?')
// By compare-and-set as all writes of this table, whose clock is the nodes'.
const insert = statement<{ user_id: UserId }>(`INSERT INTO subs (${columns}) VALUES (?, ?, ?, ?) IF NOT EXISTS`)
const find = statement<{ user_id: UserId }>('SELECT user_id FROM subs WHERE sub = ?')

/** One whose user is not there was left by a creation that did not end, and is made anew when they come again. */
export function subsReader(db: Cassandra): KindReader<SubRow> {
  return scanReader<Found, SubRow>(db, {
    columns,
    table: 'subs',
    key: 'sub',
    async rows(found) {
      const ids = chunks(found, idsPerRead).map((some) => some.map((row) => row.user_id))
      const users = await Promise.all(ids.map((some) => db.read(someUsers, [some])))
      const there = new Set(users.flat().map((row) => row.user_id))
      return found
        .filter((row) => there.has(row.user_id))
        .map(({ sub, user_id: user, name, named_at: namedAt }) => ({ sub, user, name, namedAt }))
    },
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
