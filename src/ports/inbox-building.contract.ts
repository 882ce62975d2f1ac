import { describe, expect, test } from 'bun:test'
import type { Id } from '../core/ids.ts'
import { buildWithinMs, inboxIdsMin } from '../core/limits.ts'
import { InboxDriver, type InboxPorts, takeEpoch } from './inbox-driver.contract.ts'
import { newestFirst, type Opened, takeId, takeIds } from './support.contract.ts'

const endless = Number.MAX_SAFE_INTEGER

/** How an inbox is made: part of the inbox's suite. */
export function inboxBuildingContract(opened: Opened<InboxPorts>): void {
  describe('being made', () => {
    const driver = new InboxDriver(opened)
    const inbox = () => opened.engine.inbox
    const { reader, begin, ready, deliver, head } = driver

    test('[I6] nothing is read from an inbox that is building', async () => {
      const me = await reader()
      const { epoch, builder } = await begin(me)
      await deliver([takeId()], [me])
      expect(await inbox().head(me)).toBeUndefined()
      expect(await inbox().page(me, endless, 10)).toBeUndefined()
      for (const position of [-1, 0, 1]) expect(await inbox().after(me, epoch, position, 10)).toBeUndefined()
      expect(await inbox().complete(me, epoch, builder, [], 0)).toBe(true)
      expect(await inbox().head(me)).toBeDefined()
    })

    test('[I1] [I8] what is delivered while it builds is an arrival, and is not put beneath again', async () => {
      const me = await reader()
      const { epoch, builder } = await begin(me)
      const [old, both, late] = takeIds(3) as [Id, Id, Id]
      await deliver([both, late], [me])
      expect(await inbox().complete(me, epoch, builder, [both, old], 0)).toBe(true)
      const { position, oldest } = await head(me)
      expect(position - oldest + 1).toBe(2)
      expect((await inbox().after(me, epoch, oldest - 1, 10))!.ids).toEqual([both, late])
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([late, both, old])
    })

    test('[I3] what is put beneath has no position, and its delivery later is no arrival', async () => {
      const [one, two] = takeIds(2) as [Id, Id]
      const me = await ready([two, one])
      const before = await head(me)
      expect(before.oldest).toBe(before.position + 1)
      expect(before.largest).toBe(two)
      await deliver([two], [me])
      expect(await head(me)).toEqual(before)
    })

    test('[I8] complete sets the floor, and pages keep above it', async () => {
      const ids = takeIds(4)
      const me = await ready([ids[3]!, ids[2]!, ids[0]!], ids[1]!)
      expect((await head(me)).floor).toBe(ids[1]!)
      expect((await inbox().page(me, endless, 10))!.ids).toEqual([ids[3]!, ids[2]!])
    })

    test('[I8] what does not fit raises the floor', async () => {
      const ids = takeIds(inboxIdsMin * 4)
      const me = await ready(newestFirst(ids))
      const { head: now, ids: page } = (await inbox().page(me, endless, 5_000))!
      expect(now.floor).toBeGreaterThanOrEqual(ids[0]!)
      expect(page).toEqual(newestFirst(ids.filter((id) => id > now.floor)))
      expect(page.length).toBeGreaterThanOrEqual(inboxIdsMin / 2)
    })

    test('[I4] [I8] drops while it builds raise the floor, and complete does not lower it', async () => {
      const me = await reader()
      const { epoch, builder } = await begin(me)
      const ids = takeIds(inboxIdsMin * 3)
      await deliver(ids, [me])
      expect(await inbox().complete(me, epoch, builder, [], 0)).toBe(true)
      const now = await head(me)
      expect(now.floor).toBeGreaterThanOrEqual(ids[0]!)
      expect((await inbox().page(me, endless, 5_000))!.ids).toEqual(newestFirst(ids.filter((id) => id > now.floor)))
    })

    test('[I7] create says what it found, and changes nothing unless it created', async () => {
      const me = await reader()
      const first = await begin(me)
      expect(first.found).toBe('created')
      const second = await begin(me)
      expect(second.found).toBe('building')
      expect(await inbox().complete(me, second.epoch, second.builder, [takeId()], 0)).toBe(false)
      expect(await inbox().complete(me, first.epoch, first.builder, [], 0)).toBe(true)
      expect((await begin(me)).found).toBe('ready')
      expect((await head(me)).epoch).toBe(first.epoch)
    })

    test('[I7] of simultaneous creates exactly one creates', async () => {
      const me = await reader()
      const found = await Promise.all([begin(me), begin(me), begin(me)])
      expect(found.map((one) => one.found).sort()).toEqual(['building', 'building', 'created'])
    })

    test('[I8] complete with the wrong builder, the wrong epoch, or of no inbox does nothing', async () => {
      const me = await reader()
      const { epoch, builder } = await begin(me)
      const id = takeId()
      expect(await inbox().complete(me, epoch, takeEpoch(), [id], id)).toBe(false)
      expect(await inbox().complete(me, takeEpoch(), builder, [id], id)).toBe(false)
      expect(await inbox().complete(await reader(), epoch, builder, [id], id)).toBe(false)
      expect(await inbox().head(me)).toBeUndefined()
      expect(await inbox().complete(me, epoch, builder, [], 0)).toBe(true)
      expect(await inbox().page(me, endless, 10)).toMatchObject({ ids: [], head: { floor: 0, largest: 0 } })
    })

    test('[I8] a second complete finds no builder any more', async () => {
      const me = await reader()
      const { epoch, builder } = await begin(me)
      await inbox().complete(me, epoch, builder, [], 0)
      const before = await head(me)
      expect(await inbox().complete(me, epoch, builder, [takeId()], takeId())).toBe(false)
      expect(await head(me)).toEqual(before)
    })

    test('[I7] a builder is replaced only past its deadline, under the other epoch', async () => {
      const me = await reader()
      const now = opened.now()
      const [oldEpoch, oldBuilder, newEpoch, newBuilder] = [takeEpoch(), takeEpoch(), takeEpoch(), takeEpoch()]
      const deadline = now + buildWithinMs
      expect(await inbox().create(me, oldEpoch, oldBuilder, now, deadline)).toBe('created')
      await deliver([takeId()], [me])
      expect(await inbox().create(me, newEpoch, newBuilder, deadline, deadline + buildWithinMs)).toBe('building')
      const later = deadline + 1
      expect(await inbox().create(me, newEpoch, newBuilder, later, later + buildWithinMs)).toBe('created')
      // The one who was replaced comes back.
      expect(await inbox().complete(me, oldEpoch, oldBuilder, [takeId()], takeId())).toBe(false)
      expect(await inbox().head(me)).toBeUndefined()
      const id = takeId()
      await deliver([id], [me])
      expect(await inbox().complete(me, newEpoch, newBuilder, [], 0)).toBe(true)
      const { head: made, ids } = (await inbox().page(me, endless, 10))!
      expect(made.epoch).toBe(newEpoch)
      expect(made.floor).toBe(0)
      expect(ids).toEqual([id])
    })

    test('[I9] backfill reaches an inbox that is building', async () => {
      const me = await reader()
      const { epoch, builder } = await begin(me)
      const [floor, followed, other] = takeIds(3) as [Id, Id, Id]
      await inbox().backfill(me, [followed], floor)
      expect(await inbox().complete(me, epoch, builder, [other], 0)).toBe(true)
      const { head: now, ids } = (await inbox().page(me, endless, 10))!
      expect(ids).toEqual([other, followed])
      expect(now.floor).toBe(floor)
      expect(now.oldest).toBe(now.position + 1)
    })

    test('[I8] forgotten while it was made, it is not completed', async () => {
      const me = await reader()
      const { epoch, builder } = await begin(me)
      await inbox().forget(me)
      expect(await inbox().complete(me, epoch, builder, [takeId()], 0)).toBe(false)
      expect(await inbox().head(me)).toBeUndefined()
      expect((await begin(me)).found).toBe('created')
    })
  })
}
