import { describe, expect, test } from 'bun:test'
import type { Activity, WaitingActivity } from './activity.ts'
import { eventually, makeUser, type Open, opening, takeId } from './support.contract.ts'

export function activityContract(name: string, open: Open<'activity' | 'users'>): void {
  describe(`${name}: ActivityLog`, () => {
    const opened = opening(open)
    const log = () => opened.engine.activity
    const plain = ({ kind, user, subject, at, page }: Activity): Activity => ({ kind, user, subject, at, page })

    async function some(count: number): Promise<Activity[]> {
      const user = await makeUser(opened.engine.users)
      const kinds = ['like', 'boost', 'follow'] as const
      return Array.from({ length: count }, (_, i) => ({
        kind: kinds[i % 3]!,
        user,
        subject: takeId(),
        at: opened.now(),
        page: undefined,
      }))
    }

    /** Works the log off until all of `wanted` came; what came, each once, in the order of its first coming. */
    async function workOff(wanted: readonly Activity[], limit = 1_000): Promise<Activity[]> {
      const seen = new Map<number, Activity>()
      await eventually(
        opened,
        async () => {
          const list = await log().next(limit)
          expect(list.length).toBeLessThanOrEqual(limit)
          for (const one of list) if (!seen.has(one.subject)) seen.set(one.subject, plain(one))
          await log().done(list)
          return wanted.every(({ subject }) => seen.has(subject))
        },
        20_000,
      )
      return wanted.map(({ subject }) => seen.get(subject)!)
    }

    test('[AL1] [AL2] [AL3] what was put comes, all of it, and is gone once it is done', async () => {
      const list = await some(30)
      await Promise.all(list.map((one) => log().put(one)))
      const page: Activity = { ...list[0]!, kind: 'message', subject: takeId(), page: 'some.page' }
      await log().put(page)
      expect(await workOff([...list, page])).toEqual([...list, page])
      // A cluster’s may come once more.
      await eventually(
        opened,
        async () => {
          const left = await log().next(1_000)
          await log().done(left)
          return left.length === 0
        },
        20_000,
      )
    })

    test('[AL2] in parts, oldest first where they are of different times', async () => {
      const list: Activity[] = []
      for (let i = 0; i < 5; i++) {
        const [one] = await some(1)
        list.push(one!)
        await log().put(one!)
        await opened.pass(2)
      }
      expect(await workOff(list, 2)).toEqual(list)
    })

    test('[AL1] what was put and not done survives a restart', async () => {
      const list = await some(3)
      await Promise.all(list.map((one) => log().put(one)))
      await opened.reopen()
      expect(await workOff(list)).toEqual(list)
    })

    test('[AL3] nothing to be done is no mistake', async () => {
      const none: WaitingActivity[] = []
      await log().done(none)
    })
  })
}
