import { describe, expect, test } from 'bun:test'
import type { UserId } from '../core/ids.ts'
import { makeUsers, type Open, opening } from './support.contract.ts'
import type { Withdrawal } from './withdrawn.ts'

export function withdrawnContract(name: string, open: Open<'withdrawn' | 'users'>): void {
  describe(`${name}: WithdrawnStore`, () => {
    const opened = opening(open)
    const store = () => opened.engine.withdrawn
    const of = async (user: UserId) =>
      (await store().all()).filter((one) => one.user === user).sort((a, b) => (a.why < b.why ? -1 : 1))

    test('[W1] [W2] [W3] who is withdrawn is listed until readmitted; each reason for itself', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      expect(await of(anna)).toEqual([])
      const deleted: Withdrawal = { user: anna, why: 'deleted', at: 2 }
      const suspended: Withdrawal = { user: anna, why: 'suspended', at: 1 }
      await store().withdraw(suspended)
      await store().withdraw(deleted)
      await store().withdraw({ ...suspended, at: 3 })
      await store().withdraw({ ...suspended, user: bela })
      expect(await of(anna)).toEqual([deleted, suspended])
      await store().readmit(anna, 'suspended')
      await store().readmit(anna, 'suspended')
      expect(await of(anna)).toEqual([deleted])
      await store().readmit(anna, 'deleted')
      expect(await of(anna)).toEqual([])
      expect(await of(bela)).toHaveLength(1)
      await store().withdraw({ ...suspended, at: 9 })
      expect(await of(anna)).toEqual([{ ...suspended, at: 9 }])
    })

    test('[W4] the version changes with each change, and with nothing else', async () => {
      const [anna] = (await makeUsers(opened.engine.users, 1)) as [UserId]
      const before = await store().version()
      expect(await store().version()).toBe(before)
      await store().withdraw({ user: anna, why: 'suspended', at: 1 })
      const after = await store().version()
      expect(after).not.toBe(before)
      await store().all()
      expect(await store().version()).toBe(after)
      await store().readmit(anna, 'suspended')
      expect(await store().version()).not.toBe(after)
    })

    test('[W1] it survives a restart', async () => {
      const [anna] = (await makeUsers(opened.engine.users, 1)) as [UserId]
      await store().withdraw({ user: anna, why: 'deleted', at: 7 })
      await opened.reopen()
      expect(await of(anna)).toEqual([{ user: anna, why: 'deleted', at: 7 }])
    })
  })
}
