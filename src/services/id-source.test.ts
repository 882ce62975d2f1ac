import { expect, test } from 'bun:test'
import { timeOf } from '../core/ids.ts'
import { createIdSource } from './id-source.ts'

test('an id’s own millisecond lies before the lease’s end, and none is given at it or after', async () => {
  let now = Date.UTC(2026, 0, 1)
  let end = now + 2
  const clock = { now: () => now, sleep: async () => void now++ }
  const ids = createIdSource({ clock, node: 3, largestId: 0, leaseEnd: () => end })
  for (let i = 0; i < 100; i++) expect(timeOf(await ids.take())).toBeLessThan(end)
  now = end
  await expect(ids.take()).rejects.toMatchObject({ code: 'unavailable', retryAfterSeconds: 1 })
  end = now + 1
  expect(timeOf(await ids.take())).toBe(now)
  // One that must lie above another’s id waits into the time that is not leased.
  await expect(ids.take((await ids.take()) + 4096)).rejects.toMatchObject({ code: 'unavailable' })
})
