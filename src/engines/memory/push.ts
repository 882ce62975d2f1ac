import type { UserId } from '../../core/ids.ts'
import { pushSubscriptionsMax } from '../../core/limits.ts'
import type { PushStore } from '../../ports/push.ts'
import type { MemoryTruth } from './truth.ts'

export function createMemoryPush({ push }: MemoryTruth): PushStore {
  const of = (user: UserId) => [...push.values()].filter((one) => one.user === user)
  return {
    async put(subscription) {
      for (const [token, { endpoint }] of push) if (endpoint === subscription.endpoint) push.delete(token)
      push.set(subscription.token, subscription)
      const newest = of(subscription.user).sort((a, b) => b.at - a.at)
      for (const { token } of newest.slice(pushSubscriptionsMax)) push.delete(token)
    },
    async of(user) {
      return of(user)
    },
    async remove(user, token, endpoint) {
      const found = push.get(token)
      if (found?.user === user && (endpoint === undefined || found.endpoint === endpoint)) push.delete(token)
    },
    async removeAll(user) {
      for (const { token } of of(user)) push.delete(token)
    },
  }
}
