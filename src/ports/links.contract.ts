import { describe, expect, test } from 'bun:test'
import { idMax, type MessageId, type UserId } from '../core/ids.ts'
import { boostBody, messageBody } from '../core/message.ts'
import type { Job } from './messages.ts'
import { makeUser, makeUsers, newJob, newMessage, type Open, oldestFirst, opening, takeId } from './support.contract.ts'

/** Replies, boosts and what counts them: `ReplyStore`, `BoostStore`, `CountStore`, and how they come and go with messages. */
export function linksContract(
  name: string,
  open: Open<'messages' | 'users' | 'likes' | 'boosts' | 'replies' | 'counts'>,
): void {
  describe(`${name}: replies, boosts, counts`, () => {
    const opened = opening(open)
    const engine = () => opened.engine
    const all = (id: MessageId) => engine().replies.replies(id, 0, idMax + 1, 1_000)

    async function message(author?: UserId): Promise<MessageId> {
      const made = newMessage(author ?? (await makeUser(engine().users)))
      await engine().messages.store(made)
      return made.id
    }

    async function reply(author: UserId, replyTo: MessageId): Promise<MessageId> {
      const job = newJob(author)
      await engine().messages.store({ ...job, body: messageBody(job.id, 'a reply', { replyTo }) })
      return job.id
    }

    async function storeBoost(job: Job, original: MessageId): Promise<void> {
      await engine().messages.store({ ...job, body: boostBody(job.id, original) })
    }

    async function boost(user: UserId, original: MessageId): Promise<MessageId> {
      const { job } = await engine().boosts.claim(user, original, newJob(user))
      await storeBoost(job, original)
      expect(await engine().boosts.finish(user, original, job.id)).toBe(true)
      return job.id
    }

    async function boostsOf(original: MessageId, length = 1_000) {
      const found: { id: MessageId; user: UserId }[] = []
      let page: string | undefined
      do {
        const read = await engine().boosts.boostsOf(original, page, length)
        expect(read.boosts.length).toBeLessThanOrEqual(length)
        found.push(...read.boosts)
        page = read.next
      } while (page !== undefined)
      return found
    }

    test('[LK1] replies are listed smallest first between two bounds, each once, and go when they are deleted', async () => {
      const author = await makeUser(engine().users)
      const [first, other] = [await message(author), await message(author)]
      const ids: MessageId[] = []
      for (let i = 0; i < 5; i++) ids.push(await reply(author, first))
      await reply(author, other)
      expect(await all(first)).toEqual(ids)
      expect(await engine().replies.replies(first, ids[0]!, ids[4]!, 1_000)).toEqual(ids.slice(1, 4))
      expect(await engine().replies.replies(first, ids[0]!, ids[4]!, 2)).toEqual(ids.slice(1, 3))
      expect(await engine().messages.delete(ids[2]!, author, takeId())).toBe(true)
      await engine().messages.abandon(ids[0]!, author)
      expect(await all(first)).toEqual([ids[1]!, ids[3]!, ids[4]!])
      expect(await all(takeId())).toEqual([])
    })

    test('[LK2] one look-up counts likes, boosts and replies, in the order asked', async () => {
      const [anna, bela] = (await makeUsers(engine().users, 2)) as [UserId, UserId]
      const [one, two] = [await message(anna), await message(anna)]
      await engine().likes.like(anna, one)
      await boost(anna, one)
      await boost(bela, one)
      for (let i = 0; i < 3; i++) await reply(bela, one)
      const unknown = takeId()
      const none = { likes: 0, boosts: 0, replies: 0 }
      expect(await engine().counts.of([two, one, unknown, one])).toEqual([
        none,
        { likes: 1, boosts: 2, replies: 3 },
        none,
        { likes: 1, boosts: 2, replies: 3 },
      ])
      expect(await engine().counts.of([])).toEqual([])
      await engine().likes.unlike(anna, one)
      expect(await engine().counts.of([one])).toEqual([{ likes: 0, boosts: 2, replies: 3 }])
    })

    test('[LK2] counts are exact after replies that come, go, and are stored twice, all at once', async () => {
      const author = await makeUser(engine().users)
      const id = await message(author)
      const jobs = Array.from({ length: 40 }, () => newJob(author))
      const store = (job: Job) => engine().messages.store({ ...job, body: messageBody(job.id, 'x', { replyTo: id }) })
      await Promise.all([...jobs, ...jobs].map(store))
      await Promise.all(jobs.slice(0, 15).map((job) => engine().messages.delete(job.id, author, takeId())))
      expect((await engine().counts.of([id]))[0]!.replies).toBe(25)
      expect(await all(id)).toEqual(jobs.slice(15).map((job) => job.id))
    })

    test('[LK3] [LK6] a user’s boost of a message is fixed once, also by many at once', async () => {
      const user = await makeUser(engine().users)
      const id = await message()
      expect(await engine().boosts.find(user, id)).toBeUndefined()
      const jobs = Array.from({ length: 20 }, () => newJob(user, { prev: [takeId()], mode: 'hot', crossed: true }))
      const claims = await Promise.all(jobs.map((job) => engine().boosts.claim(user, id, job)))
      const [mine] = claims.filter((claim) => claim.mine)
      expect(claims.filter((claim) => claim.mine)).toHaveLength(1)
      for (const claim of claims) expect(claim.job).toEqual(mine!.job)
      expect(await engine().boosts.find(user, id)).toEqual({ job: mine!.job, done: false })
    })

    test('[LK4] a boost moves on from the id that it has, as done as it is, and from no other', async () => {
      const user = await makeUser(engine().users)
      const id = await message()
      const [one, two, three] = [newJob(user), newJob(user), newJob(user)]
      await engine().boosts.claim(user, id, one)
      expect(await engine().boosts.move(user, id, two.id, false, three)).toBe(false)
      expect(await engine().boosts.move(user, id, one.id, true, two)).toBe(false)
      expect(await engine().boosts.move(user, id, one.id, false, two)).toBe(true)
      await storeBoost(two, id)
      expect(await engine().boosts.finish(user, id, one.id)).toBe(false)
      expect(await engine().boosts.finish(user, id, two.id)).toBe(true)
      expect(await engine().boosts.move(user, id, two.id, false, three)).toBe(false)
      expect(await engine().boosts.move(user, id, two.id, true, three)).toBe(true)
      expect(await engine().boosts.find(user, id)).toEqual({ job: three, done: false })
    })

    test('[LK5] [LK7] what is done is told of many messages at once, in no order, with repeats and unknown ones', async () => {
      const [anna, bela] = (await makeUsers(engine().users, 2)) as [UserId, UserId]
      const [one, two, three] = [await message(), await message(), await message()]
      await boost(anna, two)
      await boost(bela, one)
      await engine().boosts.claim(anna, three, newJob(anna))
      const among = (user: UserId, ids: MessageId[]) => engine().boosts.boostedAmong(user, ids)
      expect([...(await among(anna, [takeId(), one, two, two, three]))]).toEqual([two])
      expect((await among(anna, [])).size).toBe(0)
      const thousand = Array.from({ length: 1_000 }, (_, i) => (i === 999 ? two : one))
      expect([...(await among(anna, thousand))]).toEqual([two])
    })

    test('[LK8] every stored boost stands on exactly one page, and none that was only claimed', async () => {
      const users = await makeUsers(engine().users, 7)
      const id = await message()
      const ids: MessageId[] = []
      for (const user of users) ids.push(await boost(user, id))
      const late = await makeUser(engine().users)
      await engine().boosts.claim(late, id, newJob(late))
      for (const length of [1, 3, 7]) {
        const found = await boostsOf(id, length)
        expect(oldestFirst(found.map((one) => one.id))).toEqual(ids)
        for (const { id: found_, user } of found) expect(users[ids.indexOf(found_)]).toBe(user)
      }
      expect(await boostsOf(takeId())).toEqual([])
    })

    test('a boost that is deleted or abandoned is none any more, and can be made anew', async () => {
      const user = await makeUser(engine().users)
      const original = await message()
      const first = await boost(user, original)
      expect(await engine().messages.delete(first, user, takeId())).toBe(true)
      expect(await engine().boosts.find(user, original)).toBeUndefined()
      expect(await boostsOf(original)).toEqual([])
      expect((await engine().counts.of([original]))[0]!.boosts).toBe(0)
      const second = await boost(user, original)
      expect(second).not.toBe(first)
      await engine().messages.abandon(second, user)
      expect((await engine().counts.of([original]))[0]!.boosts).toBe(0)
      const third = await boost(user, original)
      // What was abandoned before takes nothing from who has moved on.
      await engine().messages.abandon(second, user)
      expect((await boostsOf(original)).map((one) => one.id)).toEqual([third])
      expect(await engine().boosts.find(user, original)).toMatchObject({ done: true, job: { id: third } })
    })

    test('[LK9] the place up to which boosts are cleared never moves back', async () => {
      const stamp = takeId()
      await engine().boosts.setCleared(stamp)
      await engine().boosts.setCleared(stamp - 5)
      expect(await engine().boosts.cleared()).toBe(stamp)
    })

    test('all of it survives a restart', async () => {
      const user = await makeUser(engine().users)
      const original = await message()
      const [boosted, replied] = [await boost(user, original), await reply(user, original)]
      const stamp = takeId()
      await engine().boosts.setCleared(stamp)
      await opened.reopen()
      expect(await engine().counts.of([original])).toEqual([{ likes: 0, boosts: 1, replies: 1 }])
      expect(await all(original)).toEqual([replied])
      expect(await boostsOf(original)).toEqual([{ id: boosted, user }])
      expect([...(await engine().boosts.boostedAmong(user, [original]))]).toEqual([original])
      expect(await engine().boosts.cleared()).toBe(stamp)
    })
  })
}
