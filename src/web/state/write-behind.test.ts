import { expect, test } from 'bun:test'
import { type Changes, memoryStore } from '../../sdk/browser.ts'
import { writeBehind } from './write-behind.ts'

function counted() {
  const inner = memoryStore()
  const sets: Changes[] = []
  return {
    sets,
    store: writeBehind(
      {
        ...inner,
        set(changes) {
          sets.push(changes)
          return inner.set(changes)
        },
      },
      60_000,
    ),
  }
}

test('many changes are one write, the last of each key, and reading sees them', async () => {
  const { store, sets } = counted()
  for (let i = 0; i < 100; i++) await store.set({ cursor: String(i), [`message:${i}`]: 'x' })
  await store.set({ 'message:7': undefined })
  expect(sets).toEqual([])
  const all = await store.all('message:')
  expect([all.size, all.has('message:7'), sets.length]).toEqual([99, false, 1])
  expect(sets[0]!.cursor).toBe('99')
})

test('what waits to be sent is written at once, with all that was changed before', async () => {
  const { store, sets } = counted()
  await store.set({ cursor: '1' })
  await store.set({ 'outbox:k': '{}' })
  expect(sets).toEqual([{ cursor: '1', 'outbox:k': '{}' }])
})

test('nothing that was cleared comes back', async () => {
  const { store } = counted()
  await store.set({ cursor: '1' })
  await store.clear()
  await store.flush()
  expect([...(await store.all(''))]).toEqual([])
})
