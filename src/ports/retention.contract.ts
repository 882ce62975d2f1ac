import { describe, expect, test } from 'bun:test'
import type { Id, MessageId, UserId } from '../core/ids.ts'
import type { NewMessage } from './messages.ts'
import { makeUser, makeUsers, newMessage, type Open, opening, takeId } from './support.contract.ts'

export function retentionContract(
  name: string,
  open: Open<'retention' | 'messages' | 'outboxRows' | 'likes' | 'users'>,
): void {
  describe(`${name}: Retention`, () => {
    const opened = opening(open)
    const { many, outbox } = {
      many: (ids: MessageId[]) => opened.engine.messages.many(ids),
      outbox: async (author: UserId) =>
        (await opened.engine.messages.outbox(author, Number.MAX_SAFE_INTEGER, 100)).map(({ id }) => id),
    }

    async function store(author: UserId, count: number): Promise<NewMessage[]> {
      const made: NewMessage[] = []
      for (let i = 0; i < count; i++) {
        const message = newMessage(author)
        await opened.engine.messages.store(message)
        made.push(message)
      }
      await opened.engine.outboxRows.done(made.map(({ id }) => id))
      return made
    }

    async function expireAll(below: Id, limit: number): Promise<MessageId[][]> {
      const pages: MessageId[][] = []
      for (;;) {
        const { taken, more } = await opened.engine.retention.expire(below, limit)
        pages.push([...taken])
        if (!more) return pages
      }
    }

    test('[RT1] what is older leaves store, outboxes and likes; what is not stays, also after a restart', async () => {
      const [anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
      const old = await store(anna, 3)
      const deleted = await store(anna, 1)
      const fans = await makeUsers(opened.engine.users, 5)
      const bound = takeId()
      const young = [...(await store(anna, 2)), ...(await store(bela, 1))]
      for (const user of fans) {
        for (const { id } of [old[0]!, deleted[0]!, young[0]!]) await opened.engine.likes.like(user, id)
      }
      const stamp = takeId()
      await opened.engine.messages.delete(deleted[0]!.id, anna, stamp)

      const taken = (await expireAll(bound, 100)).flat()
      expect(taken.toSorted()).toEqual(old.map(({ id }) => id))
      const look = async () => {
        expect(await many(old.map(({ id }) => id))).toEqual([undefined, undefined, undefined])
        expect((await many(young.map(({ id }) => id))).map((record) => record?.id)).toEqual(young.map(({ id }) => id))
        expect(await outbox(anna)).toEqual([young[1]!.id, young[0]!.id])
        const ids = [old[0]!.id, young[0]!.id]
        for (const user of fans) {
          expect([...(await opened.engine.likes.likedAmong(user, ids))]).toEqual([young[0]!.id])
        }
        expect((await opened.engine.likes.likers(old[0]!.id, undefined, 100)).users).toEqual([])
        expect((await opened.engine.likes.likers(young[0]!.id, undefined, 100)).users).toHaveLength(fans.length)
        expect((await opened.engine.users.counts(anna)).messages).toBe(2)
      }
      await look()
      // Cursors that old have ended: nobody is to be told.
      expect(await opened.engine.messages.deletions(stamp, 10)).toEqual([])
      await opened.reopen()
      await look()
    })

    test('[RT2] page by page: each is bounded, none comes twice, and all of it goes', async () => {
      const author = await makeUser(opened.engine.users)
      const old = [...(await store(author, 7)), ...(await store(await makeUser(opened.engine.users), 4))]
      const fans = await makeUsers(opened.engine.users, 9)
      for (const user of fans) await opened.engine.likes.like(user, old[3]!.id)
      const bound = takeId()
      const young = await store(author, 1)
      const pages = await expireAll(bound, 3)
      for (const page of pages) expect(page.length).toBeLessThanOrEqual(3)
      // What other tests have stored is older too.
      const ours = new Set(old.map(({ id }) => id))
      expect(
        pages
          .flat()
          .filter((id) => ours.has(id))
          .toSorted(),
      ).toEqual([...ours].toSorted())
      expect(new Set(pages.flat()).size).toBe(pages.flat().length)
      expect((await opened.engine.likes.likers(old[3]!.id, undefined, 100)).users).toEqual([])
      expect(await outbox(author)).toEqual([young[0]!.id])
    })

    test('where nothing is older, nothing goes', async () => {
      const bound = takeId()
      const [message] = await store(await makeUser(opened.engine.users), 1)
      expect((await expireAll(bound, 10)).flat().filter((id) => id >= bound)).toEqual([])
      expect((await many([message!.id]))[0]?.id).toBe(message!.id)
    })
  })
}
