import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { MessageId, UserId } from '../core/ids.ts'
import { makeUser, makeUsers, newMessage, type Open, oldestFirst, opening, takeId } from './support.contract.ts'

export function likesContract(name: string, open: Open<'likes' | 'messages' | 'users'>): void {
  describe(`${name}: LikeStore`, () => {
    const opened = opening(open)
    const likes = () => opened.engine.likes

    async function messages(count: number): Promise<MessageId[]> {
      const author = await makeUser(opened.engine.users)
      const made = Array.from({ length: count }, () => newMessage(author))
      await Promise.all(made.map((message) => opened.engine.messages.store(message)))
      return made.map((message) => message.id)
    }

    test('[L1] [L2] a like counts once however often it is sent', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      const [id] = (await messages(1)) as [MessageId]
      expect(await likes().like(anna, id)).toBe(1)
      expect(await likes().like(anna, id)).toBe(1)
      expect(await likes().like(bela, id)).toBe(2)
      await Promise.all(Array.from({ length: 50 }, () => likes().like(anna, id)))
      expect(await likes().counts([id])).toEqual([2])
    })

    test('[L1] likes of many users at once all count', async () => {
      const users = await makeUsers(opened.engine.users, 200)
      const [id] = (await messages(1)) as [MessageId]
      await Promise.all([...users, ...users].map((user) => likes().like(user, id)))
      expect(await likes().counts([id])).toEqual([200])
      await Promise.all([...users, ...users].map((user) => likes().unlike(user, id)))
      expect(await likes().counts([id])).toEqual([0])
    })

    test('[L1] [L4] likes and unlikes that overlap leave a count that is exact', async () => {
      const users = await makeUsers(opened.engine.users, 10)
      const [id] = (await messages(1)) as [MessageId]
      const calls = Array.from({ length: 200 }, (_, i) => {
        const user = users[(i * 7) % 10]!
        return (i * 13) % 3 === 0 ? likes().unlike(user, id) : likes().like(user, id)
      })
      await Promise.all(calls)
      const { users: likers } = await likes().likers(id, undefined, 100)
      expect(await likes().counts([id])).toEqual([likers.length])
      for (const user of users) {
        expect((await likes().likedAmong(user, [id])).has(id)).toBe(likers.includes(user))
      }
    })

    test('[L3] an unlike takes back one’s own like alone, and nothing twice', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      const [id] = (await messages(1)) as [MessageId]
      expect(await likes().unlike(anna, id)).toBe(0)
      await likes().like(anna, id)
      expect(await likes().unlike(bela, id)).toBe(1)
      expect(await likes().unlike(anna, id)).toBe(0)
      expect(await likes().unlike(anna, id)).toBe(0)
      expect(await likes().like(anna, id)).toBe(1)
    })

    test('[L4] [L5] up to 1,000 ids, in the order asked, with repeats and unknown ones', async () => {
      const user = await makeUser(opened.engine.users)
      const [one, two] = (await messages(2)) as [MessageId, MessageId]
      await likes().like(user, two)
      const unknown = takeId()
      expect(await likes().counts([unknown, two, one, two])).toEqual([0, 1, 0, 1])
      expect(await likes().counts([])).toEqual([])
      expect([...(await likes().likedAmong(user, [unknown, one, two]))]).toEqual([two])
      expect((await likes().likedAmong(user, [])).size).toBe(0)
      const thousand = Array.from({ length: 1_000 }, (_, i) => (i === 999 ? two : one))
      expect((await likes().counts(thousand))[999]).toBe(1)
      expect([...(await likes().likedAmong(user, thousand))]).toEqual([two])
    })

    test('[L6] every liker stands on exactly one page', async () => {
      const users = await makeUsers(opened.engine.users, 7)
      const [id] = (await messages(1)) as [MessageId]
      for (const user of users) await likes().like(user, id)
      const seen: UserId[] = []
      let page: string | undefined
      do {
        const found = await likes().likers(id, page, 3)
        expect(found.users.length).toBeLessThanOrEqual(3)
        seen.push(...found.users)
        page = found.next
      } while (page !== undefined)
      expect(seen).toHaveLength(7)
      expect(oldestFirst(seen)).toEqual(users)
      expect((await likes().likers(id, undefined, 7)).next).toBeUndefined()
      expect(await likes().likers(takeId(), undefined, 3)).toEqual({ users: [] })
    })

    test('[L1]–[L6] agree with a Set for each message', async () => {
      const users = await makeUsers(opened.engine.users, 4)
      const ids = await messages(3)
      const model = new Map(ids.map((id) => [id, new Set<UserId>()]))
      const step = fc.record({ user: fc.nat(3), message: fc.nat(2), likes: fc.boolean() })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
          for (const { user, message, likes: wanted } of steps) {
            const [who, id] = [users[user]!, ids[message]!]
            const set = model.get(id)!
            if (wanted) set.add(who)
            else set.delete(who)
            expect(await (wanted ? likes().like(who, id) : likes().unlike(who, id))).toBe(set.size)
          }
          expect(await likes().counts(ids)).toEqual(ids.map((id) => model.get(id)!.size))
          for (const user of users) {
            const liked = ids.filter((id) => model.get(id)!.has(user))
            expect(oldestFirst(await likes().likedAmong(user, ids))).toEqual(liked)
          }
          const { users: likers } = await likes().likers(ids[0]!, undefined, 100)
          expect(oldestFirst(likers)).toEqual(oldestFirst(model.get(ids[0]!)!))
        }),
        { numRuns: 10 },
      )
    })

    test('[L7] what a user likes is listed page by page, while it is taken back', async () => {
      const [anna] = (await makeUsers(opened.engine.users, 1)) as [UserId]
      expect((await likes().likedBy(anna, undefined, 2)).messages).toEqual([])
      const ids = await messages(5)
      for (const id of ids) await likes().like(anna, id)
      await likes().unlike(anna, ids[3]!)
      const found: MessageId[] = []
      let page: string | undefined
      do {
        const some = await likes().likedBy(anna, page, 2)
        for (const id of some.messages) await likes().unlike(anna, id)
        found.push(...some.messages)
        page = some.next
      } while (page !== undefined)
      expect(oldestFirst(found)).toEqual(ids.filter((_, i) => i !== 3))
      expect((await likes().likedBy(anna, undefined, 2)).messages).toEqual([])
    })

    test('[L2] [L3] edges and counts survive a restart', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      const [one, two] = (await messages(2)) as [MessageId, MessageId]
      await Promise.all([likes().like(anna, one), likes().like(bela, one), likes().like(anna, two)])
      await likes().unlike(anna, one)
      await opened.reopen()
      expect(await likes().counts([one, two])).toEqual([1, 1])
      expect([...(await likes().likedAmong(anna, [one, two]))]).toEqual([two])
      expect(await likes().like(bela, one)).toBe(1)
    })
  })
}
