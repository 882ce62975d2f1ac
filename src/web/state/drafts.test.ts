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

/** Two tabs of one browser. */
function tabs() {
  const shared = storage()
  return [
    { own: storage(), shared },
    { own: storage(), shared },
  ] as const
}

test('each place has its draft, until it is empty', () => {
  const [tab] = tabs()
  keepDraft(tab, undefined, 'at home')
  keepDraft(tab, '12', 'a reply')
  expect([draftOf(tab, undefined), draftOf(tab, '12'), draftOf(tab, '13')]).toEqual(['at home', 'a reply', ''])
  keepDraft(tab, '12', '')
  expect([draftOf(tab, '12'), tab.shared.length, tab.own.length]).toEqual(['', 1, 1])
})

test('what is typed and sent or cleared in one tab takes nothing from another', () => {
  const [a, b] = tabs()
  keepDraft(a, undefined, 'long text in A')
  keepDraft(b, undefined, 'x')
  keepDraft(b, undefined, '')
  expect(draftOf(a, undefined)).toBe('long text in A')
  keepDraft(b, undefined, 'in B')
  keepDraft(a, undefined, '')
  expect([draftOf(b, undefined), b.shared.getItem('draft:')]).toEqual(['in B', 'in B'])
})

test('the next tab goes on with what was typed last, and takes it away once it is sent', () => {
  const [closed, next] = tabs()
  keepDraft(closed, undefined, 'unfinished')
  keepDraft(next, undefined, draftOf(next, undefined))
  expect(draftOf(next, undefined)).toBe('unfinished')
  keepDraft(next, undefined, '')
  expect([draftOf(next, undefined), next.shared.length]).toEqual(['', 0])
})

test('one goes beyond fifty, and no other key is touched', () => {
  const [tab] = tabs()
  tab.shared.setItem('theme', 'dark')
  for (let i = 0; i < 60; i++) keepDraft(tab, String(i), `draft ${i}`)
  expect([draftOf(tab, '9'), draftOf(tab, '10'), tab.shared.length]).toEqual(['', 'draft 10', 51])
  forgetDrafts(tab.shared)
  expect([tab.shared.length, tab.shared.getItem('theme')]).toEqual([1, 'dark'])
})

test('a device without room keeps no draft, and nothing breaks', () => {
  const full = { own: storage(0), shared: storage(0) }
  keepDraft(full, undefined, 'text')
  expect(draftOf(full, undefined)).toBe('')
})
