import type { Database } from 'bun:sqlite'
import type { Id, UserId } from '../../../core/ids.ts'
import { notificationTypes } from '../../../core/notification-types.ts'
import type { KindReader, KindWriter, ReadRow } from '../../../ports/copy.ts'
import type { NotificationRow } from '../../../ports/notifications.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

const numberOf = ({ type }: NotificationRow) => notificationTypes.indexOf(type)

export function notificationsReader(db: Database): KindReader<NotificationRow> {
  return tableReader(db, [
    {
      name: 'all',
      select: `SELECT reader, type, subject, id, user, at FROM notifications
        WHERE (reader, type, subject) > (?, ?, ?) ORDER BY reader, type, subject LIMIT ?`,
      count: 'SELECT count(*) FROM notifications',
      first: [0, 0, 0],
      key: (row) => [row.reader, numberOf(row), row.subject],
      row: (reader: UserId, type: number, subject: Id, id: Id, user: UserId, at: number): NotificationRow => ({
        reader,
        type: notificationTypes[type]!,
        subject,
        id,
        user,
        at,
      }),
    },
  ])
}

export function notificationsWriter(db: Database, marks: Marks): KindWriter<NotificationRow> {
  const insert = db.query(
    'INSERT OR REPLACE INTO notifications (reader, type, subject, id, user, at) VALUES (?, ?, ?, ?, ?, ?)',
  )
  return tableWriter(db, marks, 'notifications', (row: NotificationRow) => {
    insert.run(row.reader, numberOf(row), row.subject, row.id, row.user, row.at)
  })
}

export function readsReader(db: Database): KindReader<ReadRow> {
  return tableReader(db, [
    {
      name: 'all',
      select: 'SELECT reader, up_to FROM notifications_read WHERE reader > ? ORDER BY reader LIMIT ?',
      count: 'SELECT count(*) FROM notifications_read',
      first: [0],
      key: ({ reader }) => [reader],
      row: (reader: UserId, upTo: Id): ReadRow => ({ reader, upTo }),
    },
  ])
}

export function readsWriter(db: Database, marks: Marks): KindWriter<ReadRow> {
  const insert = db.query('INSERT OR REPLACE INTO notifications_read (reader, up_to) VALUES (?, ?)')
  return tableWriter(db, marks, 'reads', ({ reader, upTo }: ReadRow) => {
    insert.run(reader, upTo)
  })
}
