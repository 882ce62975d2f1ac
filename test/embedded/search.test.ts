import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { idAt, idMax, type MessageId } from '../../src/core/ids.ts'
import { bulkLoad } from '../../src/engines/embedded/bulk-load.ts'
import type { EmbeddedEngine } from '../../src/engines/embedded/index.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { until } from '../until.ts'
import { linesOf, message, open, startChild, withFolder } from './support.ts'

const indexed = ({ search }: EmbeddedEngine) =>
  until(() => search.stats().waiting === undefined && !search.stats().older, 20_000, 'the index being whole')

async function found({ search }: EmbeddedEngine, ...words: string[]): Promise<MessageId[]> {
  return (await search.find(words, idMax + 1, 1_000)).ids
}

const text = (id: MessageId, words: string) => message(id, 1, { body: `"id":"${id}","text":"${words}"` })

/** How many messages the table itself names for the word. */
function named(folder: string, word: string): number {
  const db = new Database(join(folder, 'rookery.db'))
  db.run('CREATE VIRTUAL TABLE temp.named USING fts5vocab(main, words, row)')
  const [row] = db.query('SELECT doc FROM temp.named WHERE term = ?').values(word) as [number][]
  db.close()
  return row?.[0] ?? 0
}

test('[X1] killed between acknowledgement and index, every message is found after the next start, once', async () => {
  await withFolder(async (folder) => {
    const ids: MessageId[] = []
    for (let round = 1; round <= 3; round++) {
      const child = startChild(folder, { messagesOnly: true })
      const { lines, ended } = linesOf(child)
      await until(() => lines.length >= round * 700, 20_000, 'the child writing')
      child.kill('SIGKILL')
      await child.exited
      await ended
      for (const line of lines) ids.push(Number(line.split(' ')[1]))
      const engine = await open(folder)
      await indexed(engine)
      const missing: MessageId[] = []
      for (const id of ids) if ((await found(engine, 'message', String(id)))[0] !== id) missing.push(id)
      expect(missing).toEqual([])
      const stored = (
        await engine.messages.upward(
          Float64Array.from({ length: 64 }, (_, i) => i + 1),
          0,
          1_000_000,
        )
      ).length
      await engine.close()
      expect(named(folder, 'message')).toBe(stored)
    }
  })
}, 60_000)

test('a message that is stored after later ones were indexed is found', async () => {
  await withFolder(async (folder) => {
    const engine = await open(folder)
    await engine.messages.store(text(5_000, 'early bird'))
    await until(async () => (await found(engine, 'bird')).length === 1)
    await engine.messages.store(text(4_000, 'late bird'))
    await until(async () => (await found(engine, 'bird')).length === 2)
    expect(await found(engine, 'bird')).toEqual([5_000, 4_000])
    await engine.close()
    expect(named(folder, 'bird')).toBe(2)
  })
})

test('[X5] the words of a deleted message leave the data folder’s index, whether indexed or not', async () => {
  await withFolder(async (folder) => {
    const engine = await open(folder)
    for (const id of [1_000, 2_000, 3_000]) await engine.messages.store(text(id, `secret ${id}`))
    await indexed(engine)
    expect(await found(engine, 'secret')).toEqual([3_000, 2_000, 1_000])
    await engine.messages.delete(2_000, 1, 10_000)
    expect(await found(engine, 'secret')).toEqual([3_000, 1_000])
    // Not indexed yet: its turn comes with the clock.
    const ahead = idAt(Date.now() + 3600_000)
    await engine.messages.store(text(ahead, 'secret too'))
    await engine.messages.delete(ahead, 1, ahead + 1)
    await engine.messages.delete(1_000, 1, ahead + 2)
    await engine.messages.delete(3_000, 1, ahead + 3)
    await engine.close()
    expect(named(folder, 'secret')).toBe(0)
  })
})

test('a folder of a version without the index: its messages are indexed, the newest first', async () => {
  await withFolder(async (folder) => {
    const first = await open(folder)
    for (let i = 1; i <= 300; i++) await first.messages.store(text(i * 1_000, `old number${i}`))
    await first.close()
    const db = new Database(join(folder, 'rookery.db'))
    db.run("INSERT INTO words (words) VALUES ('delete-all')")
    db.run("DELETE FROM meta WHERE key IN ('searched_from', 'searched_to')")
    db.close()

    const engine = await open(folder)
    await engine.messages.store(text(999_000, 'new'))
    let newest: MessageId[] = []
    await until(async () => (newest = await found(engine, 'old')).length > 0)
    expect(newest[0]).toBe(300_000)
    await indexed(engine)
    expect((await found(engine, 'old')).length).toBe(300)
    expect(await found(engine, 'new')).toEqual([999_000])
    // Deleted on either side of where the index stood.
    await engine.messages.delete(1_000, 1, 1_000_000)
    expect((await found(engine, 'old')).length).toBe(299)
    await engine.close()
  })
})

test('loaded messages are found', async () => {
  await withFolder(async (folder) => {
    const graph = { users: 10, mean: 2, max: 5, seed: 1 }
    await bulkLoad({ data: folder, graph, messages: 500, tokens: undefined, clock: systemClock, progress() {} })
    const engine = await open(folder)
    await indexed(engine)
    const ids = await found(engine, 'the')
    expect(ids.length).toBeGreaterThan(50)
    for (const record of await engine.messages.many(ids)) expect(record!.body).toMatch(/\bthe\b/i)
    await engine.close()
  })
})
