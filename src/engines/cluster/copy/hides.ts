import type { UserId } from '../../../core/ids.ts'
import type { HideRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import { type HideRow as Found, hideKinds, markHides } from '../cassandra/blocks.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

/** At the beginning of time, so that whatever changes it comes later. */
const insert = statement('INSERT INTO hides (user_id, kind, other, hidden) VALUES (?, ?, ?, true) USING TIMESTAMP 1')

/** A block stands twice; it is carried as whoever made it sees it. */
export function hidesReader(db: Cassandra): KindReader<HideRow> {
  return scanReader<Found & { readonly user_id: UserId }, HideRow>(db, {
    columns: 'user_id, kind, other, hidden',
    table: 'hides',
    key: 'user_id',
    rows: (found) =>
      found
        .filter(({ kind, hidden }) => hidden && kind !== hideKinds.blockedBy)
        .map(({ user_id: user, kind, other }) => ({ user, other, blocked: kind === hideKinds.blocked })),
  })
}

export function hidesWriter(db: Cassandra, marks: Marks): KindWriter<HideRow> {
  return pageWriter(marks, 'hides', async ({ user, other, blocked }) => {
    await db.write(markHides, [user])
    if (blocked) {
      await db.write(markHides, [other])
      await db.write(insert, [other, hideKinds.blockedBy, user])
    }
    await db.write(insert, [user, blocked ? hideKinds.blocked : hideKinds.muted, other])
  })
}
