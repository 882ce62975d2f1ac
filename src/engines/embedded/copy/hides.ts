import type { Database } from 'bun:sqlite'
import type { UserId } from '../../../core/ids.ts'
import type { HideRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import { blockOps, hideKinds } from '../blocks.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

/** A block stands twice; it is carried as whoever made it sees it. */
const made = `FROM hides WHERE kind <> ${hideKinds.blockedBy}`

export function hidesReader(db: Database): KindReader<HideRow> {
  return tableReader(db, [
    {
      name: 'all',
      select: `SELECT user, kind, other ${made} AND (user, kind, other) > (?, ?, ?) ORDER BY user, kind, other LIMIT ?`,
      count: `SELECT count(*) ${made}`,
      first: [0, 0, 0],
      key: ({ user, other, blocked }) => [user, blocked ? hideKinds.blocked : hideKinds.muted, other],
      row: (user: UserId, kind: number, other: UserId): HideRow => ({
        user,
        other,
        blocked: kind === hideKinds.blocked,
      }),
    },
  ])
}

export function hidesWriter(db: Database, marks: Marks): KindWriter<HideRow> {
  const { setMuted, setBlocked } = blockOps(db)
  return tableWriter(db, marks, 'hides', ({ user, other, blocked }: HideRow) => {
    if (blocked) setBlocked(user, other, true)
    else setMuted(user, other, true)
  })
}
