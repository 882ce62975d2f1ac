import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { Id, MessageId, UserId } from '../core/ids.ts'
import { settleMs } from '../core/limits.ts'
import { eventually, makeUser, newMessage, type Open, type Opened, takeId } from './support.contract.ts'

type Ports = 'messages' | 'outboxRows' | 'users'

export function outboxRowsContract(name: string, open: Open<Ports>): void {
  describe(`${name}: OutboxRows`, () => {
    let opened: Opened<Ports>
    let author: UserId
    beforeEach(async () => {
      opened = await open()
      author = await makeUser(opened.engine.users)
    })
    afterEach(() => opened.close())
    const rows = () => opened.engine.outboxRows
    /** As of a moment when every id there is has settled (O6). */
    async function lowestUndone(): Promise<Id> {
      await opened.pass(settleMs + 5_000)
      return rows().lowestUndone()
    }

    async function stored(count: number): Promise<MessageId[]> {
      const ids: MessageId[] = []
      for (let i = 0; i < count; i++) {
        const message = newMessage(author)
        await opened.engine.messages.store(message)
        ids.push(message.id)
      }
      return ids
    }
    const undoneIds = async (above: number, limit: number) => (await rows().undone(above, limit)).map((row) => row.id)

    test('[O6] nothing undone: the lowest lies above every id, and there is no row', async () => {
      expect(await lowestUndone()).toBeGreaterThan(takeId())
      expect(await rows().undone(0, 10)).toEqual([])
      expect(await rows().row(takeId())).toBeUndefined()
      expect(await rows().deadJobs(10)).toEqual([])
    })

    test('[O1] rows appear with their messages and outlive their deletion', async () => {
      const [id] = await stored(1)
      await opened.engine.messages.delete(id!, author, takeId())
      expect(await rows().row(id!)).toMatchObject({ id, author, done: false })
      expect(await undoneIds(0, 10)).toEqual([id!])
    })

    test('[O2] done is a mark: twice, or for an unknown id, it is harmless', async () => {
      const [one, two] = await stored(2)
      await rows().done([one!, takeId()])
      await rows().done([one!])
      await rows().done([])
      expect((await rows().row(one!))?.done ?? true).toBe(true)
      expect((await rows().row(two!))?.done).toBe(false)
    })

    test('[O3] progress is seen in the row, and unknown ids are harmless', async () => {
      const [id] = await stored(1)
      await rows().progress(id!, 'page 2')
      expect(await rows().row(id!)).toMatchObject({ nextPage: 'page 2', done: false })
      expect((await rows().undone(0, 1))[0]).toMatchObject({ id, nextPage: 'page 2' })
      await rows().progress(takeId(), 'page 2')
    })

    test('[O4] [O5] [O6] undone rows upward from an exclusive bound, without those that are done', async () => {
      const ids = await stored(6)
      expect(await lowestUndone()).toBe(ids[0]!)
      await rows().done([ids[0]!, ids[2]!])
      expect(await lowestUndone()).toBe(ids[1]!)
      expect(await undoneIds(0, 10)).toEqual([ids[1]!, ids[3]!, ids[4]!, ids[5]!])
      expect(await undoneIds(ids[1]!, 2)).toEqual([ids[3]!, ids[4]!])
      expect(await undoneIds(ids[5]!, 10)).toEqual([])
      await rows().done(ids)
      expect(await lowestUndone()).toBeGreaterThan(takeId())
    })

    test('[O6] a row stored late, with a smaller id, is the lowest again', async () => {
      const late = newMessage(author)
      const [id] = await stored(1)
      expect(await lowestUndone()).toBe(id!)
      await opened.engine.messages.store(late)
      expect(await lowestUndone()).toBe(late.id)
      expect(await undoneIds(0, 10)).toEqual([late.id, id!])
    })

    test('[O7] the watermark never moves back, and what is undone above it stays', async () => {
      const ids = await stored(4)
      await rows().done([ids[0]!, ids[1]!, ids[3]!])
      await rows().setWatermark(ids[2]!)
      expect(await rows().watermark()).toBe(ids[2]!)
      await rows().setWatermark(ids[1]!)
      expect(await rows().watermark()).toBe(ids[2]!)
      expect((await rows().row(ids[0]!))?.done ?? true).toBe(true)
      expect((await rows().row(ids[3]!))?.done).toBe(true)
      expect(await undoneIds(0, 10)).toEqual([ids[2]!])
    })

    test('[O8] a dead job counts as done, is listed with its reason, and no longer once it was done after all', async () => {
      const ids = await stored(3)
      await rows().dead(ids[0]!, 'the store said no')
      expect(await lowestUndone()).toBe(ids[1]!)
      expect(await undoneIds(0, 10)).toEqual(ids.slice(1))
      await rows().setWatermark(ids[1]!)
      expect(await rows().deadJobs(10)).toEqual([{ id: ids[0]!, why: 'the store said no' }])
      await rows().done([ids[0]!])
      await eventually(opened, async () => (await rows().deadJobs(10)).length === 0)
    })

    test('[O8] deadJobs keeps to its limit', async () => {
      const ids = await stored(3)
      for (const id of ids) await rows().dead(id, 'why')
      expect(await rows().deadJobs(2)).toHaveLength(2)
    })

    test('[O1] [O4] [O7] [O8] all of it survives a restart', async () => {
      const ids = await stored(5)
      await rows().done([ids[0]!, ids[2]!])
      await rows().dead(ids[3]!, 'why')
      await rows().setWatermark(ids[1]!)
      opened = await opened.reopen()
      expect(await undoneIds(0, 10)).toEqual([ids[1]!, ids[4]!])
      expect(await lowestUndone()).toBe(ids[1]!)
      expect(await rows().watermark()).toBe(ids[1]!)
      expect(await rows().deadJobs(10)).toEqual([{ id: ids[3]!, why: 'why' }])
      expect(await rows().row(ids[4]!)).toMatchObject({ id: ids[4]!, author, mode: 'pushed', prev: [], done: false })
    })
  })
}
