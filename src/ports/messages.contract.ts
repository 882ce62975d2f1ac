import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { type Id, idMax, type MessageId, type UserId } from '../core/ids.ts'
import type { NewMessage } from './messages.ts'
import { messagesRestartContract } from './messages-restart.contract.ts'
import {
  eventually,
  makeUser,
  makeUsers,
  newestFirst,
  newMessage,
  type Open,
  oldestFirst,
  opening,
  takeId,
} from './support.contract.ts'

const endless = Number.MAX_SAFE_INTEGER

export function messagesContract(name: string, open: Open<'messages' | 'outboxRows' | 'users'>): void {
  describe(`${name}: MessageStore`, () => {
    const opened = opening(open)
    const store = () => opened.engine.messages
    const author = () => makeUser(opened.engine.users)

    async function stored(by: UserId, more: Partial<NewMessage> = {}): Promise<NewMessage> {
      const message = newMessage(by, more)
      await store().store(message)
      return message
    }

    /** The newest there is, settled (M11) or not. */
    const lastDeletion = async () => (await store().deletions(0, 1_000)).at(-1)?.stamp ?? 0

    const outboxIds = async (by: UserId) => (await store().outbox(by, endless, 1_000)).map((entry) => entry.id)

    test('[M1] a stored message is found as it was given, in store, outbox and outbox rows', async () => {
      const by = await author()
      const first = await stored(by, { body: '"text":"Grüße 🐦 \\u0000\\n"' })
      const second = await stored(by, { mode: 'hot', prev: [first.id], crossed: true })
      expect(await store().many([first.id, second.id])).toEqual([
        { id: first.id, author: by, body: first.body },
        { id: second.id, author: by, body: second.body },
      ])
      expect(await store().outbox(by, endless, 10)).toEqual([
        { id: second.id, mode: 'hot', prev: [first.id] },
        { id: first.id, mode: 'pushed', prev: [] },
      ])
      expect(await opened.engine.outboxRows.row(second.id)).toEqual({
        id: second.id,
        author: by,
        mode: 'hot',
        prev: [first.id],
        crossed: true,
        nextPage: undefined,
        done: false,
      })
    })

    test('[M1] a body of the largest size comes back whole, several prev too', async () => {
      const by = await author()
      const prev = [await stored(by), await stored(by)].map((message) => message.id)
      const large = await stored(by, { body: `"text":"${'ä'.repeat(30_000)}"`, prev })
      expect((await store().many([large.id]))[0]!.body).toBe(large.body)
      expect((await store().outbox(by, endless, 1))[0]!.prev).toEqual(prev)
    })

    test('[M2] storing the same id again changes nothing', async () => {
      const by = await author()
      const message = await stored(by)
      await store().store({ ...message, mode: 'hot', body: '"text":"other"' })
      expect(await store().many([message.id])).toEqual([{ id: message.id, author: by, body: message.body }])
      expect(await store().outbox(by, endless, 10)).toEqual([{ id: message.id, mode: 'pushed', prev: [] }])
      await opened.engine.outboxRows.done([message.id])
      await store().store(message)
      expect((await opened.engine.outboxRows.row(message.id))?.done ?? true).toBe(true)
    })

    test('[M2] stored several times at once, it is there once', async () => {
      const message = newMessage(await author())
      await Promise.all([store().store(message), store().store(message), store().store(message)])
      expect(await outboxIds(message.author)).toEqual([message.id])
    })

    test('[M2] what was deleted is not brought back by storing it again', async () => {
      const message = await stored(await author())
      await store().delete(message.id, message.author, takeId())
      await store().store(message)
      expect(await store().many([message.id])).toEqual([undefined])
      expect(await outboxIds(message.author)).toEqual([])
    })

    test('[M3] when a store resolves, the lowest undone row counts it', async () => {
      const message = newMessage(await author())
      const lowest = await store()
        .store(message)
        .then(() => opened.engine.outboxRows.lowestUndone())
      expect(lowest).toBeLessThanOrEqual(message.id)
    })

    test('[M4] an abandoned message leaves store and outbox, its row stays', async () => {
      const by = await author()
      const kept = await stored(by)
      const message = await stored(by)
      await store().abandon(message.id, by)
      expect(await store().many([message.id, kept.id])).toEqual([
        undefined,
        { id: kept.id, author: by, body: kept.body },
      ])
      expect(await outboxIds(by)).toEqual([kept.id])
      expect((await opened.engine.outboxRows.row(message.id))?.done).toBe(false)
      await store().abandon(message.id, by)
      expect(await outboxIds(by)).toEqual([kept.id])
    })

    test('[M2] [M4] abandoned before it was stored, it stays away when it comes late', async () => {
      const message = newMessage(await author())
      await store().abandon(message.id, message.author)
      await store().store(message)
      expect(await store().many([message.id])).toEqual([undefined])
      expect(await outboxIds(message.author)).toEqual([])
    })

    test('[M2] [M4] abandoned after it was stored, it stays away when it comes once more', async () => {
      const message = await stored(await author())
      await store().abandon(message.id, message.author)
      await store().store(message)
      expect(await store().many([message.id])).toEqual([undefined])
      expect(await outboxIds(message.author)).toEqual([])
      await opened.engine.outboxRows.done([message.id])
      await store().store(message)
      expect(await store().many([message.id])).toEqual([undefined])
    })

    test('[M5] many answers in the order asked, with gaps, repeats and up to 1,000 ids', async () => {
      const by = await author()
      const [one, two] = [await stored(by), await stored(by)]
      const found = await store().many([two.id, takeId(), one.id, two.id])
      expect(found.map((message) => message?.id)).toEqual([two.id, undefined, one.id, two.id])
      expect(await store().many([])).toEqual([])
      const all = await store().many(Array.from({ length: 1_000 }, (_, i) => (i % 2 ? one.id : two.id)))
      expect(all).toHaveLength(1_000)
      expect(all[999]?.id).toBe(one.id)
    })

    test('[M6] a deleted message leaves store and outbox and is logged once', async () => {
      const message = await stored(await author())
      const before = await lastDeletion()
      expect(await store().delete(message.id, message.author, takeId())).toBe(true)
      expect(await store().many([message.id])).toEqual([undefined])
      expect(await outboxIds(message.author)).toEqual([])
      expect(await store().delete(message.id, message.author, takeId())).toBe(false)
      const logged = await store().deletions(before, 10)
      expect(logged.map(({ id, author }) => ({ id, author }))).toEqual([{ id: message.id, author: message.author }])
    })

    test('[M6] deleting what never was resolves to false and logs nothing', async () => {
      const before = await lastDeletion()
      expect(await store().delete(takeId(), await author(), takeId())).toBe(false)
      expect(await store().deletions(before, 10)).toEqual([])
    })

    test('[M7] an outbox answers newest first, below an exclusive bound, at most the limit', async () => {
      const by = await author()
      const ids: MessageId[] = []
      for (let i = 0; i < 5; i++) ids.unshift((await stored(by)).id)
      const page = async (below: Id, limit: number) => (await store().outbox(by, below, limit)).map((entry) => entry.id)
      expect(await page(endless, 3)).toEqual(ids.slice(0, 3))
      expect(await page(ids[2]!, 10)).toEqual(ids.slice(3))
      expect(await page(ids[4]!, 10)).toEqual([])
      expect(await page(ids[4]! + 1, 10)).toEqual([ids[4]!])
      expect(await store().outbox(await author(), endless, 10)).toEqual([])
    })

    test('[M10] [M11] deletions come oldest first after an exclusive bound, and none appears below a head once read', async () => {
      const by = await author()
      const messages = [await stored(by), await stored(by), await stored(by)]
      const [early, late, last] = [takeId(), takeId(), takeId()]
      const told: MessageId[] = []
      let at = await store().deletionsHead()
      async function listen(): Promise<void> {
        const head = await store().deletionsHead()
        for (const { stamp, id, author } of await store().deletions(at, 100)) {
          if (stamp <= head && author === by) told.push(id)
        }
        at = head
      }
      // The stamps were taken in one order and arrive in another.
      await store().delete(messages[0]!.id, by, late)
      await listen()
      await store().delete(messages[1]!.id, by, early)
      await listen()
      await store().delete(messages[2]!.id, by, last)
      await opened.pass(30_000)
      // Heads rise with what each process is heard to have in flight.
      await eventually(opened, () => listen().then(() => told.length >= messages.length))
      expect(oldestFirst(told)).toEqual(messages.map((message) => message.id))
      const all = await store().deletions(0, 1_000)
      expect(all.map(({ stamp }) => stamp)).toEqual(oldestFirst(new Set(all.map(({ stamp }) => stamp))))
      expect(await store().deletions(all.at(-2)!.stamp, 10)).toEqual([all.at(-1)!])
      expect(await store().deletions(all.at(-1)!.stamp, 10)).toEqual([])
      expect(await store().deletions(0, 2)).toEqual(all.slice(0, 2))
    })

    test('[M14] an author’s own ids between two bounds, largest first, and none of others', async () => {
      const by = await author()
      const told = { epoch: 0, own: idMax }
      expect(await store().own(by, endless, 0, 10, told)).toEqual([])
      const ids: MessageId[] = []
      for (let i = 0; i < 4; i++) {
        await stored(await author())
        ids.push((await stored(by)).id)
      }
      const [first, second, third, last] = ids as [Id, Id, Id, Id]
      expect(await store().own(by, endless, 0, 10, told)).toEqual([last, third, second, first])
      expect(await store().own(by, last, first, 10, told)).toEqual([third, second])
      expect(await store().own(by, last, first, 1, told)).toEqual([third])
      expect(await store().own(by, endless, last, 10, told)).toEqual([])
    })

    test('[M8] [M9] [M12] merged outboxes agree with a plain list, in both directions', async () => {
      const authors = await makeUsers(opened.engine.users, 5)
      const model: { id: MessageId; author: UserId }[] = []
      const step = fc.record({
        by: fc.nat(3),
        removes: fc.boolean(),
        from: fc.nat(),
        to: fc.nat(),
        limit: fc.integer({ min: 1, max: 9 }),
      })
      const asked = fc.uniqueArray(fc.nat(4))
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 12 }), asked, async (steps, wanted) => {
          for (const { by, removes, from } of steps) {
            const victim = model[from % (model.length || 1)]
            if (removes && victim) {
              model.splice(model.indexOf(victim), 1)
              await store().delete(victim.id, victim.author, takeId())
            } else {
              model.push({ id: (await stored(authors[by]!)).id, author: authors[by]! })
            }
          }
          const among = Float64Array.from(wanted.map((i) => authors[i]!))
          const ids = model.filter(({ author }) => among.includes(author)).map(({ id }) => id)
          for (const { from, to, limit } of steps) {
            const above = model[from % (model.length || 1)]?.id ?? 0
            const below = model[to % (model.length || 1)]?.id ?? endless
            const between = newestFirst(ids).filter((id) => id > above && id < below)
            expect(await store().newest(among, below, above, limit)).toEqual(between.slice(0, limit))
            const upward = oldestFirst(ids).filter((id) => id > above)
            expect(await store().upward(among, above, limit)).toEqual(upward.slice(0, limit))
            const { ids: recent, reach } = await store().recent(among, limit)
            expect(recent.filter((id) => !ids.includes(id))).toEqual([])
            expect(recent).toEqual(newestFirst(recent).slice(0, limit))
            const covered = newestFirst(ids).filter((id) => id > reach)
            expect(recent.filter((id) => id > reach)).toEqual(covered.slice(0, limit))
          }
          expect(await store().newest(among, endless, 0, 1_000)).toEqual(newestFirst(ids))
        }),
        { numRuns: 12 },
      )
    })

    test('[M13] tips are the messages that no other names', async () => {
      const by = await author()
      expect(await store().tips(by)).toEqual({ newest: 0, mode: 'pushed', tips: [] })
      const first = await stored(by)
      expect(await store().tips(by)).toEqual({
        newest: first.id,
        mode: 'pushed',
        tips: [{ id: first.id, mode: 'pushed' }],
      })
      // Two publishes that overlap name the same one; the next names both.
      const left = await stored(by, { prev: [first.id] })
      const right = await stored(by, { prev: [first.id], mode: 'hot' })
      const { tips, ...rest } = await store().tips(by)
      expect(rest).toEqual({ newest: right.id, mode: 'hot' })
      expect([...tips].sort((a, b) => a.id - b.id)).toEqual([
        { id: left.id, mode: 'pushed' },
        { id: right.id, mode: 'hot' },
      ])
      const last = await stored(by, { prev: [left.id, right.id] })
      expect(await store().tips(by)).toEqual({
        newest: last.id,
        mode: 'pushed',
        tips: [{ id: last.id, mode: 'pushed' }],
      })
    })

    test('[M13] a message stored with a smaller id than its author’s newest is a tip too', async () => {
      const by = await author()
      const early = newMessage(by)
      const late = await stored(by)
      await store().store(early)
      const { newest, tips } = await store().tips(by)
      expect(newest).toBe(late.id)
      expect(oldestFirst(tips.map(({ id }) => id))).toEqual([early.id, late.id])
    })
  })

  messagesRestartContract(name, open)
}
