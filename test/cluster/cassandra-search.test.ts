import { afterAll, afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { type Id, idAt, idMax, type MessageId } from '../../src/core/ids.ts'
import { silentLog } from '../../src/core/log.ts'
import { messageBody } from '../../src/core/message.ts'
import { statement } from '../../src/engines/cluster/cassandra/client.ts'
import { createSearchFill } from '../../src/engines/cluster/cassandra/search-fill.ts'
import { soleMember } from '../../src/ports/members.ts'
import type { NewMessage } from '../../src/ports/messages.ts'
import { searchContract } from '../../src/ports/search.contract.ts'
import { inParts, newestFirst, newMessage, takeId, takeIds } from '../../src/ports/support.contract.ts'
import { dropRoads, type OpenedRoad, openRoad } from './cassandra-road.ts'

afterAll(dropRoads, 120_000)

searchContract('cassandra', openRoad)

const rows = statement<{ level: number; bucket: number; id: Id }>('SELECT level, bucket, id FROM words')
const dayMs = 86_400_000

describe('cassandra: the index of words', () => {
  let opened: OpenedRoad
  beforeEach(async () => {
    opened = await openRoad()
  })
  afterEach(() => opened.close())

  const withText = (id: MessageId, text: string): NewMessage => newMessage(1, { id, body: messageBody(id, text) })

  async function all(words: string[], limit = 10): Promise<MessageId[]> {
    const ids: MessageId[] = []
    for (let below: number | undefined = idMax + 1; below !== undefined; ) {
      const found = await opened.road.search.find(words, below, limit)
      ids.push(...found.ids)
      below = found.rest
    }
    return ids
  }

  test('a node that has become large is split, and messages of all times and levels are found in order', async () => {
    const { search } = opened.road
    const now = opened.now()
    // The newest hour is busy, the two years before are not.
    const old = Array.from({ length: 30 }, (_, i) => idAt(now - (i + 1) * 17 * dayMs))
    const busy = takeIds(400)
    const messages = [...old, ...busy].map((id, i) => withText(id, `every ${i % 3 === 0 ? 'third' : 'other'} n${i}`))
    for (const message of messages) await search.add([message])
    // Later ones to old times, where nodes may be split by now.
    const late = idAt(now - 3 * dayMs)
    await search.add([withText(late, 'every late third')])

    const ids = messages.map(({ id }) => id)
    expect(await all(['every'])).toEqual(newestFirst([...ids, late]))
    expect(await all(['third', 'every'], 7)).toEqual(newestFirst([...ids.filter((_, i) => i % 3 === 0), late]))
    expect(await all(['every', 'n3'])).toEqual([ids[3]!])
    expect(await all(['third', 'other'])).toEqual([])
    const found = await opened.db.read(rows, [])
    expect(new Set(found.map(({ level }) => level)).size).toBeGreaterThan(2)
    const inNode = Map.groupBy(found, ({ level, bucket }) => `${level} ${bucket}`)
    // Of 5 rows a message: without splitting, the busy hour alone would stand in one node, whose bound is 40 a partition.
    for (const [node, some] of inNode) if (!node.startsWith('4')) expect(some.length).toBeLessThan(16 * 60)
  })

  test('a split that this process has not heard of yet costs nothing but its place', async () => {
    const another = await opened.another()
    const messages = takeIds(120).map((id) => withText(id, 'shared'))
    for (const [i, message] of messages.entries()) await (i % 2 ? opened : another).road.search.add([message])
    const ids = newestFirst(messages.map(({ id }) => id))
    expect(await all(['shared'])).toEqual(ids)
    expect((await another.road.search.find(['shared'], idMax + 1, 1_000)).ids).toEqual(ids)
    await another.end()
  })

  test('[X5] a deletion wins over a worker that adds later, and takes away every row', async () => {
    const { search, messages } = opened.road
    const message = withText(takeId(), 'a few words that go')
    await messages.store(message)
    await search.add([message])
    expect((await opened.db.read(rows, [])).length).toBe(5)
    await messages.delete(message.id, message.author, takeId())
    await search.add([message])
    expect(await opened.db.read(rows, [])).toEqual([])
  })

  test('messages of before there was an index are added, whoever dies meanwhile', async () => {
    const { messages, search } = opened.road
    const stored = takeIds(700).map((id) => withText(id, 'older'))
    await inParts(stored, (message) => messages.store(message))
    expect(await all(['older'])).toEqual([])
    const begin = () => {
      const stop = new AbortController()
      const index = {
        async add(some: readonly NewMessage[]) {
          await search.add(some)
          if (some.length > 0) stop.abort()
        },
      }
      const log = silentLog
      const fill = createSearchFill({
        db: opened.db,
        clock: opened.clock,
        members: soleMember(0),
        index: index as never,
        log,
      })
      return { fill, ended: fill.run(stop.signal) }
    }
    // Each of these ends after the first page that holds something.
    for (let i = 0; i < 100; i++) {
      const { fill, ended } = begin()
      await ended
      if (fill.done()) break
    }
    expect(await all(['older'], 100)).toEqual(newestFirst(stored.map(({ id }) => id)))
    const { fill, ended } = begin()
    await ended
    expect(fill.done()).toBe(true)
  })
})
