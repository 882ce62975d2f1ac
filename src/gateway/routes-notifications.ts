import { idMax } from '../core/ids.ts'
import { pageLengthDefault, smallBodyBytesMax } from '../core/limits.ts'
import { idOf, ListQuery, NotificationList, Read, Unread } from '../core/wire.ts'
import type { Notifications } from '../services/notifications.ts'
import { notificationBefore } from './arguments.ts'
import { type Row, row } from './table.ts'

/** What a reader is told of, and what of it they have read. */
export function notificationRows({ notifications }: { notifications: Pick<Notifications, 'page' | 'read'> }): Row[] {
  return [
    row({
      method: 'GET',
      path: '/notifications',
      does: 'Lists one’s notifications, newest first',
      more: 'What many like or boost is one, `others` says how many more; so are follows in a row. The newest 800 are kept.',
      query: ListQuery,
      answers: { 200: NotificationList },
      refuses: [],
      async handle({ reader, query: { before, length = pageLengthDefault } }) {
        const below = before === undefined ? idMax : notificationBefore(before)
        const page = await notifications.page(reader, below, length)
        const end = page.next === undefined ? '' : `,"next":"${page.next}"`
        return { status: 200, json: `{"notifications":[${page.notifications.join(',')}]${end}}` }
      },
    }),
    row({
      method: 'PUT',
      path: '/notifications/read',
      does: 'Marks notifications as read, up to an id',
      more: 'It never moves back. Answers how many are left unread.',
      body: { schema: Read, bytesMax: smallBodyBytesMax },
      answers: { 200: Unread },
      refuses: [],
      handle: async ({ reader, body }) => ({ status: 200, json: await notifications.read(reader, idOf(body.upTo)) }),
    }),
  ]
}
