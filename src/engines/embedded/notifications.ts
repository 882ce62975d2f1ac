import type { Id, UserId } from '../../core/ids.ts'
import { notificationTypes } from '../../core/notification-types.ts'
import type { NotificationStore } from '../../ports/notifications.ts'
import type { EmbeddedDatabase } from './database.ts'

type Row = [type: number, subject: Id, id: Id, user: UserId, at: number]

export function createEmbeddedNotifications({ reader: db, writer }: EmbeddedDatabase): NotificationStore {
  const between = db.query(
    `SELECT type, subject, id, user, at FROM notifications
     WHERE reader = ? AND id > ? AND id < ? ORDER BY id DESC LIMIT ?`,
  )
  const read = db.query('SELECT up_to FROM notifications_read WHERE reader = ?')

  return {
    async add(rows) {
      const numbers = rows.flatMap(({ reader, type, subject, id, user, at }) => [
        reader,
        notificationTypes.indexOf(type),
        subject,
        id,
        user,
        at,
      ])
      const changed = await writer.write('addNotifications', Float64Array.from(numbers))
      return changed.map((i) => rows[i]!)
    },

    async withdraw(rows) {
      const numbers = rows.flatMap(({ reader, type, subject, user, instead = 0 }) => [
        reader,
        notificationTypes.indexOf(type),
        subject,
        user,
        instead,
      ])
      await writer.write('withdrawNotifications', Float64Array.from(numbers))
    },

    async list(reader, above, below, limit) {
      return (between.values(reader, above, below, limit) as Row[]).map(([type, subject, id, user, at]) => ({
        reader,
        type: notificationTypes[type]!,
        subject,
        id,
        user,
        at,
      }))
    },

    async readUpTo(reader) {
      return (read.values(reader) as [Id][])[0]?.[0] ?? 0
    },

    setRead: (reader, upTo) => writer.write('readNotifications', reader, upTo),
    clear: (reader) => writer.write('clearNotifications', reader),
  }
}
