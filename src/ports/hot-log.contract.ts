import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import type { UserId } from '../core/ids.ts'
import { makeUsers, type Open, type Opened, takeId, takeIds } from './support.contract.ts'

type Ports = 'hotLog' | 'users'

const endless = Number.MAX_SAFE_INTEGER
const all = () => true

export function hotLogContract(name: string, open: Open<Ports>): void {
  describe(`${name}: HotLog`, () => {
    let opened: Opened<Ports>
    let anna: UserId
    let bela: UserId
    beforeEach(async () => {
      opened = await open()
      ;[anna, bela] = (await makeUsers(opened.engine.users, 2)) as [UserId, UserId]
    })
    afterEach(() => opened.close())
    const log = () => opened.engine.hotLog

    test('an empty log: head 0, nothing after it, its copy is whole', () => {
      expect(log().head()).toBe(0)
      expect(log().after(0, 10)).toEqual([])
      expect(log().page(endless, all, 10)).toEqual([])
      expect(log().reach()).toBe(0)
      expect(log().epoch).toBeGreaterThan(0)
    })

    test('[H1] [H3] positions rise by one, and an append is in the copy when it resolves', async () => {
      const first = await log().append(takeId(), anna, false)
      expect(log().head()).toBe(first.position)
      const second = await log().append(takeId(), bela, true)
      expect(second.position).toBe(first.position + 1)
      expect(log().head()).toBe(second.position)
      expect(log().after(first.position - 1, 10)).toEqual([first, second])
      expect(second).toMatchObject({ author: bela, crossed: true })
    })

    test('[H1] appends that overlap have a position each', async () => {
      const entries = await Promise.all(takeIds(20).map((id) => log().append(id, anna, false)))
      const positions = entries.map((entry) => entry.position).sort((a, b) => a - b)
      expect(positions).toEqual(positions.map((_, i) => positions[0]! + i))
      expect(log().after(positions[0]! - 1, 100)).toHaveLength(20)
    })

    test('[H2] an id already in the log keeps its position', async () => {
      const id = takeId()
      const [first, twin] = await Promise.all([log().append(id, anna, false), log().append(id, anna, false)])
      const again = await log().append(id, anna, false)
      expect(twin).toEqual(first)
      expect(again).toEqual(first)
      expect(log().after(0, 10)).toEqual([first])
      const next = await log().append(takeId(), anna, false)
      expect(next.position).toBe(first.position + 1)
    })

    test('[H4] after: oldest first in order of appearance, whatever the ids, at most the limit', async () => {
      const [small, large] = takeIds(2) as [number, number]
      const first = await log().append(large, anna, false)
      const second = await log().append(small, bela, false)
      expect(log().after(0, 10)).toEqual([first, second])
      expect(log().after(0, 1)).toEqual([first])
      expect(log().after(first.position, 10)).toEqual([second])
      expect(log().after(second.position, 10)).toEqual([])
    })

    test('[H4] page: largest ids first below an exclusive bound, of the authors wanted, at most the limit', async () => {
      const ids = takeIds(6)
      for (const i of [3, 0, 5, 1, 4, 2]) await log().append(ids[i]!, i % 2 ? anna : bela, false)
      expect(log().page(endless, all, 10)).toEqual([...ids].reverse())
      expect(log().page(ids[4]!, all, 2)).toEqual([ids[3]!, ids[2]!])
      expect(log().page(endless, (author) => author === anna, 10)).toEqual([ids[5]!, ids[3]!, ids[1]!])
      expect(log().page(ids[0]!, all, 10)).toEqual([])
    })

    test('forget: what lies below is gone, the reach says so, and positions go on', async () => {
      const ids = takeIds(3)
      for (const id of ids) await log().append(id, anna, false)
      const head = log().head()
      await log().forget(ids[2]!)
      await log().refresh()
      expect(
        log()
          .after(0, 10)
          .map((entry) => entry.id),
      ).toEqual([ids[2]!])
      expect(log().page(endless, all, 10)).toEqual([ids[2]!])
      expect(log().reach()).toBeGreaterThanOrEqual(ids[1]!)
      expect(log().reach()).toBeLessThan(ids[2]!)
      await log().forget(takeId())
      expect(log().after(0, 10)).toEqual([])
      expect(log().head()).toBe(head)
      expect((await log().append(takeId(), anna, false)).position).toBe(head + 1)
    })

    test('[H3] epoch, entries and positions survive a restart', async () => {
      const ids = takeIds(3)
      for (const id of ids) await log().append(id, anna, false)
      await log().forget(ids[1]!)
      const { epoch } = log()
      const [entries, head] = [log().after(0, 10), log().head()]
      opened = await opened.reopen()
      await log().refresh()
      expect(log().epoch).toBe(epoch)
      expect(log().head()).toBe(head)
      expect(log().after(0, 10)).toEqual(entries)
      expect(log().reach()).toBeGreaterThanOrEqual(ids[0]!)
      expect(await log().append(ids[2]!, anna, false)).toEqual(entries[1]!)
      expect((await log().append(takeId(), anna, false)).position).toBe(head + 1)
    })

    test('[H1] a log whose entries are all forgotten keeps its head through a restart', async () => {
      await log().append(takeId(), anna, false)
      const { position } = await log().append(takeId(), anna, false)
      await log().forget(takeId())
      opened = await opened.reopen()
      await log().refresh()
      expect(log().head()).toBe(position)
      expect((await log().append(takeId(), anna, false)).position).toBe(position + 1)
    })
  })
}
