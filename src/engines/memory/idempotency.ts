import type { UserId } from '../../core/ids.ts'
import type { Idempotency } from '../../ports/idempotency.ts'
import type { MemoryTruth } from './truth.ts'

export function createMemoryIdempotency(truth: MemoryTruth): Idempotency {
  const name = (user: UserId, key: string) => `${user} ${key}`

  return {
    async claim(user, key, job, now) {
      const entry = truth.claims.get(name(user, key))
      if (entry) return { job: entry.job, done: entry.done, mine: false }
      truth.claims.set(name(user, key), { job, done: false, at: now })
      return { job, done: false, mine: true }
    },

    async move(user, key, from, job) {
      const entry = truth.claims.get(name(user, key))
      if (!entry || entry.done || entry.job.id !== from) return false
      entry.job = job
      return true
    },

    async finish(user, key, id) {
      const entry = truth.claims.get(name(user, key))
      if (entry?.job.id !== id) return false
      entry.done = true
      return true
    },

    async finishUnmoved(user, key, id) {
      const entry = truth.claims.get(name(user, key))
      if (entry?.job.id === id) entry.done = true
    },

    async find(user, key) {
      const entry = truth.claims.get(name(user, key))
      return entry && { job: entry.job, done: entry.done }
    },

    async forget(before) {
      for (const [key, entry] of truth.claims) if (entry.at < before) truth.claims.delete(key)
    },
  }
}
