import type { MessageId, UserId } from '../core/ids.ts'
import type { Liked, User } from '../core/wire.ts'
import type { Bus } from '../ports/bus.ts'
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
  visibility,
  bus,
  people,
}: {
  likes: LikeStore
  visibility: Pick<Visibility, 'mustSeeMessage'>
  bus: Bus
  people: Pick<People, 'list'>
}): Likes {
  return {
    async like(user, message) {
      const { id } = shownOf(await visibility.mustSeeMessage(user, message))
      const count = await likes.like(user, id)
      bus.publish('all', { kind: 'likes', id, likes: count })
      return { liked: true, likes: count }
    },
    async unlike(user, message) {
      const { id } = shownOf(await visibility.mustSeeMessage(user, message))
      const count = await likes.unlike(user, id)
      bus.publish('all', { kind: 'likes', id, likes: count })
      return { liked: false, likes: count }
    },
    async likers(reader, message, page, length) {
      const { id } = shownOf(await visibility.mustSeeMessage(reader, message))
      const found = await likes.likers(id, page, length)
      return { ...found, users: await people.list(reader, found.users) }
    },
  }
}
