import type { MessageId, UserId } from '../../core/ids.ts'
import { linkOf } from '../../core/message.ts'
import type { BoostStore } from '../../ports/boosts.ts'
import type { CountStore } from '../../ports/counts.ts'
import type { MessageRecord } from '../../ports/messages.ts'
import type { ReplyStore } from '../../ports/replies.ts'
import { idsAbove, insert, remove } from './sorted.ts'
import type { MemoryTruth } from './truth.ts'

const nameOf = (user: UserId, message: MessageId) => `${user} ${message}`

/** What a stored message answers or boosts has one more. */
export function linkAdded(truth: MemoryTruth, { id, author, body }: MessageRecord): void {
  const link = linkOf(body)
  if (link?.kind === 'reply') {
    const replies = truth.replies.get(link.message) ?? []
    truth.replies.set(link.message, replies)
    insert(replies, id)
  } else if (link) {
    const boosted = truth.boosted.get(link.message) ?? new Map()
    truth.boosted.set(link.message, boosted)
    boosted.set(id, author)
  }
}

export function linkRemoved(truth: MemoryTruth, { id, author, body }: MessageRecord): void {
  const link = linkOf(body)
  if (link?.kind === 'reply') remove(truth.replies.get(link.message) ?? [], id)
  else if (link) {
    truth.boosted.get(link.message)?.delete(id)
    const name = nameOf(author, link.message)
    if (truth.boosts.get(name)?.job.id === id) truth.boosts.delete(name)
  }
}

export function createMemoryReplies(truth: MemoryTruth): ReplyStore {
  return {
    async replies(message, above, below, limit) {
      return idsAbove(truth.replies.get(message) ?? [], above, limit).filter((id) => id < below)
    },
  }
}

export function createMemoryCounts(truth: MemoryTruth): CountStore {
  return {
    async of(messages) {
      return messages.map((message) => ({
        likes: truth.likers.get(message)?.length ?? 0,
        boosts: truth.boosted.get(message)?.size ?? 0,
        replies: truth.replies.get(message)?.length ?? 0,
      }))
    },
  }
}

export function createMemoryBoosts(truth: MemoryTruth): BoostStore {
  const entryOf = (user: UserId, message: MessageId) => truth.boosts.get(nameOf(user, message))

  return {
    async claim(user, message, job) {
      const entry = entryOf(user, message)
      if (entry) return { job: entry.job, done: entry.done, mine: false }
      truth.boosts.set(nameOf(user, message), { job, done: false })
      return { job, done: false, mine: true }
    },

    async move(user, message, from, done, job) {
      const entry = entryOf(user, message)
      if (entry?.job.id !== from || entry.done !== done) return false
      truth.boosts.set(nameOf(user, message), { job, done: false })
      return true
    },

    async finish(user, message, id) {
      const entry = entryOf(user, message)
      if (entry?.job.id !== id) return false
      entry.done = true
      return true
    },

    async find(user, message) {
      const entry = entryOf(user, message)
      return entry && { job: entry.job, done: entry.done }
    },

    async boostedAmong(user, messages) {
      return new Set(messages.filter((message) => entryOf(user, message)?.done))
    },

    async boostsOf(message, page, length) {
      const after = page === undefined ? 0 : Number(page)
      const found = [...(truth.boosted.get(message) ?? [])]
        .map(([id, user]) => ({ id, user }))
        .filter(({ id }) => id > after)
        .sort((a, b) => a.id - b.id)
      const boosts = found.slice(0, length)
      return found.length > length ? { boosts, next: String(boosts.at(-1)!.id) } : { boosts }
    },

    async cleared() {
      return truth.cleared
    },

    async setCleared(stamp) {
      truth.cleared = Math.max(truth.cleared, stamp)
    },
  }
}
