import type { Notification } from '../../sdk/browser.ts'
import { rookery } from './client.ts'
import { Pager } from './pager.ts'
import { deletedIds, isDeleted } from './posts.ts'
import { countUnread, onLogOut, unread } from './session.ts'

/** What happened, newest first; one list, for it is the same wherever one comes from. */
export const notices = new Pager<Notification>(async (before) => {
  const { notifications, next } = await read(before)
  return { items: notifications, next }
})

async function read(before?: string) {
  const page = await rookery.notifications({ before })
  // Where there are none, none is unread, whatever was counted as it came.
  if (before === undefined && page.notifications.length === 0 && page.next === undefined) countUnread(0)
  return page
}

deletedIds.subscribe(() => {
  const all = notices.items.peek()
  const left = all.filter(({ message }) => !message || !isDeleted(message))
  if (left.length < all.length) notices.items.value = left
})

/** Of what is about the same there is one, which grows: a newer one takes its place. */
const subject = ({ type, message, id }: Notification) =>
  message && (type === 'like' || type === 'boost') ? `${type} ${message.id}` : id

/** Brings what came since the list was read. What is shown stays where nothing can be had. */
export async function refreshNotices(): Promise<void> {
  if (notices.items.peek().length === 0) return void (await notices.restart())
  const page = await read().catch(() => undefined)
  if (!page) return
  const { notifications, next } = page
  const last = notifications.at(-1)
  if (!last && next !== undefined) return
  const newer = new Set(notifications.map(subject))
  const older = notices.items.peek().filter((one) => Number(one.id) < Number(last?.id) && !newer.has(subject(one)))
  notices.items.value = next === undefined ? notifications : [...notifications, ...older]
}

/** All that is shown has been seen. */
export async function markSeen(): Promise<void> {
  const newest = notices.items.peek()[0]
  if (!newest || unread.peek() === 0) return
  try {
    countUnread((await rookery.markRead(newest.id)).unread)
  } catch {
    // Still unread, as it will say next time.
  }
}

onLogOut(() => notices.reset())
