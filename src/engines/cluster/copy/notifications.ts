import type { Id, UserId } from '../../../core/ids.ts'
import { notificationTypes } from '../../../core/notification-types.ts'
import type { KindReader, KindWriter, ReadRow } from '../../../ports/copy.ts'
import type { NotificationRow } from '../../../ports/notifications.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

interface Found {
  user_id: UserId
  type: number
  subject: Id
  id: Id
  actor: UserId
  at: number
}

/** At the beginning of time, so that whatever changes it comes later. */
const insert = statement(
  'INSERT INTO notifications (user_id, type, subject, id, actor, at) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP 1',
)
// Its time of writing is the id (cassandra/notifications.ts).
const insertRead = statement('INSERT INTO notifications_read (user_id, up_to) VALUES (?, ?) USING TIMESTAMP ?')

export function notificationsReader(db: Cassandra): KindReader<NotificationRow> {
  return scanReader<Found, NotificationRow>(db, {
    columns: 'user_id, type, subject, id, actor, at',
    table: 'notifications',
    key: 'user_id',
    rows: (found) =>
      found.map(({ user_id: reader, type, subject, id, actor: user, at }) => ({
        reader,
        type: notificationTypes[type]!,
        subject,
        id,
        user,
        at,
      })),
  })
}

export function notificationsWriter(db: Cassandra, marks: Marks): KindWriter<NotificationRow> {
  return pageWriter(marks, 'notifications', ({ reader, type, subject, id, user, at }) =>
    db.write(insert, [reader, notificationTypes.indexOf(type), subject, id, user, at]),
  )
}

export function readsReader(db: Cassandra): KindReader<ReadRow> {
  return scanReader<{ user_id: UserId; up_to: Id }, ReadRow>(db, {
    columns: 'user_id, up_to',
    table: 'notifications_read',
    key: 'user_id',
    rows: (found) => found.map(({ user_id: reader, up_to: upTo }) => ({ reader, upTo })),
  })
}

export function readsWriter(db: Cassandra, marks: Marks): KindWriter<ReadRow> {
  return pageWriter(marks, 'reads', ({ reader, upTo }) => db.write(insertRead, [reader, upTo, upTo]))
}
