import { expect, test } from 'bun:test'
import { Ring } from './ring.ts'

test('what a ring had no room for is remembered, though its floor sinks', () => {
  const ring = new Ring(1, 2)
  for (const id of [10, 20, 30, 40]) ring.append(id)
  expect([ring.head().floor, ring.dropped]).toEqual([20, 20])
  ring.lower(ring.head(), [20, 10], 0)
  expect([ring.head().floor, ring.dropped]).toEqual([20, 20])
  ring.lower(ring.head(), [], 0)
  expect([ring.head().floor, ring.dropped]).toEqual([0, 20])
})
