import type { MessageId, UserId } from '../core/ids.ts'
import type { Liked, User } from '../core/wire.ts'
import type { Bus } from '../ports/bus.ts'
import type { LikeStore } from '../ports/likes.ts'
import type { MessageStore } from '../ports/messages.ts'
import { noSuchMessage } from './delete.ts'
import type { People } from './people.ts'

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
  messages,
  bus,
  people,
}: {
  likes: LikeStore
  messages: Pick<MessageStore, 'many'>
  bus: Bus
  people: Pick<People, 'list'>
}): Likes {
  async function mustExist(message: MessageId): Promise<void> {
    const [record] = await messages.many([message])
    if (!record) throw noSuchMessage()
  }

  return {
    async like(user, message) {
      await mustExist(message)
      const count = await likes.like(user, message)
      bus.publish('all', { kind: 'likes', id: message, likes: count })
      return { liked: true, likes: count }
    },
    async unlike(user, message) {
      await mustExist(message)
      const count = await likes.unlike(user, message)
      bus.publish('all', { kind: 'likes', id: message, likes: count })
      return { liked: false, likes: count }
    },
    async likers(reader, message, page, length) {
      await mustExist(message)
      const found = await likes.likers(message, page, length)
      return { ...found, users: await people.list(reader, found.users) }
    },
  }
}
