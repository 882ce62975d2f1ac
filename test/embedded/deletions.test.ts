import { expect, test } from 'bun:test'
import { idAt } from '../../src/core/ids.ts'
import { deletionsAgeMs } from '../../src/core/limits.ts'
import { openEmbedded } from '../../src/engines/embedded/index.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'
import { memoryBytes, message, withFolder } from './support.ts'

test('deletions are forgotten past their age, by this process and the next, and the head stays', async () => {
  await withFolder(async (data) => {
    const clock = new MovableClock()
    let engine = await openEmbedded({ data, memoryBytes, clock })
    const remove = async (at: number) => {
      const id = idAt(at)
      await engine.messages.store(message(id, 1))
      await engine.messages.delete(id, 1, id + 1)
      return id + 1
    }
    const old = await remove(clock.now() - deletionsAgeMs + 3600_000)
    const young = await remove(clock.now())
    const stamps = async () => (await engine.messages.deletions(0, 10)).map(({ stamp }) => stamp)
    expect(await stamps()).toEqual([old, young])
    await clock.pass(2 * 3600_000)
    await until(async () => (await stamps()).length === 1)
    expect(await stamps()).toEqual([young])
    expect(await engine.messages.deletionsHead()).toBe(young)

    await engine.close()
    engine = await openEmbedded({ data, memoryBytes, clock })
    expect(await stamps()).toEqual([young])
    expect(await engine.messages.deletionsHead()).toBe(young)
    await engine.close()
  })
})
