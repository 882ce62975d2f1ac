import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { UserId } from '../core/ids.ts'
import type { Standing } from './blocks.ts'
import { makeUsers, type Open, opening, takeId } from './support.contract.ts'

type Trio = [UserId, UserId, UserId]

export function blocksContract(name: string, open: Open<'blocks' | 'graph' | 'users'>): void {
  describe(`${name}: BlockStore`, () => {
    const opened = opening(open)
    const blocks = () => opened.engine.blocks
    const graph = () => opened.engine.graph
    const people = async () => (await makeUsers(opened.engine.users, 3)) as Trio
    const standing = async (user: UserId, other: UserId) => (await blocks().standings(user, [other])).get(other)
    const nothing: Standing = { muted: false, blocked: false, blockedBy: false }

    test('[V2] [V4] a mute is known to who made it alone, and goes', async () => {
      const [anna, bela, cleo] = await people()
      expect(await blocks().setMuted(anna, bela, true)).toBe(true)
      expect(await blocks().setMuted(anna, bela, true)).toBe(false)
      expect(await standing(anna, bela)).toEqual({ ...nothing, muted: true })
      expect(await standing(bela, anna)).toBeUndefined()
      expect(await blocks().standings(anna, [cleo, bela, cleo])).toEqual(new Map([[bela, { ...nothing, muted: true }]]))
      expect(await blocks().setMuted(anna, bela, false)).toBe(true)
      expect(await blocks().setMuted(anna, bela, false)).toBe(false)
      expect(await standing(anna, bela)).toBeUndefined()
    })

    test('[V3] [V4] a block is known to both, goes, and is another thing than a mute', async () => {
      const [anna, bela] = await people()
      expect(await blocks().setBlocked(anna, bela, true)).toBe(true)
      expect(await blocks().setBlocked(anna, bela, true)).toBe(false)
      expect(await standing(anna, bela)).toEqual({ ...nothing, blocked: true })
      expect(await standing(bela, anna)).toEqual({ ...nothing, blockedBy: true })
      await blocks().setBlocked(bela, anna, true)
      await blocks().setMuted(anna, bela, true)
      expect(await standing(anna, bela)).toEqual({ muted: true, blocked: true, blockedBy: true })
      expect(await blocks().setBlocked(anna, bela, false)).toBe(true)
      expect(await blocks().setBlocked(anna, bela, false)).toBe(false)
      expect(await standing(anna, bela)).toEqual({ muted: true, blocked: false, blockedBy: true })
      expect(await standing(bela, anna)).toEqual({ ...nothing, blocked: true })
    })

    test('[V1] followees leave out whom the reader has muted, and say so; the edge stays', async () => {
      const [anna, bela, cleo] = await people()
      for (const followee of [bela, cleo]) await graph().follow(anna, followee, takeId(), false)
      const before = await graph().followees(anna)
      expect(before.hidden).toBeUndefined()
      await blocks().setMuted(anna, bela, true)
      const { followees, since } = await graph().follows(anna)
      expect([...followees.ids]).toEqual([cleo])
      expect([followees.has(bela), followees.has(cleo), followees.followed]).toEqual([false, true, 2])
      expect([followees.hidden?.has(bela), followees.hidden?.has(cleo)]).toEqual([true, false])
      expect([...since.keys()]).toContain(cleo)
      expect([...(await graph().followees(anna)).ids]).toEqual([cleo])
      expect(await graph().edge(anna, bela)).toEqual({ notify: false })
      expect(await graph().followingCount(anna)).toBe(2)
      expect((await graph().listFollowing(anna, undefined, 10)).users).toEqual([bela, cleo])
      expect((await graph().followees(bela)).hidden).toBeUndefined()
      await blocks().setMuted(anna, bela, false)
      const after = await graph().followees(anna)
      expect([...after.ids]).toEqual([bela, cleo])
      expect(after.hidden).toBeUndefined()
    })

    test('[V1] a mute of somebody who is not followed changes what followees tell too', async () => {
      const [anna, bela, cleo] = await people()
      await graph().follow(anna, cleo, takeId(), false)
      const before = await graph().followees(anna)
      await blocks().setMuted(anna, bela, true)
      const after = await graph().followees(anna)
      expect(after).not.toBe(before)
      expect([after.hidden?.has(bela), [...after.ids]]).toEqual([true, [cleo]])
    })

    test('[V1] a block hides each from the other, whoever follows whom', async () => {
      const [anna, bela] = await people()
      await graph().follow(anna, bela, takeId(), false)
      await graph().follow(bela, anna, takeId(), false)
      for (const reader of [anna, bela]) await graph().followees(reader)
      await blocks().setBlocked(anna, bela, true)
      for (const [reader, other] of [
        [anna, bela],
        [bela, anna],
      ] as const) {
        const { ids, hidden } = await graph().followees(reader)
        expect([[...ids], hidden?.has(other), hidden?.blocked.has(other), hidden?.muted.has(other)]).toEqual([
          [],
          true,
          true,
          false,
        ])
      }
      expect((await graph().followees(anna)).hidden?.blocking).toBe(1)
      expect((await graph().followees(bela)).hidden?.blocking).toBe(0)
      await blocks().setBlocked(anna, bela, false)
      expect([...(await graph().followees(bela)).ids]).toEqual([anna])
    })

    test('[V5] what an account hid, and what it was hidden from, goes bit by bit', async () => {
      const [anna, ...others] = (await makeUsers(opened.engine.users, 6)) as [UserId, ...UserId[]]
      const [bela, cleo] = others as [UserId, UserId]
      for (const other of others) await blocks().setBlocked(anna, other, true)
      await blocks().setBlocked(bela, anna, true)
      await blocks().setMuted(anna, cleo, true)
      let calls = 1
      while (await blocks().clear(anna, 3)) calls++
      expect(calls).toBeLessThan(5)
      expect(await blocks().standings(anna, others)).toEqual(new Map())
      for (const other of others) expect(await standing(other, anna)).toBeUndefined()
      expect((await graph().followees(anna)).hidden).toBeUndefined()
    })

    test('[V2] [V3] mutes and blocks survive a restart', async () => {
      const [anna, bela, cleo] = await people()
      await blocks().setMuted(anna, bela, true)
      await blocks().setBlocked(anna, cleo, true)
      await opened.reopen()
      expect(await standing(anna, bela)).toEqual({ ...nothing, muted: true })
      expect(await standing(cleo, anna)).toEqual({ ...nothing, blockedBy: true })
      const { hidden } = await graph().followees(anna)
      expect([hidden?.has(bela), hidden?.has(cleo)]).toEqual([true, true])
    })

    test('[V1] [V4] whatever is muted, blocked and followed in any order, both views are those of a set', async () => {
      const wish = fc.record({
        from: fc.integer({ min: 0, max: 2 }),
        to: fc.integer({ min: 0, max: 2 }),
        what: fc.constantFrom('mute', 'block', 'follow'),
        on: fc.boolean(),
      })
      await fc.assert(
        fc.asyncProperty(fc.array(wish, { maxLength: 12 }), async (wishes) => {
          const trio = await people()
          const is = new Set<string>()
          for (const { from, to, what, on } of wishes) {
            const [user, other] = [trio[from]!, trio[to]!]
            if (user === other) continue
            if (what === 'mute') await blocks().setMuted(user, other, on)
            else if (what === 'block') await blocks().setBlocked(user, other, on)
            else if (on) await graph().follow(user, other, takeId(), false)
            else await graph().unfollow(user, other)
            if (on) is.add(`${what} ${user} ${other}`)
            else is.delete(`${what} ${user} ${other}`)
          }
          for (const user of trio) {
            const others = trio.filter((other) => other !== user)
            const { ids, hidden } = await graph().followees(user)
            const standings = await blocks().standings(user, others)
            for (const other of others) {
              const muted = is.has(`mute ${user} ${other}`)
              const blocked = is.has(`block ${user} ${other}`)
              const blockedBy = is.has(`block ${other} ${user}`)
              expect(standings.get(other) ?? nothing).toEqual({ muted, blocked, blockedBy })
              expect(hidden?.has(other) ?? false).toBe(muted || blocked || blockedBy)
            }
            const seen = others.filter((other) => is.has(`follow ${user} ${other}`) && !hidden?.has(other))
            expect([...ids]).toEqual(seen)
          }
        }),
        { numRuns: 20 },
      )
    })
  })
}
