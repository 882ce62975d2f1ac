import { expect, test } from 'bun:test'
import { draftOf, forgetDrafts, keepDraft } from './draft-store.ts'

/** As `localStorage`; `room`: how many entries it takes. */
function storage(room = 1_000): Storage {
  const entries = new Map<string, string>()
  return {
    get length() {
      return entries.size
    },
    key: (i: number) => [...entries.keys()][i] ?? null,
    getItem: (key: string) => entries.get(key) ?? null,
    removeItem: (key: string) => void entries.delete(key),
    clear: () => entries.clear(),
    setItem(key: string, value: string) {
      if (entries.size >= room) throw new DOMException('full', 'QuotaExceededError')
      entries.set(key, value)
    },
  }
}

test('each place has its draft, until it is empty', () => {
  const store = storage()
  keepDraft(store, undefined, 'at home')
  keepDraft(store, '12', 'a reply')
  expect([draftOf(store, undefined), draftOf(store, '12'), draftOf(store, '13')]).toEqual(['at home', 'a reply', ''])
  keepDraft(store, '12', '')
  expect([draftOf(store, '12'), store.length]).toEqual(['', 1])
})

test('one goes beyond fifty, and no other key is touched', () => {
  const store = storage()
  store.setItem('theme', 'dark')
  for (let i = 0; i < 60; i++) keepDraft(store, String(i), `draft ${i}`)
  expect([draftOf(store, '9'), draftOf(store, '10'), store.length]).toEqual(['', 'draft 10', 51])
  forgetDrafts(store)
  expect([store.length, store.getItem('theme')]).toEqual([1, 'dark'])
})

test('a device without room keeps no draft, and nothing breaks', () => {
  const store = storage(0)
  keepDraft(store, undefined, 'text')
  expect(draftOf(store, undefined)).toBe('')
})
