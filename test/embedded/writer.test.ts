import { expect, test } from 'bun:test'
import { Refusal } from '../../src/core/refusal.ts'
import { openDatabase } from '../../src/engines/embedded/database.ts'
import { createEmbeddedOutboxRows } from '../../src/engines/embedded/outbox-rows.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { message, open, withFolder } from './support.ts'

test('an operation that fails costs the others of its commit nothing', async () => {
  await withFolder(async (folder) => {
    const engine = await open(folder)
    const create = (id: number, handle: string) =>
      engine.users.create({ id, handle, name: '', bio: '', role: 'user' }, undefined)
    await create(1, 'first')
    // Id 1 a second time is a bug of the caller's, in the midst of good ones.
    const results = await Promise.allSettled([create(2, 'b'), create(1, 'c'), create(3, 'b'), create(4, 'd')])
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled'])
    expect(results.map((result) => (result.status === 'fulfilled' ? result.value : undefined))).toEqual([
      true,
      undefined,
      false,
      true,
    ])
    expect((await engine.users.many([1, 2, 3, 4])).map((user) => user?.handle)).toEqual(['first', 'b', undefined, 'd'])
    await engine.close()
  })
})

test('what waits is bounded in bytes: beyond, writes are refused as overloaded, and all others are written', async () => {
  await withFolder(async (folder) => {
    const engine = await open(folder)
    const body = 'x'.repeat(1024 * 1024)
    const results = await Promise.allSettled(
      Array.from({ length: 100 }, (_, i) => engine.messages.store(message(1_000 + i, 1, { body }))),
    )
    const refused = results.filter((result) => result.status === 'rejected')
    expect(refused.length).toBeGreaterThan(10)
    expect(refused.length).toBeLessThan(60)
    for (const { reason } of refused) {
      expect(reason).toBeInstanceOf(Refusal)
      expect((reason as Refusal).code).toBe('overloaded')
    }
    const ids = Array.from({ length: 100 }, (_, i) => 1_000 + i)
    const there = (await engine.messages.many(ids)).map((found) => found !== undefined)
    expect(there).toEqual(results.map((result) => result.status === 'fulfilled'))
    await engine.messages.store(message(2_000, 1))
    await engine.close()
  })
})

test('writes after close are refused', async () => {
  await withFolder(async (folder) => {
    const engine = await open(folder)
    await engine.close()
    const error = await engine.messages.store(message(1, 1)).catch((reason: unknown) => reason)
    expect((error as Refusal).code).toBe('unavailable')
    await engine.close()
  })
})

test('numbers of 53 bits come back as they were', async () => {
  await withFolder(async (folder) => {
    const engine = await open(folder)
    const id = Number.MAX_SAFE_INTEGER - 5
    const author = Number.MAX_SAFE_INTEGER - 9
    await engine.messages.store(message(id, author, { prev: [id - 1] }))
    expect(await engine.messages.outbox(author, id + 1, 1)).toEqual([{ id, mode: 'pushed', prev: [id - 1] }])
    expect((await engine.outboxRows.row(id))?.author).toBe(author)
    await engine.close()
  })
})

test('old rows that are done are forgotten below what is still needed; undone and dead ones stay', async () => {
  await withFolder(async (folder) => {
    const database = await openDatabase(folder)
    let neededFrom = 0
    const rows = createEmbeddedOutboxRows(database, systemClock, () => neededFrom)
    const ids = Array.from({ length: 5_000 }, (_, i) => 1_000 + i)
    await Promise.all(
      ids.map(async (id) => {
        const { author, prev, mode, crossed } = message(id, 1)
        await database.writer.write('store', id, author, 0, null, '', true, false)
        rows.added({ id, author, prev, mode, crossed })
      }),
    )
    const [undone, dead] = [ids[3]!, ids[5]!]
    await rows.dead(dead, 'why')
    await rows.done(ids.filter((id) => id !== undone && id !== dead))
    await rows.flush()
    const count = () => database.reader.query('SELECT count(*) FROM outbox').values()[0]![0] as number
    await rows.setWatermark(ids[4_000]!)
    expect(count()).toBe(5_000)
    neededFrom = ids[3_000]!
    for (let id = ids[4_000]! + 1; count() > 2_002; id++) {
      await rows.setWatermark(id)
      expect(id).toBeLessThan(ids[4_100]!)
    }
    expect((await rows.row(dead))?.done).toBe(true)
    expect((await rows.row(undone))?.done).toBe(false)
    expect((await rows.row(ids[3_000]!))?.done).toBe(true)
    await database.close()
  })
})
