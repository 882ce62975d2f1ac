import type { WithdrawnStore } from '../../ports/withdrawn.ts'
import type { MemoryTruth } from './truth.ts'

export function createMemoryWithdrawn({ withdrawn }: MemoryTruth): WithdrawnStore {
  return {
    async withdraw(withdrawal) {
      const key = `${withdrawal.user} ${withdrawal.why}`
      if (withdrawn.all.has(key)) return
      withdrawn.all.set(key, withdrawal)
      withdrawn.version++
    },
    async readmit(user, why) {
      if (withdrawn.all.delete(`${user} ${why}`)) withdrawn.version++
    },
    async all() {
      return [...withdrawn.all.values()]
    },
    async version() {
      return withdrawn.version
    },
  }
}
