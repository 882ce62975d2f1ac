import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { UserId } from '../core/ids.ts'
import { fanoutPageReaders } from '../core/limits.ts'
import { inParts, makeUser, makeUsers, type Open, oldestFirst, opening, takeId } from './support.contract.ts'

type Trio = [UserId, UserId, UserId]
type Listed = { users: UserId[]; next?: string }

export function graphContract(name: string, open: Open<'graph' | 'users'>): void {
  describe(`${name}: FollowGraph`, () => {
    const opened = opening(open)
    const graph = () => opened.engine.graph
    const people = (count: number) => makeUsers(opened.engine.users, count)
    const followees = async (reader: UserId) => [...(await graph().followees(reader)).ids]
    const numberOf = async (user: UserId) => (await graph().fanoutPage(user, undefined)).readers[0]!

    /** All pages of a job, as reader numbers; `between` runs after each page. */
    async function fanout(author: UserId, between?: (page: number) => Promise<void>): Promise<number[][]> {
      const pages: number[][] = []
      let token: string | undefined
      do {
        const { readers, next } = await graph().fanoutPage(author, token)
        pages.push([...readers])
        token = next
        await between?.(pages.length)
      } while (token !== undefined)
      return pages
    }

    async function listed(list: (page: string | undefined) => Promise<Listed>, length: number): Promise<UserId[]> {
      const users: UserId[] = []
      let page: string | undefined
      do {
        const found = await list(page)
        expect(found.users.length).toBeLessThanOrEqual(length)
        users.push(...found.users)
        page = found.next
      } while (page !== undefined)
      return users
    }

    test('[G1] [G2] [G9] an edge stands on both sides once follow has resolved', async () => {
      const [anna, bela] = (await people(2)) as [UserId, UserId]
      expect(await graph().edge(anna, bela)).toBeUndefined()
      expect(await graph().follow(anna, bela, takeId(), true)).toBe(true)
      expect(await graph().edge(anna, bela)).toEqual({ notify: true })
      expect(await graph().edge(bela, anna)).toBeUndefined()
      expect(await followees(anna)).toEqual([bela])
      expect(await graph().listFollowers(bela, undefined, 10)).toEqual({ users: [anna] })
      expect(await graph().listFollowing(anna, undefined, 10)).toEqual({ users: [bela] })
      expect((await fanout(bela)).flat()).toEqual([await numberOf(bela), await numberOf(anna)])
      expect(await graph().followerCount(bela)).toBe(1)
      expect(await graph().followingCount(anna)).toBe(1)
    })

    test('[G2] following again changes nothing but `notify`, and never moves `since`', async () => {
      const [anna, bela] = (await people(2)) as [UserId, UserId]
      const since = takeId()
      await graph().follow(anna, bela, since, false)
      expect(await graph().follow(anna, bela, takeId(), false)).toBe(false)
      expect((await graph().followedSince(anna)).get(bela)).toBe(since)
      expect(await graph().follow(anna, bela, takeId(), true)).toBe(true)
      expect(await graph().edge(anna, bela)).toEqual({ notify: true })
      expect((await graph().followedSince(anna)).get(bela)).toBe(since)
      expect(await graph().followerCount(bela)).toBe(1)
    })

    test('[G2] of simultaneous follows exactly one changes something', async () => {
      const [anna, bela] = (await people(2)) as [UserId, UserId]
      const changed = await Promise.all(Array.from({ length: 10 }, () => graph().follow(anna, bela, takeId(), false)))
      expect(changed.filter(Boolean)).toHaveLength(1)
      expect(await graph().followerCount(bela)).toBe(1)
    })

    test('[G3] unfollow takes both sides away, once', async () => {
      const [anna, bela, cleo] = (await people(3)) as Trio
      await graph().follow(anna, bela, takeId(), false)
      await graph().follow(cleo, bela, takeId(), false)
      expect(await graph().unfollow(anna, bela)).toBe(true)
      expect(await graph().unfollow(anna, bela)).toBe(false)
      expect(await graph().edge(anna, bela)).toBeUndefined()
      expect(await followees(anna)).toEqual([])
      expect(await graph().listFollowers(bela, undefined, 10)).toEqual({ users: [cleo] })
      expect((await fanout(bela)).flat()).toEqual([await numberOf(bela), await numberOf(cleo)])
      expect(await graph().followerCount(bela)).toBe(1)
    })

    test('[G2] [G7] following anew after an unfollow counts from then', async () => {
      const [anna, bela, cleo] = (await people(3)) as Trio
      await graph().follow(anna, bela, takeId(), false)
      await graph().unfollow(anna, bela)
      const since = takeId()
      await graph().follow(anna, bela, since, false)
      await graph().follow(anna, cleo, since + 1, false)
      const recent = await graph().followedSince(anna)
      expect(recent.get(bela)).toBe(since)
      expect(recent.get(cleo)).toBe(since + 1)
      expect((await graph().followedSince(cleo)).size).toBe(0)
    })

    test('[G4] the author’s own number comes first, also without followers', async () => {
      const author = await makeUser(opened.engine.users)
      const { readers, next } = await graph().fanoutPage(author, undefined)
      expect(readers).toHaveLength(1)
      expect(next).toBeUndefined()
    })

    test('[G12] [G13] who follows with notify is listed, in pages, and a first page of fan-out says whether anybody may', async () => {
      const [author, other, ...readers] = (await people(6)) as [UserId, UserId, ...UserId[]]
      const since = takeId()
      const says = async () => (await graph().fanoutPage(author, undefined)).notifies
      expect(await says()).toBe(false)
      for (const reader of readers) await graph().follow(reader, author, since, false)
      expect(await says()).toBe(false)
      expect(await graph().notifyPage(author, undefined)).toEqual({ users: [], next: undefined })
      await graph().follow(readers[0]!, author, since, true)
      expect(await says()).toBe(true)
      for (const reader of readers) await graph().follow(reader, author, since, true)
      await graph().follow(readers[1]!, author, since, false)
      await graph().unfollow(readers[2]!, author)
      const { users, next } = await graph().notifyPage(author, undefined)
      expect(oldestFirst(users)).toEqual([readers[0]!, readers[3]!])
      expect(next).toBeUndefined()
      expect((await graph().fanoutPage(other, undefined)).notifies).toBe(false)
      await opened.reopen()
      expect(await says()).toBe(true)
    })

    test('[G12] more than a page of them: each stands on exactly one', async () => {
      const author = await makeUser(opened.engine.users)
      const readers = await makeUsers(opened.engine.users, 1_300)
      await inParts(readers, (reader) => graph().follow(reader, author, takeId(), true))
      const seen: UserId[] = []
      let page: string | undefined
      do {
        const found = await graph().notifyPage(author, page)
        expect(found.users.length).toBeLessThanOrEqual(1_000)
        seen.push(...found.users)
        page = found.next
      } while (page !== undefined)
      expect(oldestFirst(seen)).toEqual(readers)
    })

    test('[G6] followees are sorted upward, whatever the order of following', async () => {
      const [reader, ...others] = await people(9)
      for (const i of [3, 0, 7, 5, 1, 6, 2, 4]) await graph().follow(reader!, others[i]!, takeId(), false)
      expect(await followees(reader!)).toEqual(others)
      const found = await graph().followees(reader!)
      expect(found.has(others[0]!)).toBe(true)
      expect(found.has(reader!)).toBe(false)
    })

    test('[G8] lists show everyone once, in pages', async () => {
      const [star, ...others] = await people(8)
      for (const user of others) {
        await graph().follow(user, star!, takeId(), false)
        await graph().follow(star!, user, takeId(), false)
      }
      const followers = await listed((page) => graph().listFollowers(star!, page, 3), 3)
      const following = await listed((page) => graph().listFollowing(star!, page, 3), 3)
      expect(followers).toHaveLength(7)
      expect(oldestFirst(followers)).toEqual(others)
      expect(following).toHaveLength(7)
      expect(oldestFirst(following)).toEqual(others)
      expect((await graph().listFollowers(star!, undefined, 7)).next).toBeUndefined()
    })

    test('[G2]–[G10] agree with a Map of Sets', async () => {
      const users = await people(5)
      const model = new Map(users.map((user) => [user, new Set<UserId>()]))
      const step = fc.record({ reader: fc.nat(4), followee: fc.nat(4), follows: fc.boolean() })
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
          for (const { reader, followee, follows } of steps) {
            if (reader === followee) continue
            const [from, to] = [users[reader]!, users[followee]!]
            const set = model.get(from)!
            const changes = set.has(to) !== follows
            if (follows) set.add(to)
            else set.delete(to)
            const change = follows ? graph().follow(from, to, takeId(), false) : graph().unfollow(from, to)
            expect(await change).toBe(changes)
          }
          for (const user of users) {
            const following = oldestFirst(model.get(user)!)
            const followers = users.filter((other) => model.get(other)!.has(user))
            expect(await followees(user)).toEqual(following)
            expect(await graph().followingCount(user)).toBe(following.length)
            expect(await graph().followerCount(user)).toBe(followers.length)
            const numbers = await Promise.all(followers.map(numberOf))
            const [own, ...readers] = (await fanout(user)).flat()
            expect(own).toBe(await numberOf(user))
            expect(oldestFirst(readers)).toEqual(oldestFirst(numbers))
          }
        }),
        { numRuns: 8 },
      )
    })

    test('[G1] after follows and unfollows that overlap both sides agree', async () => {
      const users = await people(5)
      const pairs = users.flatMap((from) => users.filter((to) => to !== from).map((to) => [from, to] as const))
      const calls = Array.from({ length: 15 }, (_, round) =>
        pairs.map(([from, to], i) =>
          (round * 7 + i * 3) % 5 < 3 ? graph().follow(from, to, takeId(), i % 2 === 0) : graph().unfollow(from, to),
        ),
      )
      await Promise.all(calls.flat())
      const edges = await Promise.all(
        pairs.map(async ([from, to]) => [from, to, await graph().edge(from, to)] as const),
      )
      for (const user of users) {
        const following = edges.filter(([from, , edge]) => from === user && edge).map(([, to]) => to)
        const followers = edges.filter(([, to, edge]) => to === user && edge).map(([from]) => from)
        expect(await followees(user)).toEqual(following)
        expect(oldestFirst((await graph().listFollowers(user, undefined, 10)).users)).toEqual(followers)
        expect(await graph().followerCount(user)).toBe(followers.length)
        expect(await graph().followingCount(user)).toBe(following.length)
        expect((await fanout(user)).flat()).toHaveLength(followers.length + 1)
      }
    })

    describe('a large author', () => {
      const count = Math.floor(fanoutPageReaders * 2.7)

      async function largeAuthor() {
        const [author, ...readers] = await people(count + 1)
        await inParts(readers, (reader) => graph().follow(reader, author!, takeId(), false))
        const numbers = await Promise.all(readers.map(numberOf))
        return { author: author!, readers, numbers }
      }

      test('[G4] [G5] [G10] pages of about the stated size hold every follower once', async () => {
        const { author, numbers } = await largeAuthor()
        const pages = await fanout(author)
        expect(pages.length).toBeGreaterThan(1)
        for (const page of pages) expect(page.length).toBeLessThanOrEqual(2 * fanoutPageReaders)
        const [own, ...readers] = pages.flat()
        expect(own).toBe(await numberOf(author))
        expect(oldestFirst(readers)).toEqual(oldestFirst(numbers))
        expect(await graph().followerCount(author)).toBe(count)
      })

      test('[G5] edges that come and go between pages move nobody else', async () => {
        const { author, readers, numbers } = await largeAuthor()
        const newcomers = await people(40)
        const leaves = (i: number) => i % 7 === 0
        const pages = await fanout(author, async (page) => {
          const leavers = readers.filter((_, i) => leaves(i) && Math.floor(i / 7) % 3 === page % 3)
          await Promise.all(leavers.map((reader) => graph().unfollow(reader, author)))
          const arriving = newcomers.filter((_, i) => i % 3 === page % 3)
          await Promise.all(arriving.map((reader) => graph().follow(reader, author, takeId(), false)))
        })
        const seen = new Map<number, number>()
        for (const number of pages.flat()) seen.set(number, (seen.get(number) ?? 0) + 1)
        const stayed = numbers.filter((_, i) => !leaves(i))
        expect(stayed.filter((number) => seen.get(number) !== 1)).toEqual([])
      })

      test('[G5] a page asked for again, as after a crash, loses nobody', async () => {
        const { author, numbers } = await largeAuthor()
        const seen: number[] = []
        let token: string | undefined
        do {
          await graph().fanoutPage(author, token)
          const { readers, next } = await graph().fanoutPage(author, token)
          seen.push(...readers)
          token = next
        } while (token !== undefined)
        expect(oldestFirst(seen.slice(1))).toEqual(oldestFirst(numbers))
      })
    })

    test('[G11] whom one follows and since when are told together, also while that changes', async () => {
      const [anna, bela, cleo] = (await people(3)) as Trio
      await graph().follow(anna, cleo, takeId(), false)
      const since = takeId()
      let changes = 0
      const changing = (async () => {
        for (; changes < 40; changes++) {
          if (changes % 2 === 0) await graph().follow(anna, bela, since, false)
          else await graph().unfollow(anna, bela)
        }
      })()
      while (changes < 40) {
        const told = await graph().follows(anna)
        expect([...told.since.keys()].sort()).toEqual([...told.followees.ids].sort())
        if (told.followees.has(bela)) expect(told.since.get(bela)).toBe(since)
        await new Promise((resolve) => setImmediate(resolve))
      }
      await changing
      await graph().follow(anna, bela, since, false)
      const { followees, since: recent } = await graph().follows(anna)
      expect(oldestFirst(followees.ids)).toEqual(oldestFirst([bela, cleo]))
      expect([recent.get(bela), recent.size]).toEqual([since, 2])
    })

    test('[G1] [G2] [G3] edges survive a restart', async () => {
      const [anna, bela, cleo] = (await people(3)) as Trio
      const since = takeId()
      await graph().follow(anna, bela, since, true)
      await graph().follow(cleo, bela, takeId(), false)
      await graph().follow(anna, cleo, takeId(), false)
      await graph().unfollow(anna, cleo)
      await opened.reopen()
      expect(await followees(anna)).toEqual([bela])
      expect(await graph().edge(anna, bela)).toEqual({ notify: true })
      expect((await graph().followedSince(anna)).get(bela)).toBe(since)
      expect(await graph().followerCount(bela)).toBe(2)
      expect((await fanout(bela)).flat()).toHaveLength(3)
      expect(await graph().followingCount(anna)).toBe(1)
      expect(await graph().follow(anna, bela, takeId(), true)).toBe(false)
    })
  })
}
