import { expect, test } from 'bun:test'
import { createRest } from './pace.ts'

/** How long a rest lasts after work that took `ms` while others write `perMs` operations a millisecond. */
async function restOf(ms: number, perMs: number): Promise<number> {
  const writer = { written: 0 }
  let slept = 0
  const rest = createRest(writer, {
    now: () => slept,
    async sleep(some) {
      slept += some
      writer.written += some * perMs
    },
  })
  await rest(ms)
  return slept
}

test('while nobody else writes, or few do, work that may wait rests as long as it took', async () => {
  expect(await restOf(10, 0)).toBe(10)
  expect(await restOf(10, 1)).toBe(10)
})

test('while others write it takes a thirty-second of the time', async () => {
  expect(await restOf(10, 5)).toBe(310)
})

test('it goes on after a second, however long it took', async () => {
  expect(await restOf(500, 5)).toBe(1_000)
  expect(await restOf(5_000, 0)).toBe(1_000)
})
