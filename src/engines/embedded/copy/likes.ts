import type { Database } from 'bun:sqlite'
import type { MessageId, UserId } from '../../../core/ids.ts'
import type { KindReader, KindWriter, LikeRow } from '../../../ports/copy.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

/** A message's likes come one after the other. */
export function likesReader(db: Database): KindReader<LikeRow> {
  return tableReader(db, [
    {
      name: 'all',
      select: 'SELECT message, user FROM likers WHERE (message, user) > (?, ?) ORDER BY message, user LIMIT ?',
      count: 'SELECT count(*) FROM likers',
      first: [0, 0],
      key: ({ message, user }) => [message, user],
      row: (message: MessageId, user: UserId): LikeRow => ({ message, user }),
    },
  ])
}

export function likesWriter(db: Database, marks: Marks): KindWriter<LikeRow> {
  const insertLike = db.query('INSERT INTO likes (user, message) VALUES (?, ?)')
  const insertLiker = db.query('INSERT INTO likers (message, user) VALUES (?, ?)')
  const raise = db.query(
    'INSERT INTO counts (message, likes) VALUES (?, 1) ON CONFLICT (message) DO UPDATE SET likes = likes + 1',
  )
  return tableWriter(db, marks, 'likes', ({ message, user }: LikeRow) => {
    insertLike.run(user, message)
    insertLiker.run(message, user)
    raise.run(message)
  })
}
