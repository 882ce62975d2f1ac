import type { Database } from 'bun:sqlite'
import { notificationsKeptMax } from '../../core/limits.ts'

/** Numbers of one notification as it travels to the writer: reader, type, subject, id, user, at. */
export const notificationNumbers = 6
/** … and of one withdrawn: reader, type, subject, user, instead (0: none). */
export const withdrawnNumbers = 5

/** The writer's operations on notifications. */
export function notificationOps(db: Database) {
  const upsert = db.query(
    `INSERT INTO notifications (reader, type, subject, id, user, at) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (reader, type, subject) DO UPDATE SET id = excluded.id, user = excluded.user, at = excluded.at
     WHERE user != excluded.user AND at < excluded.at`,
  )
  const trim = db.query(
    `DELETE FROM notifications WHERE reader = ?1 AND id <=
      (SELECT id FROM notifications WHERE reader = ?1 ORDER BY id DESC LIMIT 1 OFFSET ${notificationsKeptMax})`,
  )
  const rename = db.query(
    'UPDATE notifications SET user = ?5 WHERE reader = ?1 AND type = ?2 AND subject = ?3 AND user = ?4',
  )
  const remove = db.query('DELETE FROM notifications WHERE reader = ?1 AND type = ?2 AND subject = ?3 AND user = ?4')
  const read = db.query(
    `INSERT INTO notifications_read (reader, up_to)
     VALUES (?1, min(?2, coalesce((SELECT max(id) FROM notifications WHERE reader = ?1), 0)))
     ON CONFLICT (reader) DO UPDATE SET up_to = max(up_to, excluded.up_to) RETURNING up_to`,
  )

  const clear = db.query('DELETE FROM notifications WHERE reader = ?')
  const clearRead = db.query('DELETE FROM notifications_read WHERE reader = ?')

  return {
    /** Returns the places of those that were added or changed. */
    addNotifications(rows: Float64Array): number[] {
      const changed: number[] = []
      const readers = new Set<number>()
      for (let i = 0; i < rows.length / notificationNumbers; i++) {
        const [...row] = rows.subarray(i * notificationNumbers, (i + 1) * notificationNumbers)
        if (upsert.run(...row).changes === 0) continue
        changed.push(i)
        readers.add(row[0]!)
      }
      for (const reader of readers) trim.run(reader)
      return changed
    },

    withdrawNotifications(rows: Float64Array): void {
      for (let i = 0; i < rows.length; i += withdrawnNumbers) {
        const [...row] = rows.subarray(i, i + withdrawnNumbers)
        if (row.at(-1) === 0) remove.run(...row.slice(0, -1))
        else rename.run(...row)
      }
    },

    clearNotifications(reader: number): void {
      clear.run(reader)
      clearRead.run(reader)
    },

    readNotifications(reader: number, upTo: number): number {
      return (read.values(reader, upTo) as [number][])[0]![0]
    },
  }
}
