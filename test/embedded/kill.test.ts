import { expect, test } from 'bun:test'
import { until } from '../until.ts'
import { expectAcknowledged } from './acknowledged.ts'
import { linesOf, open, startChild, withFolder } from './support.ts'

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
