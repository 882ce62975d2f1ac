import { expect, test } from 'bun:test'
import { requestsPerTurn, requestsTurnMs } from '../../src/core/limits.ts'
import { createTurns } from '../../src/gateway/turns.ts'
import { until } from '../until.ts'

const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve))

test('[S6] what comes to a turn that lasts too long waits for the next ones, in order, some at a time', async () => {
  const turns = createTurns()
  expect(turns.over(1_000)).toBe(false)
  expect(turns.over(1_000 + requestsTurnMs)).toBe(false)
  expect(turns.over(1_001 + requestsTurnMs)).toBe(true)

  const begun: number[] = []
  const all = Array.from({ length: 2 * requestsPerTurn + 1 }, (_, i) =>
    turns.later(2_000 + i, async () => {
      begun.push(i)
      return i
    }),
  )
  // Nobody is served before those who wait.
  expect(turns.over(1_000)).toBe(true)
  expect([begun.length, turns.waiting, turns.waitedMs(2_250)]).toEqual([0, all.length, 250])
  await nextTurn()
  expect([begun.length, turns.waitedMs(2_250)]).toEqual([requestsPerTurn, 250 - requestsPerTurn])
  expect(await Promise.all(all)).toEqual(all.map((_, i) => i))
  expect(begun).toEqual(all.map((_, i) => i))
  expect([turns.waiting, turns.waitedMs(9_999)]).toEqual([0, 0])
  await until(() => !turns.over(5_000))
})

test('what fails later fails as it would at once', async () => {
  const turns = createTurns()
  turns.over(0)
  const failed = turns.later(0, () => Promise.reject(new Error('mine'))).catch((error: Error) => error.message)
  expect(await failed).toBe('mine')
})
