import { bothOver } from '../core/both-over.ts'
import type { MessageId, UserId } from '../core/ids.ts'
import type { Liked, User } from '../core/wire.ts'
import type { ActivityLog } from '../ports/activity.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { LikeStore } from '../ports/likes.ts'
import { shownOf } from './bodies.ts'
import type { People } from './people.ts'
import type { Visibility } from './visibility.ts'

/** What is said to a boost is said to what it boosts. */
export interface Likes {
  /** Idempotent. Throws `no_such_message`. */
  like(user: UserId, message: MessageId): Promise<Liked>
  /** Idempotent. Throws `no_such_message`. */
  unlike(user: UserId, message: MessageId): Promise<Liked>
  /** Who likes it, a page at a time. Throws `no_such_message`. */
  likers(
    reader: UserId,
    message: MessageId,
    page: string | undefined,
    length: number,
  ): Promise<{ users: User[]; next?: string }>
}

export function createLikes({
  likes,
  activity,
  visibility,
  bus,
  people,
  clock,
}: {
  likes: LikeStore
  activity: Pick<ActivityLog, 'put'>
  visibility: Pick<Visibility, 'mustSeeMessage'>
  bus: Bus
  people: Pick<People, 'list'>
  clock: Clock
}): Likes {
  /** In one go, and one commit where the engine has such: durable with the like is that somebody is to be told of it. */
  async function logged(user: UserId, id: MessageId, change: Promise<number>): Promise<number> {
    const counted = change.then((likes) => {
      // At once: a count that waited for the log would be told after later ones.
      bus.publish('all', { kind: 'likes', id, likes })
      return likes
    })
    return bothOver(counted, activity.put({ kind: 'like', user, subject: id, at: clock.now() }))
  }

  return {
    async like(user, message) {
      const { id } = shownOf(await visibility.mustSeeMessage(user, message))
      const count = await logged(user, id, likes.like(user, id))
      return { liked: true, likes: count }
    },
    async unlike(user, message) {
      const { id } = shownOf(await visibility.mustSeeMessage(user, message))
      const count = await logged(user, id, likes.unlike(user, id))
      return { liked: false, likes: count }
    },
    async likers(reader, message, page, length) {
      const { id } = shownOf(await visibility.mustSeeMessage(reader, message))
      const found = await likes.likers(id, page, length)
      return { ...found, users: await people.list(reader, found.users) }
    },
  }
}
