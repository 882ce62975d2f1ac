import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import type { Id, MessageId, UserId } from '../core/ids.ts'
import { inboxIdsMin } from '../core/limits.ts'
import { inboxBuildingContract } from './inbox-building.contract.ts'
import { InboxDriver, type InboxPorts } from './inbox-driver.contract.ts'
import { newestFirst, type Open, opening, takeId, takeIds } from './support.contract.ts'

const endless = Number.MAX_SAFE_INTEGER

export function inboxContract(name: string, open: Open<InboxPorts>): void {
  describe(`${name}: Inbox`, () => {
    const opened = opening(open)
    const driver = new InboxDriver(opened)
    const inbox = () => opened.engine.inbox
    const { reader, ready, deliver, head } = driver

    test('[I1] nothing is delivered to, or read from, an inbox that does not exist', async () => {
      const me = await reader()
      expect(await deliver([takeId()], [me])).toEqual([])
      expect(await inbox().head(me)).toBeUndefined()
      expect(await inbox().page(me, endless, 10)).toBeUndefined()
      expect(await inbox().after(me, 1, 0, 10)).toBeUndefined()
      await inbox().backfill(me, [takeId()], 0)
      await inbox().forget(me)
      expect(await inbox().head(me)).toBeUndefined()
    })

    test('a new inbox is empty: no arrivals, nothing dropped', async () => {
      const me = await ready()
      const { epoch, position, oldest, floor, largest } = await head(me)
      expect({ floor, largest }).toEqual({ floor: 0, largest: 0 })
      expect(oldest).toBe(position + 1)
      expect(await inbox().page(me, endless, 10)).toMatchObject({ ids: [] })
      expect(await inbox().after(me, epoch, position, 10)).toMatchObject({ ids: [] })
    })

    test('[I1] an id that is anywhere in the ring is not appended again', async () => {
      const [beneath, id] = takeIds(2) as [Id, Id]
      const me = await ready([beneath])
      await deliver([id, id], [me])
      const before = await head(me)
      await deliver([id], [me])
      await deliver([beneath], [me])
      expect(await head(me)).toEqual(before)
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([id, beneath])
    })

    test('[I2] positions rise by one with each append, in the order of the deliveries', async () => {
      const me = await ready()
      const start = await head(me)
      const [small, middle, large] = takeIds(3) as [Id, Id, Id]
      await deliver([large, small], [me])
      await deliver([middle], [me])
      const after = (await inbox().after(me, start.epoch, start.position, 10))!
      expect(after.ids).toEqual([large, small, middle])
      expect(after.head).toEqual({ ...start, position: start.position + 3, oldest: start.position + 1, largest: large })
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([large, middle, small])
    })

    test('after: at most the limit, with the head of the same moment; at the head nothing is left', async () => {
      const me = await ready()
      const { epoch, position } = await head(me)
      const ids = takeIds(5)
      await deliver(ids, [me])
      const page = (await inbox().after(me, epoch, position + 1, 2))!
      expect(page.ids).toEqual([ids[1]!, ids[2]!])
      expect(page.head.position).toBe(position + 5)
      expect((await inbox().after(me, epoch, position + 5, 10))!.ids).toEqual([])
    })

    test('after: undefined under another epoch', async () => {
      const me = await ready()
      const { epoch, position } = await head(me)
      await deliver([takeId()], [me])
      expect(await inbox().after(me, epoch + 1, position, 10)).toBeUndefined()
      expect(await inbox().after(me, 0, 0, 10)).toBeUndefined()
    })

    test('page: below an exclusive bound, largest first, at most the limit, beneath and arrivals merged', async () => {
      const ids = takeIds(6)
      const me = await ready([ids[4]!, ids[2]!, ids[0]!])
      await deliver([ids[5]!, ids[1]!, ids[3]!], [me])
      const page = async (below: Id, limit: number) => (await inbox().page(me, below, limit))!.ids
      expect(await page(endless, 10)).toEqual([...ids].reverse())
      expect(await page(ids[3]!, 2)).toEqual([ids[2]!, ids[1]!])
      expect(await page(ids[0]!, 10)).toEqual([])
      expect(await page(ids[0]! + 1, 10)).toEqual([ids[0]!])
    })

    test('[I4] the newest arrivals stay, what is dropped raises the floor and is not read any more', async () => {
      const me = await ready()
      const start = await head(me)
      const ids = takeIds(inboxIdsMin * 3 + 7)
      await deliver(ids, [me])
      const now = await head(me)
      expect(now.position).toBe(start.position + ids.length)
      expect(now.position - now.oldest + 1).toBeGreaterThanOrEqual(inboxIdsMin)
      expect(now.oldest).toBeGreaterThan(start.position + 1)
      const dropped = now.oldest - start.position - 1
      expect(now.floor).toBe(ids[dropped - 1]!)
      expect(now.largest).toBe(ids.at(-1)!)
      expect((await inbox().page(me, endless, 5_000))!.ids).toEqual(newestFirst(ids.slice(dropped)))
      expect(await inbox().after(me, now.epoch, now.oldest - 2, 10)).toBeUndefined()
      expect((await inbox().after(me, now.epoch, now.oldest - 1, 3))!.ids).toEqual(ids.slice(dropped, dropped + 3))
      expect((await inbox().after(me, now.epoch, now.oldest - 1, 5_000))!.ids).toEqual(ids.slice(dropped))
    })

    test('[I4] a large id dropped early keeps the floor up, though smaller ids are held', async () => {
      const me = await ready()
      const ids = takeIds(inboxIdsMin * 3)
      const large = takeId()
      await deliver([large, ...ids], [me])
      expect(await head(me)).toMatchObject({ floor: large, largest: large })
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([])
    })

    test('[I3] [I4] what lies beneath goes before arrivals do', async () => {
      const [floor, ...beneath] = takeIds(50) as [Id, ...Id[]]
      const me = await ready(newestFirst(beneath), floor)
      const start = await head(me)
      expect(start.oldest).toBe(start.position + 1)
      const ids = takeIds(inboxIdsMin)
      await deliver(ids, [me])
      expect((await inbox().after(me, start.epoch, start.position, 5_000))!.ids).toEqual(ids)
      const { head: now, ids: page } = (await inbox().page(me, endless, 5_000))!
      expect(page).toEqual(newestFirst([...beneath, ...ids].filter((id) => id > now.floor)))
    })

    test('one call carries many messages to many readers, and only to inboxes that exist', async () => {
      const readers = await Promise.all(Array.from({ length: 300 }, () => reader()))
      for (let i = 0; i < 200; i++) await driver.make(readers[i]!)
      const ids = takeIds(20)
      await deliver(ids, readers)
      for (let i = 0; i < 300; i += 37) {
        const page = await inbox().page(readers[i]!, endless, 100)
        if (i < 200) expect(page!.ids).toEqual(newestFirst(ids))
        else expect(page).toBeUndefined()
      }
    })

    test('[I5] forgotten and made anew, an inbox has another epoch and none of its arrivals', async () => {
      const me = await ready()
      const before = await head(me)
      await deliver([takeId()], [me])
      await inbox().forget(me)
      expect(await inbox().head(me)).toBeUndefined()
      await driver.make(me)
      const { epoch, position } = await head(me)
      expect(epoch).not.toBe(before.epoch)
      expect(await inbox().after(me, before.epoch, before.position, 10)).toBeUndefined()
      expect((await inbox().after(me, epoch, position, 10))!.ids).toEqual([])
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([])
    })

    test('[I5] after a restart an inbox is as it was, or absent', async () => {
      const own = await open()
      const driven = new InboxDriver(own)
      const me = await driven.ready()
      await driven.deliver(takeIds(3), [me])
      const before = (await own.engine.inbox.page(me, endless, 10))!
      const again = await own.reopen()
      const page = await again.engine.inbox.page(me, endless, 10)
      if (page) expect(page).toEqual(before)
      await again.close()
    })

    test('[I9] backfill puts beneath what is new there, raises the floor, and is no arrival', async () => {
      const ids = takeIds(8)
      const me = await ready([ids[2]!])
      await deliver([ids[5]!], [me])
      const before = await head(me)
      await inbox().backfill(me, [ids[5]!, ids[4]!, ids[2]!, ids[1]!], ids[0]!)
      const after = await head(me)
      const told = { follows: after.follows, backfills: after.backfills }
      expect(after).toEqual({ ...before, floor: ids[0]!, ...told })
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([ids[5]!, ids[4]!, ids[2]!, ids[1]!])
      // A floor never sinks.
      await inbox().backfill(me, [ids[3]!], 0)
      expect((await head(me)).floor).toBe(ids[0]!)
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([ids[5]!, ids[4]!, ids[3]!, ids[2]!, ids[1]!])
      await inbox().backfill(me, [], 0)
      await inbox().backfill(me, [ids[7]!], 0)
      expect((await head(me)).largest).toBe(ids[7]!)
      // It was put beneath: its delivery is no arrival either.
      await deliver([ids[7]!], [me])
      expect((await head(me)).position).toBe(before.position)
    })

    test('[I9] a backfill is told by another number, and nothing else is', async () => {
      const [early, late, last] = takeIds(3) as [Id, Id, Id]
      const me = await ready([], early)
      const seen = await head(me)
      const { backfills } = seen
      expect(backfills).not.toBe(0)
      await deliver([last], [me])
      expect(await inbox().lower(me, seen, [early], 0)).toBe(true)
      expect(await head(me)).toMatchObject({ floor: 0, backfills })
      await inbox().backfill(me, [late], 0)
      const after = (await head(me)).backfills
      expect(after).not.toBe(backfills)
      await inbox().backfill(me, [late], 0)
      expect([backfills, after, 0]).not.toContain((await head(me)).backfills)
    })

    test('[I9] what finds no room raises the floor; arrivals keep their places', async () => {
      const many = takeIds(inboxIdsMin * 4)
      const me = await ready()
      const arrivals = takeIds(10)
      const start = await head(me)
      await deliver(arrivals, [me])
      await inbox().backfill(me, newestFirst(many), 0)
      const { head: now, ids } = (await inbox().page(me, endless, 5_000))!
      expect(now.floor).toBeGreaterThanOrEqual(many[0]!)
      expect(ids).toEqual(newestFirst([...many, ...arrivals].filter((id) => id > now.floor)))
      expect((await inbox().after(me, start.epoch, start.position, 20))!.ids).toEqual(arrivals)
    })

    test('[I10] what a follow has left out meanwhile keeps the floor up', async () => {
      const ids = takeIds(3) as [Id, Id, Id]
      const me = await ready([ids[2]], ids[1])
      const seen = await head(me)
      // The followee's message lies below the floor, which stays what it was.
      await inbox().backfill(me, [], ids[0])
      expect((await head(me)).floor).toBe(ids[1])
      expect(await inbox().lower(me, seen, [ids[1]], 0)).toBe(false)
      expect((await head(me)).floor).toBe(ids[1])
      expect(await inbox().lower(me, await head(me), [ids[1], ids[0]], 0)).toBe(true)
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([ids[2], ids[1], ids[0]])
    })

    test('[I10] lowering the floor fills in what lay below it, once, and only from the floor that was seen', async () => {
      const ids = takeIds(9)
      const me = await ready([ids[6]!, ids[5]!], ids[4]!)
      await deliver([ids[8]!, ids[2]!], [me])
      const before = await head(me)
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([ids[8]!, ids[6]!, ids[5]!])
      expect(await inbox().lower(me, { ...before, floor: ids[5]! }, [ids[4]!], 0)).toBe(false)
      expect(await inbox().lower(me, { ...before, epoch: before.epoch + 1 }, [ids[4]!], 0)).toBe(false)
      expect(await inbox().lower(me, before, [ids[4]!, ids[2]!, ids[1]!], ids[0]!)).toBe(true)
      expect(await inbox().lower(me, before, [ids[4]!, ids[2]!, ids[1]!], ids[0]!)).toBe(false)
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([ids[8]!, ids[6]!, ids[5]!, ids[4]!, ids[2]!, ids[1]!])
      // Arrivals stay what they were.
      expect(await head(me)).toEqual({ ...before, floor: ids[0]! })
      expect((await inbox().after(me, before.epoch, before.oldest - 1, 10))!.ids).toEqual([ids[8]!, ids[2]!])
      const absent = await reader()
      expect(await inbox().lower(absent, { ...before, floor: 0 }, [], 0)).toBe(false)
    })

    test('deliveries to readers online are reported with gateway, epoch and position, others are not', async () => {
      const [one, two, quiet] = [await ready(), await ready(), await ready()]
      await inbox().online(one, 'gateway 1')
      await inbox().online(one, 'gateway 1')
      await inbox().online(one, 'gateway 2')
      await inbox().online(two, 'gateway 2')
      const absent = await reader()
      await inbox().online(absent, 'gateway 1')
      const id = takeId()
      const reported = await deliver([id], [one, two, quiet, absent])
      const at = async (user: UserId) => {
        const { epoch, position } = await head(user)
        return { id, reader: user, epoch, position }
      }
      const by = (a: object, b: object) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)
      const plain = reported.map(({ id: of, reader: to, epoch, position, gateway }) => ({
        id: of,
        reader: to,
        epoch,
        position,
        gateway,
      }))
      expect(plain.sort(by)).toEqual(
        [
          { ...(await at(one)), gateway: 'gateway 1' },
          { ...(await at(one)), gateway: 'gateway 2' },
          { ...(await at(two)), gateway: 'gateway 2' },
        ].sort(by),
      )
      // What is in the ring already reaches nobody again.
      expect(await deliver([id], [one, two, quiet])).toEqual([])
      await inbox().offline(one, 'gateway 1')
      await inbox().offline(one, 'gateway 1')
      await inbox().offline(two, 'gateway 2')
      await inbox().offline(quiet, 'gateway 1')
      expect((await deliver([takeId()], [one, two, quiet])).map(({ gateway }) => gateway)).toEqual(['gateway 2'])
    })

    test('[I11] readers are online as long as they are at any gateway', async () => {
      const [one, two, quiet] = [await ready(), await reader(), await ready()]
      /** A cluster's does not know for a while after its start; what it says then is tested there. */
      const presence = async () => {
        const found = await inbox().presence([one, two, quiet])
        return found.includes('unknown') ? expect.anything() : found
      }
      await inbox().online(one, 'gateway 1')
      await inbox().online(one, 'gateway 2')
      await inbox().online(two, 'gateway 1')
      expect(['online', 'online', 'offline']).toEqual(await presence())
      await inbox().offline(one, 'gateway 1')
      await inbox().offline(two, 'gateway 1')
      expect(['online', 'offline', 'offline']).toEqual(await presence())
      await inbox().offline(one, 'gateway 2')
      expect(['offline', 'offline', 'offline']).toEqual(await presence())
      expect(await inbox().presence([])).toEqual([])
    })

    test('reports of several messages come with their own ids and positions', async () => {
      const me = await ready()
      await inbox().online(me, 'gateway')
      const { position } = await head(me)
      const ids = takeIds(3)
      const reported = await deliver(ids, [me])
      expect(reported.map((one) => [one.id, one.position])).toEqual(ids.map((id, i) => [id, position + 1 + i]))
    })

    test('forgetDormant spares who reads and who is online', async () => {
      const [dormant, reads, watches, left] = [await ready(), await ready(), await ready(), await ready()]
      const day = 24 * 3600_000
      await inbox().online(watches, 'gateway')
      await inbox().online(left, 'gateway')
      await inbox().offline(left, 'gateway')
      await opened.pass(20 * day)
      expect(await inbox().head(reads)).toBeDefined()
      await deliver([takeId()], [dormant, reads, watches])
      expect(await inbox().forgetDormant(opened.now() - 10 * day)).toBeGreaterThanOrEqual(2)
      expect(await inbox().forgetDormant(opened.now() - 10 * day)).toBe(0)
      expect(await inbox().head(dormant)).toBeUndefined()
      expect(await inbox().head(left)).toBeUndefined()
      expect(await inbox().head(reads)).toBeDefined()
      expect(await inbox().head(watches)).toBeDefined()
    })

    test('[I1]–[I4] [I9] agree with a plain list of all that ever came', async () => {
      const step = fc.oneof(
        fc.record({
          does: fc.constant('deliver' as const),
          count: fc.integer({ min: 1, max: 150 }),
          shuffled: fc.boolean(),
        }),
        fc.record({ does: fc.constant('again' as const), back: fc.nat(inboxIdsMin - 1) }),
        fc.record({ does: fc.constant('backfill' as const), count: fc.integer({ min: 1, max: 60 }) }),
      )
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 14 }), async (steps) => {
          const me = await ready()
          const { epoch, position: start } = await head(me)
          const arrivals: MessageId[] = []
          const beneath: MessageId[] = []
          for (const taken of steps) {
            if (taken.does === 'deliver') {
              const ids = takeIds(taken.count)
              if (taken.shuffled) ids.reverse()
              await deliver(ids, [me])
              arrivals.push(...ids)
            } else if (taken.does === 'again') {
              const id = arrivals.at(-1 - taken.back)
              if (id !== undefined) await deliver([id], [me])
            } else {
              const ids = newestFirst(takeIds(taken.count))
              const floor = ids.pop()!
              await inbox().backfill(me, ids, floor)
              beneath.push(...ids)
            }
            const { head: now, ids: page } = (await inbox().page(me, endless, 10_000))!
            expect(now.epoch).toBe(epoch)
            expect(now.position).toBe(start + arrivals.length)
            const held = now.position - now.oldest + 1
            expect(held).toBeGreaterThanOrEqual(Math.min(arrivals.length, inboxIdsMin))
            const kept = (await inbox().after(me, epoch, now.oldest - 1, 10_000))!.ids
            expect(kept).toEqual(arrivals.slice(arrivals.length - held))
            // No hole: above the floor the page has everything that ever came.
            expect(page).toEqual(newestFirst([...arrivals, ...beneath]).filter((id) => id > now.floor))
            const dropped = Math.max(0, ...arrivals.slice(0, arrivals.length - held))
            expect(now.floor).toBeGreaterThanOrEqual(dropped)
          }
        }),
        { numRuns: 15 },
      )
    })

    inboxBuildingContract(opened)
  })
}
