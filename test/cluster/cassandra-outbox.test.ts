import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { idAt, type MessageId } from '../../src/core/ids.ts'
import { feedGapMs, outboxKeptMs, settleMs, watermarkAgeMs } from '../../src/core/limits.ts'
import { statement } from '../../src/engines/cluster/cassandra/client.ts'
import { dayOf, minuteOf } from '../../src/engines/cluster/cassandra/road-keys.ts'
import { outboxRowsContract } from '../../src/ports/outbox-rows.contract.ts'
import { eventually, inParts, newMessage, oldestFirst, takeId } from '../../src/ports/support.contract.ts'
import { dropRoads, type OpenedRoad, openRoad } from './cassandra-road.ts'

outboxRowsContract('cassandra', openRoad)

afterAll(dropRoads)

const minutesOf = statement<{ minute: number }>('SELECT minute FROM outbox_minutes WHERE day = ?')

describe('cassandra: outbox rows of two processes', () => {
  const author = takeId()
  let one: OpenedRoad
  let two: OpenedRoad
  beforeAll(async () => {
    one = await openRoad()
    two = await one.another()
  })
  afterAll(async () => {
    await two.end()
    await one.close()
  })

  async function stored(opened: OpenedRoad, id = takeId()): Promise<MessageId> {
    await opened.road.messages.store({ ...newMessage(author), id })
    return id
  }
  /** Of the other process, once everything there is has settled. */
  async function lowest(): Promise<MessageId> {
    await two.pass(settleMs + 5_000)
    return two.road.outboxRows.lowestUndone()
  }
  const undone = async (above = 0, limit = 1_000) =>
    (await two.road.outboxRows.undone(above, limit)).map((row) => row.id)

  test('[O1] [O4] [O6] what one process stores and does, the other counts', async () => {
    const ids = [await stored(one), await stored(two), await stored(one)]
    expect(await lowest()).toBe(ids[0]!)
    await one.road.outboxRows.done([ids[0]!])
    expect(await lowest()).toBe(ids[1]!)
    await one.road.outboxRows.done([ids[1]!, ids[2]!])
    expect(await lowest()).toBeGreaterThan(ids[2]!)
    expect(await undone()).toEqual([])
  })

  test('[O6] a bound holds from the moment another process has stored, before it is looked at', async () => {
    const before = await lowest()
    const id = idAt(two.now() - 9_000) + 1
    await stored(one, id)
    expect(await two.road.outboxRows.lowestUndone()).toBeLessThanOrEqual(id)
    expect(before).toBeLessThan(id + 1)
    expect(await lowest()).toBe(id)
    const late = idAt(two.now() - 40_000) + 2
    await stored(one, late)
    expect(await lowest()).toBe(Math.min(id, late))
    await two.road.outboxRows.done([id, late])
    expect(await lowest()).toBeGreaterThan(Math.max(id, late))
  })

  test('[O5] thousands of undone rows, of many minutes, in order and in parts', async () => {
    const ids = oldestFirst(
      Array.from({ length: 2_500 }, (_, i) => idAt(one.now() - (i % 5) * 300_000 - (i % 1_000)) + i),
    )
    await inParts(ids, (id) => stored(one, id))
    expect(await lowest()).toBe(ids[0]!)
    const seen: MessageId[] = []
    for (let above = 0; ; above = seen.at(-1)!) {
      const part = await undone(above, 700)
      seen.push(...part)
      if (part.length < 700) break
    }
    expect(seen).toEqual(ids)
    await inParts(
      ids.filter((_, i) => i % 10 !== 0),
      (id) => one.road.outboxRows.done([id]),
    )
    expect(await lowest()).toBe(ids[0]!)
    expect(await undone()).toEqual(ids.filter((_, i) => i % 10 === 0))
    await one.road.outboxRows.done(ids)
    expect(await lowest()).toBeGreaterThan(ids.at(-1)!)
  })

  test('[O5] [O6] what appeared while a process was idle for minutes counts', async () => {
    await lowest()
    await one.pass(feedGapMs / 2)
    const ids = [await stored(one, idAt(one.now()) + 1)]
    await one.pass(feedGapMs)
    ids.push(await stored(one, idAt(one.now()) + 1))
    expect(await two.road.outboxRows.lowestUndone()).toBe(ids[0]!)
    expect(await undone()).toEqual(ids)
    await one.road.outboxRows.done(ids)
    expect(await lowest()).toBeGreaterThan(ids[1]!)
  })

  test('[O7] of two sweepers the larger mark stays, and both learn it', async () => {
    const [small, large] = [takeId(), takeId()]
    await one.road.outboxRows.watermark()
    await two.road.outboxRows.setWatermark(large)
    await one.road.outboxRows.setWatermark(small)
    expect(await two.road.outboxRows.watermark()).toBe(large)
    await one.pass(watermarkAgeMs + 1)
    expect(await one.road.outboxRows.watermark()).toBe(large)
  })

  test('[O7] [O8] rows are forgotten by the minute, two days after; of dead jobs never', async () => {
    const [old, dead, young] = [await stored(one), idAt(one.now() - 300_000) + 3, takeId()]
    await stored(one, dead)
    await one.road.outboxRows.done([old])
    await one.road.outboxRows.dead(dead, 'why')
    await one.pass(outboxKeptMs + 120_000)
    await stored(one, idAt(one.now()) + 4)
    await one.road.outboxRows.setWatermark(idAt(one.now() - settleMs))
    await eventually(one, async () => (await one.road.outboxRows.row(old)) === undefined)
    expect(await one.road.outboxRows.row(young)).toBeUndefined()
    expect((await one.road.outboxRows.row(dead))?.done).toBe(true)
    expect(await one.road.outboxRows.deadJobs(10)).toEqual([{ id: dead, why: 'why' }])
    const minutes = (await one.db.read(minutesOf, [dayOf(minuteOf(old))])).map(({ minute }) => minute)
    expect(minutes).not.toContain(minuteOf(old))
    expect(minutes).toContain(minuteOf(dead))
  })
})
