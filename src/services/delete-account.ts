import { type Id, idMax, type MessageId, type UserId } from '../core/ids.ts'
import { accountPauseMs, accountRowsAtOnce, accountSettleMs, accountsLookMs, accountToldMax } from '../core/limits.ts'
import type { ActivityLog } from '../ports/activity.ts'
import type { BlockStore } from '../ports/blocks.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { LikeStore } from '../ports/likes.ts'
import { type MediaStore, notThere } from '../ports/media.ts'
import type { Members } from '../ports/members.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { NotificationStore } from '../ports/notifications.ts'
import type { PushStore } from '../ports/push.ts'
import type { UserStore } from '../ports/users.ts'
import type { RemoveMessage } from './delete.ts'
import type { Withdrawn } from './withdrawn.ts'

/** The task's name among those that one process leads (`Members.leads`). */
const task = 'accounts'

/**
 * Takes away what deleted accounts own, a few rows at a time with a pause after each, where this process leads; a crash
 * loses nothing but the place, which is where the first rows are left.
 */
export interface DeleteAccounts {
  /** Again and again until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
}

export function createDeleteAccounts({
  withdrawn,
  users,
  graph,
  blocks,
  messages,
  likes,
  activity,
  notifications,
  media,
  push,
  inbox,
  bus,
  removeMessage,
  members,
  clock,
  log,
}: {
  withdrawn: Pick<Withdrawn, 'all' | 'readmit'>
  /** Those who are withdrawn included. */
  users: Pick<UserStore, 'remove' | 'removeTokens'>
  graph: Pick<FollowGraph, 'listFollowers' | 'listFollowing' | 'unfollow'>
  blocks: Pick<BlockStore, 'clear'>
  messages: Pick<MessageStore, 'outbox'>
  likes: Pick<LikeStore, 'likedBy' | 'unlike'>
  activity: Pick<ActivityLog, 'put'>
  notifications: Pick<NotificationStore, 'clear'>
  media: Pick<MediaStore, 'ofOwner' | 'pass'>
  push: Pick<PushStore, 'removeAll'>
  inbox: Pick<Inbox, 'forget'>
  bus: Pick<Bus, 'publish'>
  removeMessage: RemoveMessage
  members: Pick<Members, 'leads'>
  clock: Clock
  log: (problem: string, error: unknown) => void
}): DeleteAccounts {
  /** What is to be deleted of one account, kind by kind: each piece takes some rows away, until it finds none. */
  function* pieces(user: UserId): Generator<() => Promise<boolean>> {
    let token: string | undefined
    yield async () => {
      await push.removeAll(user)
      await users.removeTokens(user)
      await inbox.forget(user)
      return false
    }
    // While those who follow are still known: they are told to drop what they hold.
    let told = 0
    yield async () => {
      const removed = await removeNewest(user)
      told += removed
      return removed > 0 && told < accountToldMax
    }
    yield async () => {
      const found = await graph.listFollowers(user, token, accountRowsAtOnce)
      await Promise.all(found.users.map((follower) => unfollow(follower, user)))
      token = found.next
      return token !== undefined
    }
    yield async () => {
      const found = await graph.listFollowing(user, token, accountRowsAtOnce)
      await Promise.all(
        found.users.map(async (followee) => {
          await graph.unfollow(user, followee)
          await noteGone('follow', user, followee)
        }),
      )
      token = found.next
      return token !== undefined
    }
    yield async () => (await removeNewest(user)) > 0
    yield async () => {
      const found = await likes.likedBy(user, token, accountRowsAtOnce)
      await Promise.all(found.messages.map((id) => unlike(user, id)))
      token = found.next
      return token !== undefined
    }
    yield async () => {
      await notifications.clear(user)
      return false
    }
    // Whoever looks through all media takes away their bytes.
    yield async () => {
      const found = await media.ofOwner(user, token, accountRowsAtOnce)
      await Promise.all(found.media.map(({ id, use }) => media.pass(id, use, notThere)))
      token = found.next
      return token !== undefined
    }
    yield () => blocks.clear(user, accountRowsAtOnce)
  }

  /** Resolves to how many. */
  async function removeNewest(user: UserId): Promise<number> {
    const found = await messages.outbox(user, idMax, accountRowsAtOnce)
    await Promise.all(found.map(({ id }) => removeMessage({ id, author: user })))
    return found.length
  }

  /** Gateways that hold who follows the author are told, or they would tell them of all that goes. */
  async function unfollow(follower: UserId, user: UserId): Promise<void> {
    if (await graph.unfollow(follower, user)) bus.publish('all', { kind: 'graph', reader: follower })
  }

  async function unlike(user: UserId, id: MessageId): Promise<void> {
    bus.publish('all', { kind: 'likes', id, likes: await likes.unlike(user, id) })
    await noteGone('like', user, id)
  }

  /** Notifications of it go, or name somebody else. */
  const noteGone = (kind: 'like' | 'follow', user: UserId, subject: Id) =>
    activity.put({ kind, user, subject, at: clock.now() })

  async function round(signal: AbortSignal): Promise<void> {
    const goesOn = async () => !signal.aborted && (await members.leads(task))
    for (const { user, at } of withdrawn.all('deleted')) {
      for (const piece of pieces(user)) {
        for (let more = true; more; ) {
          if (!(await goesOn())) return
          more = await piece()
          if (more) await clock.sleep(accountPauseMs, signal)
        }
      }
      // Until then something that was under way may still be stored: the next round finds it.
      if (clock.now() < at + accountSettleMs) continue
      await users.remove(user)
      await withdrawn.readmit(user, 'deleted')
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        await round(signal).catch((error: unknown) => log('deleting an account failed', error))
        await clock.sleep(accountsLookMs, signal)
      }
    },
  }
}
