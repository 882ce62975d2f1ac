import { describe, expect, test } from 'bun:test'
import type { MessageId, UserId } from '../core/ids.ts'
import { settleMs } from '../core/limits.ts'
import type { NewMessage } from './messages.ts'
import {
  inParts,
  makeUser,
  makeUsers,
  newestFirst,
  newMessage,
  type Open,
  oldestFirst,
  takeId,
} from './support.contract.ts'

const endless = Number.MAX_SAFE_INTEGER

/** What the store knows after it was closed and opened again: part of the message store's suite. */
export function messagesRestartContract(name: string, open: Open<'messages' | 'outboxRows' | 'users'>): void {
  describe(`${name}: MessageStore, opened again`, () => {
    test('[M1] [M2] [M4] [M6] [M13] what was stored, deleted and abandoned stays so', async () => {
      const first = await open()
      const by = await makeUser(first.engine.users)
      const [kept, deleted, abandoned, never] = [newMessage(by), newMessage(by), newMessage(by), newMessage(by)]
      for (const message of [kept, deleted, abandoned]) await first.engine.messages.store(message)
      await first.engine.messages.delete(deleted.id, by, takeId())
      await first.engine.messages.abandon(abandoned.id, by)
      await first.engine.messages.abandon(never.id, by)
      const tips = await first.engine.messages.tips(by)
      const deletions = await first.engine.messages.deletions(0, 10)
      const head = await first.engine.messages.deletionsHead()

      const second = await first.reopen()
      const { messages, outboxRows } = second.engine
      for (const message of [deleted, abandoned, never]) await messages.store(message)
      expect(await messages.many([kept.id, deleted.id, abandoned.id, never.id])).toEqual([
        { id: kept.id, author: by, body: kept.body },
        undefined,
        undefined,
        undefined,
      ])
      expect(await messages.outbox(by, endless, 10)).toEqual([{ id: kept.id, mode: 'pushed', prev: [] }])
      expect(await messages.newest(Float64Array.of(by), endless, 0, 10)).toEqual([kept.id])
      expect(await messages.upward(Float64Array.of(by), 0, 10)).toEqual([kept.id])
      expect(await messages.tips(by)).toEqual(tips)
      expect(await messages.deletions(0, 10)).toEqual(deletions)
      expect(await messages.deletionsHead()).toBeGreaterThanOrEqual(head)
      expect((await outboxRows.row(kept.id))?.done).toBe(false)
      // Once all has settled (O6).
      await second.pass(settleMs + 5_000)
      expect(await outboxRows.lowestUndone()).toBe(kept.id)
      await second.close()
    })

    test('[M8] [M9] [M12] [M13] thousands of messages are found at once, and while new ones come', async () => {
      const first = await open()
      const authors = await makeUsers(first.engine.users, 7)
      const model: NewMessage[] = []
      const last = new Map<UserId, MessageId>()
      const make = (count: number) =>
        Array.from({ length: count }, (_, i) => {
          const by = authors[(i * i) % 7]!
          const prev = last.get(by)
          const message = newMessage(by, { prev: prev === undefined ? [] : [prev] })
          last.set(by, message.id)
          model.push(message)
          return message
        })
      await inParts(make(5_000), (message) => first.engine.messages.store(message))
      for (const message of model.splice(100, 30)) {
        await first.engine.messages.delete(message.id, message.author, takeId())
      }

      const second = await first.reopen()
      const { messages } = second.engine
      for (let round = 0; round < 4; round++) {
        for (const message of make(3)) await messages.store(message)
        await messages.delete(model[2_000 + round]!.id, model[2_000 + round]!.author, takeId())
        model.splice(2_000 + round, 1)
        for (const count of [1, 3, 7]) {
          const among = Float64Array.from(authors.slice(0, count))
          const ids = newestFirst(model.filter(({ author }) => among.includes(author)).map(({ id }) => id))
          const [below, above] = [ids[Math.floor(ids.length / 2)]!, ids[Math.floor(ids.length / 3)]!]
          expect(await messages.newest(among, endless, 0, 200)).toEqual(ids.slice(0, 200))
          expect(await messages.newest(among, below, 0, 200)).toEqual(ids.filter((id) => id < below).slice(0, 200))
          expect(await messages.upward(among, 0, 200)).toEqual(ids.slice(-200).reverse())
          expect(await messages.upward(among, above, 200)).toEqual(
            oldestFirst(ids.filter((id) => id > above)).slice(0, 200),
          )
          const { ids: recent, reach } = await messages.recent(among, 200)
          const covered = ids.filter((id) => id > reach)
          expect(recent.filter((id) => id > reach)).toEqual(covered.slice(0, 200))
        }
        for (const author of authors) {
          const newest = model.findLast((message) => message.author === author)
          expect((await messages.tips(author)).newest).toBe(newest?.id ?? 0)
        }
        await second.pass(1)
      }
      await second.close()
    })
  })
}
