import { describe, expect, test } from 'bun:test'
import type { MessageRecord } from '../ports/messages.ts'
import { createBodies } from './bodies.ts'

const record: MessageRecord = { id: 4096, author: 1001, body: '"id":"4096","text":"hello"' }

/** A cache over a store that holds `stored`, liked by `count`. */
function cacheOver(stored: MessageRecord | undefined, count: number) {
  return createBodies({
    messages: { many: async (ids) => ids.map(() => stored) },
    counts: { of: async (ids) => ids.map(() => ({ likes: count, boosts: 0, replies: 0 })) },
    bytesMax: 1_000_000,
  })
}

describe('a message put when its store answered', () => {
  test('is at hand, liked by nobody', () => {
    const bodies = cacheOver(undefined, 0)
    bodies.put(record)
    expect(bodies.peek(record.id)).toMatchObject({ ...record, likes: 0 })
  })

  test('keeps the likes that were read before the answer came', async () => {
    const bodies = cacheOver(record, 3)
    await bodies.many([record.id])
    bodies.put(record)
    expect(bodies.peek(record.id)?.likes).toBe(3)
  })

  test('is left to the store when it was liked before the answer came', async () => {
    const bodies = cacheOver(record, 1)
    bodies.setCounts(record.id, { likes: 1 })
    bodies.put(record)
    expect((await bodies.many([record.id]))[0]?.likes).toBe(1)
  })

  test('is left to the store when it was deleted before the answer came', async () => {
    const bodies = cacheOver(undefined, 0)
    bodies.remove(record.id)
    bodies.put(record)
    expect(await bodies.many([record.id])).toEqual([undefined])
  })
})

test('what was read before a like came is given, but not kept', async () => {
  const reading = Promise.withResolvers<void>()
  let count = 0
  const bodies = createBodies({
    messages: { many: async (ids) => ids.map(() => record) },
    counts: {
      async of(ids) {
        const then = count
        await reading.promise
        return ids.map(() => ({ likes: then, boosts: 0, replies: 0 }))
      },
    },
    bytesMax: 1_000_000,
  })
  const slow = bodies.many([record.id])
  count = 1
  bodies.setCounts(record.id, { likes: 1 })
  reading.resolve()
  expect((await slow)[0]?.likes).toBe(0)
  expect((await bodies.many([record.id]))[0]?.likes).toBe(1)
})

describe('what is no longer kept', () => {
  test('counts as gone, from the cache and from the store, and changes the version once', async () => {
    let from = 0
    const bodies = createBodies({
      messages: { many: async (ids) => ids.map(() => record) },
      counts: { of: async (ids) => ids.map(() => ({ likes: 0, boosts: 0, replies: 0 })) },
      bytesMax: 1_000_000,
      keptFrom: () => from,
    })
    expect(await bodies.many([record.id])).toMatchObject([record])
    const before = bodies.version()
    from = record.id + 1
    expect(bodies.version()).toBe(before + 1)
    expect(bodies.version()).toBe(before + 1)
    expect(bodies.peek(record.id)).toBeUndefined()
    expect(await bodies.many([record.id])).toEqual([undefined])
    from = 0
    // A clock that steps back brings nothing back.
    expect(await bodies.many([record.id])).toEqual([undefined])
  })
})
