import { expect, test } from 'bun:test'
import { memoryStore } from '../../sdk/browser.ts'
import { orMemory } from './fallback.ts'

test('a store that works is used', async () => {
  const inner = memoryStore()
  await orMemory(inner).set({ a: '1' })
  expect([...(await inner.all(''))]).toEqual([['a', '1']])
})

test('in place of one that does not, memory', async () => {
  const no = async () => {
    throw new DOMException('denied', 'SecurityError')
  }
  const store = orMemory({ all: no, set: no, clear: no })
  await store.set({ a: '1' })
  expect([...(await store.all(''))]).toEqual([['a', '1']])
})
