import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { tailRowsMax } from '../../src/engines/embedded/author-index.ts'
import { openDatabase } from '../../src/engines/embedded/database.ts'
import type { EmbeddedEngine } from '../../src/engines/embedded/index.ts'
import { until } from '../until.ts'
import { message, open, withFolder } from './support.ts'

const endless = Number.MAX_SAFE_INTEGER
const authors = Array.from({ length: 60 }, (_, i) => 1_001 + i)
const prolific = authors[0]!

interface Stored {
  readonly author: number
  readonly prev: readonly number[]
}

/** Stores `count` messages from `first` on, each naming the author's former one, and some with ids of the past. */
async function storeMany(engine: EmbeddedEngine, model: Map<number, Stored>, first: number, count: number) {
  const former = new Map<number, number>()
  for (let at = 0; at < count; at += 500) {
    await Promise.all(
      Array.from({ length: Math.min(500, count - at) }, (_, i) => {
        // Odd ids are for those that come late.
        const place = at + i
        const id = (first + place) * 2 - (place % 97 === 0 && place > 0 ? 2 * (place % 400) + 1 : 0)
        const author = place % 3 === 0 ? prolific : authors[(place * 31) % authors.length]!
        const before = former.get(author)
        const prev = before === undefined || before > id ? [] : [before]
        if (model.has(id)) return undefined
        former.set(author, id)
        model.set(id, { author, prev })
        return engine.messages.store(message(id, author, { prev }))
      }),
    )
  }
}

async function expectSame(engine: EmbeddedEngine, model: Map<number, Stored>): Promise<void> {
  const down = [...model].sort(([a], [b]) => b - a)
  const all = down.map(([id]) => id)
  const { messages } = engine
  const everybody = Float64Array.from(authors)
  const some = Float64Array.from(authors.slice(5, 25))
  const ofSome = down.filter(([, { author }]) => author >= some[0]! && author <= some.at(-1)!).map(([id]) => id)
  for (const bound of [endless, all[10]!, all[all.length >> 1]!, all.at(-10)!]) {
    expect(await messages.newest(everybody, bound, 0, 300)).toEqual(all.filter((id) => id < bound).slice(0, 300))
    expect(await messages.newest(some, bound, all.at(-500)!, 1_000)).toEqual(
      ofSome.filter((id) => id < bound && id > all.at(-500)!).slice(0, 1_000),
    )
    expect(await messages.upward(some, bound, 200)).toEqual(
      ofSome
        .filter((id) => id > bound)
        .reverse()
        .slice(0, 200),
    )
    for (const author of [prolific, authors[7]!]) {
      const entries = down
        .filter(([id, stored]) => id < bound && stored.author === author)
        .map(([id, { prev }]) => ({ id, mode: 'pushed' as const, prev }))
      expect(await messages.outbox(author, bound, 1_000)).toEqual(entries.slice(0, 1_000))
    }
  }
  for (const author of authors.slice(0, 10)) {
    expect((await engine.users.counts(author)).messages).toBe(
      down.filter(([, stored]) => stored.author === author).length,
    )
  }
}

test('outboxes are the same while rows are held, carried into the table, deleted and read again after a start', async () => {
  await withFolder(async (folder) => {
    let engine = await open(folder)
    for (const id of authors) {
      await engine.users.create({ id, handle: `u${id}`, name: '', bio: '', role: 'user' }, undefined)
    }
    const model = new Map<number, Stored>()
    const remove = async (count: number) => {
      const ids = [...model.keys()]
      for (let i = 0; i < count; i++) {
        const id = ids[Math.floor((i * ids.length) / count)]!
        const { author } = model.get(id)!
        if (i % 2 === 0) await engine.messages.delete(id, author, 900_000_000 + id)
        else await engine.messages.abandon(id, author)
        model.delete(id)
      }
    }
    await storeMany(engine, model, 10_000, tailRowsMax / 2)
    await expectSame(engine, model)
    await remove(20)
    await expectSame(engine, model)

    // While these come, the first ones are carried over.
    await storeMany(engine, model, 50_000, tailRowsMax)
    await expectSame(engine, model)
    await remove(40)
    await expectSame(engine, model)

    await engine.close()
    engine = await open(folder)
    // Before the scan of recent messages, during it, and after it.
    await expectSame(engine, model)
    await storeMany(engine, model, 100_000, 1_000)
    await expectSame(engine, model)
    await engine.warm
    await remove(10)
    await expectSame(engine, model)
    await engine.close()
  })
}, 60_000)

test('tips leave out what is done and below the watermark, and come back when what named them is gone', async () => {
  await withFolder(async (folder) => {
    let engine = await open(folder)
    const author = 5
    const store = (id: number, prev: number[]) => engine.messages.store(message(id, author, { prev }))
    await store(10, [])
    await store(20, [])
    await store(30, [10, 20])
    expect((await engine.messages.tips(author)).tips.map(({ id }) => id)).toEqual([30])
    await engine.messages.delete(30, author, 31)
    expect((await engine.messages.tips(author)).tips.map(({ id }) => id).sort()).toEqual([10, 20])
    await engine.outboxRows.done([10, 20])
    await engine.outboxRows.setWatermark(15)
    await engine.close()
    engine = await open(folder)
    expect(await engine.messages.tips(author)).toEqual({
      newest: 20,
      mode: 'pushed',
      tips: [{ id: 20, mode: 'pushed' }],
    })
    await engine.close()
  })
})

test('a start that finds many rows not yet in the index writes them first', async () => {
  await withFolder(async (folder) => {
    const engine = await open(folder)
    const model = new Map<number, Stored>()
    await storeMany(engine, model, 10_000, 3 * tailRowsMax)
    await engine.close()
    const database = await openDatabase(folder)
    const rows = database.reader.query('SELECT count(*) FROM by_author').values()
    await database.close()
    expect(rows[0]![0]).toBeGreaterThan(tailRowsMax)

    const again = await open(folder)
    await again.warm
    const newest = [...model.keys()].sort((a, b) => b - a).slice(0, 100)
    expect(await again.messages.newest(Float64Array.from(authors), endless, 0, 100)).toEqual(newest)
    await again.close()
  })
}, 60_000)

test('long outboxes are counted once: what lies below the watermark is written down, and deletions lower it', async () => {
  await withFolder(async (folder) => {
    let engine = await open(folder)
    const author = 5
    const ids = Array.from({ length: tailRowsMax + 100 }, (_, i) => 100 + i)
    await Promise.all(ids.map((id) => engine.messages.store(message(id, author))))
    await engine.outboxRows.done(ids)
    await engine.outboxRows.setWatermark(10_000)
    await until(() => oneValue(folder, "SELECT value FROM meta WHERE key = 'indexed_to'") !== undefined)
    await engine.messages.delete(200, author, 900_000)
    expect((await engine.users.counts(author)).messages).toBe(ids.length - 1)
    await engine.close()
    const written = () => oneValue(folder, `SELECT count FROM message_counts WHERE author = ${author}`)
    expect(written()).toBe(9_900 - 1)

    engine = await open(folder)
    expect((await engine.users.counts(author)).messages).toBe(ids.length - 1)
    await engine.messages.delete(201, author, 900_001)
    await engine.messages.delete(12_000, author, 900_002)
    expect((await engine.users.counts(author)).messages).toBe(ids.length - 3)
    await engine.close()
    expect(written()).toBe(9_900 - 2)
  })
}, 30_000)

/** The one value that a query of the database gives. */
function oneValue(folder: string, sql: string): number | undefined {
  const db = new Database(join(folder, 'rookery.db'), { readonly: true })
  const [row] = db.query(sql).values() as [number][]
  db.close()
  return row?.[0]
}
