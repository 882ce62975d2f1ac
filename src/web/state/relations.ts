import type { Relation } from '../../sdk/browser.ts'
import { rookery } from './client.ts'
import { notices } from './notices.ts'
import { forgetPages } from './pager.ts'
import { dropAuthor, refresh } from './timeline.ts'

/** Follows or no longer, and has the home timeline follow suit. @throws RookeryError */
export async function follow(user: string, on: boolean, notify?: boolean): Promise<Relation> {
  const relation = await (on ? rookery.follow(user, { notify }) : rookery.unfollow(user))
  if (on) void refresh()
  else dropAuthor(user, false)
  return relation
}

/** Hides somebody's messages from one's own timeline and notifications, or no longer. @throws RookeryError */
export async function mute(user: string, on: boolean): Promise<Relation> {
  const relation = await (on ? rookery.mute(user) : rookery.unmute(user))
  notices.reset()
  if (on) dropAuthor(user, true)
  else void refresh()
  return relation
}

/** Each is to the other as if absent, or no longer. @throws RookeryError */
export async function block(user: string, on: boolean): Promise<Relation> {
  const relation = await (on ? rookery.block(user) : rookery.unblock(user))
  // Threads and searches that one goes back to had them, or not.
  forgetPages()
  notices.reset()
  if (on) dropAuthor(user, true)
  else void refresh()
  return relation
}
