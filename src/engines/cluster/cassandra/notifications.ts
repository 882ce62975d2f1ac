import type { Id, UserId } from '../../../core/ids.ts'
import { notificationsKeptMax, notificationsTrimmedOneIn } from '../../../core/limits.ts'
import { notificationTypes } from '../../../core/notification-types.ts'
import type { NotificationName, NotificationRow, NotificationStore } from '../../../ports/notifications.ts'
import { chunks } from './chunks.ts'
import { type Cassandra, statement } from './client.ts'
import { hashOf } from './road-keys.ts'

interface Row {
  type: number
  subject: Id
  id: Id
  actor: UserId
  at: number
}

const all = statement<Row>('SELECT type, subject, id, actor, at FROM notifications WHERE user_id = ?')
const one = statement<Row>(
  'SELECT type, subject, id, actor, at FROM notifications WHERE user_id = ? AND type = ? AND subject = ?',
)
const insert = statement('INSERT INTO notifications (user_id, type, subject, id, actor, at) VALUES (?, ?, ?, ?, ?, ?)')
const remove = statement('DELETE FROM notifications WHERE user_id = ? AND type = ? AND subject = ?')
const removeAll = statement('DELETE FROM notifications WHERE user_id = ?')
const removeMark = statement('DELETE FROM notifications_read WHERE user_id = ?')
const readMark = statement<{ up_to: Id }>('SELECT up_to FROM notifications_read WHERE user_id = ?')
const saveMark = statement('INSERT INTO notifications_read (user_id, up_to) VALUES (?, ?) USING TIMESTAMP ?')

/** Rows removed in one batch of one partition. */
const removedAtOnce = 100

const placeOf = ({ reader, type, subject }: NotificationName) => [reader, notificationTypes.indexOf(type), subject]

/**
 * A row is read before it is changed. Nobody changes the same one at the same time: a message's fan-out is in one worker's
 * hands, and one process works the log of activity off.
 */
export function createCassandraNotifications({ db }: { db: Cassandra }): NotificationStore {
  async function rowsOf(reader: UserId): Promise<NotificationRow[]> {
    const rows = await db.read(all, [reader])
    return rows
      .map(({ type, subject, id, actor, at }) => ({
        reader,
        type: notificationTypes[type]!,
        subject,
        id,
        user: actor,
        at,
      }))
      .sort((a, b) => b.id - a.id)
  }

  async function trim(reader: UserId): Promise<void> {
    const surplus = (await rowsOf(reader)).slice(notificationsKeptMax)
    for (const some of chunks(surplus, removedAtOnce)) {
      await db.batch(some.map((row) => [remove, placeOf(row)] as const))
    }
  }

  async function put(row: NotificationRow): Promise<boolean> {
    const former = await db.one(one, placeOf(row))
    if (former !== undefined && (former.actor === row.user || former.at >= row.at)) return false
    await db.write(insert, [...placeOf(row), row.id, row.user, row.at])
    return true
  }

  return {
    async add(rows) {
      const changed = await Promise.all(rows.map(put))
      const made = rows.filter((_, i) => changed[i])
      // By chance, as it were: what is there in excess is not listed meanwhile.
      const full = made.filter(({ id }) => hashOf(id) % notificationsTrimmedOneIn === 0)
      await Promise.all([...new Set(full.map(({ reader }) => reader))].map(trim))
      return made
    },

    async withdraw(rows) {
      await Promise.all(
        rows.map(async ({ user, instead, ...name }) => {
          const former = await db.one(one, placeOf(name))
          if (former?.actor !== user) return
          if (instead === undefined) await db.write(remove, placeOf(name))
          else await db.write(insert, [...placeOf(name), former.id, instead, former.at])
        }),
      )
    },

    async list(reader, above, below, limit) {
      const kept = (await rowsOf(reader)).slice(0, notificationsKeptMax)
      return kept.filter(({ id }) => id > above && id < below).slice(0, limit)
    },

    async readUpTo(reader) {
      return (await db.one(readMark, [reader]))?.up_to ?? 0
    },

    async setRead(reader, upTo) {
      const [former, rows] = await Promise.all([db.one(readMark, [reader]), rowsOf(reader)])
      const read = Math.min(upTo, rows[0]?.id ?? 0)
      if (read <= (former?.up_to ?? 0)) return former?.up_to ?? 0
      // The id is the time of writing: of two the later one stays.
      await db.write(saveMark, [reader, read, read])
      return read
    },

    async clear(reader) {
      await Promise.all([db.write(removeAll, [reader]), db.write(removeMark, [reader])])
    },
  }
}
