import { expect, test } from 'bun:test'
import { tailRowsMax } from '../../src/engines/embedded/author-index.ts'
import { until } from '../until.ts'
import { expectAcknowledged } from './acknowledged.ts'
import { linesOf, open, startChild, withFolder } from './support.ts'

/** Those of the child's messages. */
const authors = Float64Array.from({ length: 64 }, (_, i) => i + 1)

test('whatever was acknowledged before a kill -9 is there after it, time and again', async () => {
  await withFolder(async (folder) => {
    const acknowledged: string[] = []
    for (let round = 1; round <= 4; round++) {
      const child = startChild(folder)
      const { lines, ended } = linesOf(child)
      // Each round stops at another moment, the first ones while the folder is still small.
      await until(() => lines.length >= round * round * 500, 20_000, 'the child writing')
      child.kill('SIGKILL')
      await child.exited
      await ended
      acknowledged.push(...lines)
      const engine = await open(folder)
      await expectAcknowledged(engine, acknowledged)
      expect(await engine.outboxRows.lowestUndone()).toBeGreaterThan(0)
      await engine.close()
    }
  })
}, 60_000)

test('killed while rows are carried into the index by author, outboxes miss nothing and repeat nothing', async () => {
  await withFolder(async (folder) => {
    const acknowledged: string[] = []
    for (let round = 1; round <= 2; round++) {
      const child = startChild(folder, { messagesOnly: true })
      const { lines, ended } = linesOf(child)
      // Rows go over once this many have come; the writer takes some tenths of a second for them.
      await until(() => lines.length >= tailRowsMax + round * 500, 30_000, 'the child writing')
      child.kill('SIGKILL')
      await child.exited
      await ended
      acknowledged.push(...lines)
      const engine = await open(folder)
      await expectAcknowledged(engine, acknowledged)
      const ids = (await engine.messages.upward(authors, 0, 1_000_000)).length
      expect(ids).toBeGreaterThanOrEqual(acknowledged.length)
      let listed = 0
      for (const author of authors) listed += (await engine.users.counts(author)).messages
      expect(listed).toBe(ids)
      await engine.close()
    }
  })
}, 60_000)
