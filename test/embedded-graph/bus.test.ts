import { expect, test } from 'bun:test'
import { EmbeddedBus } from '../../src/engines/embedded/bus.ts'
import type { BusEvent } from '../../src/ports/bus.ts'

const hot = (position: number): BusEvent => ({ kind: 'hot', position })

test('events arrive in order, at the gateway they are for, never inside the publisher', async () => {
  const bus = new EmbeddedBus(() => {})
  const a: BusEvent[] = []
  const b: BusEvent[] = []
  bus.subscribe('a', (event) => a.push(event))
  const leave = bus.subscribe('b', (event) => b.push(event))
  bus.publish('a', hot(1))
  bus.publish('all', hot(2))
  bus.publish('b', hot(3))
  bus.publish('c', hot(4))
  expect(a).toEqual([])
  await Promise.resolve()
  expect(a).toEqual([hot(1), hot(2)])
  expect(b).toEqual([hot(2), hot(3)])
  bus.publish('all', hot(5))
  leave()
  await Promise.resolve()
  expect(a).toHaveLength(3)
  expect(b).toHaveLength(2)
})

test('what a subscriber throws is reported and stops nobody', async () => {
  const errors: unknown[] = []
  const bus = new EmbeddedBus((error) => errors.push(error))
  const seen: BusEvent[] = []
  bus.subscribe('a', () => {
    throw new Error('planted')
  })
  bus.subscribe('a', (event) => {
    seen.push(event)
    if (seen.length === 1) bus.publish('a', hot(2))
  })
  bus.publish('a', hot(1))
  await Promise.resolve()
  await Promise.resolve()
  expect(seen).toEqual([hot(1), hot(2)])
  expect(errors).toHaveLength(2)
})
