import { expect, test } from 'bun:test'
import type { UserRecord } from '../ports/users.ts'
import type { Withdrawal } from '../ports/withdrawn.ts'
import { shell } from './audit.ts'
import { createSuspensions } from './suspensions.ts'
import { createWithdrawn } from './withdrawn.ts'

const now = Date.UTC(2026, 0, 1)
const anna: UserRecord = { id: 7, handle: 'anna', name: 'Anna', bio: '', createdAt: now, role: 'user' } as UserRecord

test('whoever is restored at another gateway while they are being suspended was suspended all the same', async () => {
  let rows: Withdrawal[] = []
  let version = 0
  const withdrawn = createWithdrawn({
    store: {
      async withdraw(row) {
        rows = [row]
        version++
      },
      async readmit() {
        rows = []
        version++
      },
      all: async () => rows,
      version: async () => version,
    },
    bus: { publish() {} },
    clock: { now: () => now, sleep: async () => {} },
    log() {},
  })
  const suspensions = createSuspensions({
    users: { many: async () => [anna], removeTokens: async () => {} },
    // Stands for the other gateway, whose word comes in between.
    push: { removeAll: () => withdrawn.readmit(anna.id, 'suspended') },
    withdrawn,
    roles: { mustModerate: async () => 'admin' },
    noteAct: async () => {},
  })
  const { user, since } = await suspensions.suspend(shell, anna.id, 'spam')
  expect({ handle: user.handle, since }).toEqual({ handle: 'anna', since: new Date(now).toISOString() })
})
