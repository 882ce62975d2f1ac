import type { MessageId } from '../../core/ids.ts'
import type { LikeStore } from '../../ports/likes.ts'
import { idsAbove, insert, remove } from './sorted.ts'
import type { MemoryTruth } from './truth.ts'

export function createMemoryLikes(truth: MemoryTruth): LikeStore {
  const likersOf = (message: MessageId) => truth.likers.get(message) ?? []

  return {
    async like(user, message) {
      const likers = likersOf(message)
      truth.likers.set(message, likers)
      insert(likers, user)
      const liked = truth.liked.get(user) ?? new Set()
      truth.liked.set(user, liked)
      liked.add(message)
      return likers.length
    },

    async unlike(user, message) {
      remove(likersOf(message), user)
      truth.liked.get(user)?.delete(message)
      return likersOf(message).length
    },

    async counts(messages) {
      return messages.map((message) => likersOf(message).length)
    },

    async likedAmong(user, messages) {
      const liked = truth.liked.get(user)
      return new Set(messages.filter((message) => liked?.has(message)))
    },

    async likedBy(user, page, length) {
      const liked = [...(truth.liked.get(user) ?? [])].sort((a, b) => a - b)
      const messages = idsAbove(liked, page === undefined ? 0 : Number(page), length)
      return messages.length < length ? { messages } : { messages, next: String(messages.at(-1)) }
    },

    async likers(message, page, length) {
      const found = idsAbove(likersOf(message), page === undefined ? 0 : Number(page), length + 1)
      if (found.length <= length) return { users: found }
      const users = found.slice(0, length)
      return { users, next: String(users.at(-1)) }
    },
  }
}
