import type { UserId } from '../../core/ids.ts'
import { notificationsKeptMax } from '../../core/limits.ts'
import type { ActivityLog } from '../../ports/activity.ts'
import type { NotificationName, NotificationRow, NotificationStore } from '../../ports/notifications.ts'
import type { MemoryTruth } from './truth.ts'

export function createMemoryNotifications(truth: MemoryTruth): NotificationStore {
  const rowsOf = (reader: UserId) => truth.notifications.get(reader) ?? []
  const find = ({ reader, type, subject }: NotificationName) =>
    rowsOf(reader).find((row) => row.type === type && row.subject === subject)

  /** In the place of `former`, newest first. */
  function put(former: NotificationRow | undefined, row: NotificationRow | undefined, reader: UserId): void {
    const rows = rowsOf(reader).filter((other) => other !== former)
    if (row) rows.push(row)
    rows.sort((a, b) => b.id - a.id)
    truth.notifications.set(reader, rows.slice(0, notificationsKeptMax))
  }

  return {
    async add(rows) {
      return rows.filter((row) => {
        const former = find(row)
        if (former && (former.user === row.user || former.at >= row.at)) return false
        put(former, row, row.reader)
        return true
      })
    },
    async withdraw(rows) {
      for (const { user, instead, ...name } of rows) {
        const former = find(name)
        if (former?.user === user)
          put(former, instead === undefined ? undefined : { ...former, user: instead }, name.reader)
      }
    },
    async list(reader, above, below, limit) {
      return rowsOf(reader)
        .filter(({ id }) => id > above && id < below)
        .slice(0, limit)
    },
    async readUpTo(reader) {
      return truth.notificationsRead.get(reader) ?? 0
    },
    async setRead(reader, upTo) {
      const read = Math.max(truth.notificationsRead.get(reader) ?? 0, Math.min(upTo, rowsOf(reader)[0]?.id ?? 0))
      truth.notificationsRead.set(reader, read)
      return read
    },
    async clear(reader) {
      truth.notifications.delete(reader)
      truth.notificationsRead.delete(reader)
    },
  }
}

export function createMemoryActivity(truth: MemoryTruth): ActivityLog {
  return {
    async put(activity) {
      truth.activity.waiting.push({ ...activity, key: String(++truth.activity.last) })
    },
    async next(limit) {
      return truth.activity.waiting.slice(0, limit)
    },
    async done(list) {
      const keys = new Set(list.map(({ key }) => key))
      truth.activity.waiting = truth.activity.waiting.filter(({ key }) => !keys.has(key))
    },
  }
}
