import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { idAt, idMax, type MessageId, type UserId } from '../../src/core/ids.ts'
import { feedGapMs, lateAfterMs, settleMs } from '../../src/core/limits.ts'
import { statement } from '../../src/engines/cluster/cassandra/client.ts'
import { rowOf } from '../../src/engines/cluster/cassandra/outbox-jobs.ts'
import { minuteAt } from '../../src/engines/cluster/cassandra/road-keys.ts'
import { messagesContract } from '../../src/ports/messages.contract.ts'
import {
  eventually,
  inParts,
  newestFirst,
  newMessage,
  oldestFirst,
  takeId,
  takeIds,
} from '../../src/ports/support.contract.ts'
import { until } from '../until.ts'
import { dropRoads, type OpenedRoad, openRoad } from './cassandra-road.ts'

messagesContract('cassandra', openRoad)

afterAll(dropRoads)

const countLate = statement<{ n: number }>('SELECT count(*) AS n FROM outbox_late WHERE minute = ?')
const noteMinute = statement('INSERT INTO outbox_minutes (day, minute) VALUES (?, ?)')
const writeIntent = statement('INSERT INTO deletions (part, stamp, id, author) VALUES (?, ?, ?, ?)')

describe('cassandra: messages of two processes', () => {
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

  /** More than those whose outboxes would be asked themselves. */
  const people = () => Float64Array.from(takeIds(9))

  async function stored(by: UserId, id = takeId()): Promise<MessageId> {
    await one.road.messages.store({ ...newMessage(by), id })
    return id
  }

  /** Until a process has read the rows of the last days. */
  const scanned = ({ road, pass, now }: OpenedRoad) =>
    eventually({ pass }, async () => (await road.messages.recent(people(), 1)).reach < idAt(now() - 40 * 3600_000))

  const recent = async (authors: Float64Array) => (await two.road.messages.recent(authors, 100)).ids
  const lateNow = async () => (await one.db.one(countLate, [minuteAt(one.now())]))!.n

  test('[M8] [M9] [M12] what one process stored is in the other’s memory at its next question', async () => {
    const authors = people()
    const ids: MessageId[] = []
    for (let i = 0; i < 20; i++) {
      ids.push(await stored(authors[i % 9]!))
      expect(await recent(authors)).toEqual(newestFirst(ids))
      expect(await two.road.messages.newest(authors, idMax, ids[0]!, 3)).toEqual(newestFirst(ids.slice(1)).slice(0, 3))
      expect(await two.road.messages.upward(authors, ids[0]!, 100)).toEqual(ids.slice(1))
    }
  })

  test('[M8] [M12] also when it appeared seconds after its id was taken, between readings', async () => {
    const authors = people()
    const ids = [await stored(authors[0]!)]
    const late = [3_000, 5_000, 9_000].map((ms) => idAt(one.now() - ms) + 7)
    const before = await lateNow()
    for (const [i, id] of late.entries()) {
      ids.push(await stored(authors[i]!, id))
      expect(await recent(authors)).toEqual(newestFirst(ids))
    }
    expect(await lateNow()).toBe(before + 3)
    const timely = idAt(one.now() - lateAfterMs / 4) + 7
    ids.push(await stored(authors[5]!, timely))
    expect(await recent(authors)).toEqual(newestFirst(ids))
    expect(await lateNow()).toBe(before + 3)
  })

  test('[M8] [M12] a message on its way, whose outbox row is there, is not named before it is stored', async () => {
    const authors = people()
    const kept = await stored(authors[0]!)
    const message = newMessage(authors[1]!)
    await one.db.write(...rowOf(message))
    expect(await recent(authors)).toEqual([kept])
    expect(await two.road.messages.upward(authors, kept - 1, 10)).toEqual([kept])
    await one.road.messages.store(message)
    expect(await recent(authors)).toEqual([message.id, kept])
    // Where a limit cuts, what is not named makes room for the next.
    const another = newMessage(authors[2]!)
    await one.db.write(...rowOf(another))
    expect((await two.road.messages.recent(authors, 2)).ids).toEqual([message.id, kept])
  })

  test('[M6] [M8] what one process deleted or abandoned leaves the other’s memory, and stays away', async () => {
    const authors = people()
    const ids = [await stored(authors[0]!), await stored(authors[1]!), await stored(authors[2]!)]
    expect(await recent(authors)).toEqual(newestFirst(ids))
    await one.road.messages.delete(ids[1]!, authors[1]!, takeId())
    await one.road.messages.abandon(ids[2]!, authors[2]!)
    await eventually(two, async () => {
      await two.pass(500)
      await two.road.messages.deletionsHead()
      return (await recent(authors)).length === 1
    })
    expect(await recent(authors)).toEqual([ids[0]!])
    const three = await one.another()
    await scanned(three)
    expect((await three.road.messages.recent(authors, 100)).ids).toEqual([ids[0]!])
    await three.end()
  })

  test('[M10] [M11] a deletion left half-way is finished by the other process, and told', async () => {
    const by = takeId()
    const id = await stored(by)
    const stamp = takeId()
    await one.db.write(writeIntent, [Math.floor(one.now() / 600_000), stamp, id, by])
    expect((await two.road.messages.deletions(stamp - 1, 10)).map((deletion) => deletion.id)).toEqual([])
    await two.pass(settleMs + 5_000)
    const head = await two.road.messages.deletionsHead()
    expect(head).toBeGreaterThanOrEqual(stamp)
    expect(await two.road.messages.deletions(stamp - 1, 10)).toEqual([{ stamp, id, author: by }])
    expect(await one.road.messages.many([id])).toEqual([undefined])
    expect(await one.road.messages.outbox(by, idMax, 10)).toEqual([])
  })

  test('[M13] tips are those of all processes, however many messages lie between', async () => {
    const by = takeId()
    const first = newMessage(by)
    await one.road.messages.store(first)
    let last = first.id
    for (let i = 0; i < 10; i++) {
      const next = newMessage(by, { prev: [last] })
      await (i % 2 ? one : two).road.messages.store(next)
      last = next.id
    }
    expect(await one.road.messages.tips(by)).toEqual({
      newest: last,
      mode: 'pushed',
      tips: [{ id: last, mode: 'pushed' }],
    })
    const sibling = newMessage(by, { prev: [first.id] })
    await two.road.messages.store(sibling)
    expect(oldestFirst((await one.road.messages.tips(by)).tips.map((tip) => tip.id))).toEqual([last, sibling.id])
  })

  test('[M7] [M8] [M9] an outbox goes on through months, and is counted', async () => {
    const authors = people()
    const monthMs = 31 * 24 * 3600_000
    const ids = [9, 5, 5, 1].map((months, i) => idAt(one.now() - months * monthMs) + i)
    for (const id of ids) await stored(authors[0]!, id)
    ids.push(await stored(authors[0]!))
    expect((await two.road.messages.outbox(authors[0]!, idMax, 10)).map((entry) => entry.id)).toEqual(newestFirst(ids))
    expect((await two.road.messages.outbox(authors[0]!, ids[3]!, 2)).map((entry) => entry.id)).toEqual([
      ids[2]!,
      ids[1]!,
    ])
    expect(await two.road.messages.newest(authors, idMax, 0, 10)).toEqual(newestFirst(ids))
    expect(await two.road.messages.newest(authors, ids[4]!, ids[0]!, 10)).toEqual(newestFirst(ids.slice(1, 4)))
    expect(await two.road.messages.upward(authors, 0, 10)).toEqual(ids)
    expect(await two.road.messages.upward(authors, ids[0]!, 2)).toEqual(ids.slice(1, 3))
    expect(await one.road.messages.count(authors[0]!)).toBe(5)
  })

  test('[M8] [M9] [M12] a process that was idle for minutes begins anew, and misses nothing', async () => {
    const authors = people()
    const first = await stored(authors[0]!, idAt(one.now()) + 1)
    expect(await recent(authors)).toEqual([first])
    const ids = [first]
    for (let i = 0; i < 3; i++) {
      await one.pass(feedGapMs / 2)
      ids.push(await stored(authors[i]!, idAt(one.now()) + 1))
    }
    await eventually(two, async () => (await recent(authors)).length === 4)
    expect(await recent(authors)).toEqual(newestFirst(ids))
    expect(await two.road.messages.upward(authors, first - 1, 10)).toEqual(ids)
    expect(await two.road.messages.newest(authors, idMax, 0, 3)).toEqual(newestFirst(ids).slice(0, 3))
  })

  test('[M12] a started process reads the last days backward, by the minutes that have rows', async () => {
    const authors = people()
    const ids = Array.from({ length: 300 }, (_, i) => idAt(one.now() - 3600_000 - (i % 17) * 120_000) + i)
    await inParts(ids, (id) => stored(authors[id % 9]!, id))
    await one.db.write(noteMinute, [Math.floor(minuteAt(one.now()) / 1_440), minuteAt(one.now() - 600_000)])
    const three = await one.another()
    const { messages } = three.road
    await scanned(three)
    expect((await messages.recent(authors, 100)).ids).toEqual(newestFirst(ids).slice(0, 100))
    // At first the deletions of the last days are being read as well.
    const calls = () => three.db.stats().calls.read.calls
    await until(
      async () => {
        const before = calls()
        await Promise.all(Array.from({ length: 50 }, () => messages.recent(authors, 100)))
        return calls() - before < 100
      },
      20_000,
      'fifty looks costing less than two reads each',
    )
    await three.end()
  })
})
