import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { HotCopy, type HotCopyEntry } from './hot-copy.ts'

/** What a copy must answer, in plain arrays. */
class Model {
  entries: HotCopyEntry[] = []
  head = 0
  forgotten = 0

  add(entry: HotCopyEntry) {
    if (this.entries.some((present) => present.position === entry.position)) return
    this.entries = [...this.entries, entry].sort((a, b) => a.position - b.position)
    this.head = Math.max(this.head, entry.position)
  }
  forget(below: number) {
    for (const { id } of this.entries) if (id < below) this.forgotten = Math.max(this.forgotten, id)
    this.entries = this.entries.filter(({ id }) => id >= below)
  }
  page(below: number, wanted: (author: number) => boolean, limit: number) {
    return this.entries
      .filter((entry) => entry.id < below && wanted(entry.author))
      .map((entry) => entry.id)
      .sort((a, b) => b - a)
      .slice(0, limit)
  }
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ id: fc.integer({ min: 1, max: 200 }), author: fc.nat(3), crossed: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ below: fc.integer({ min: 1, max: 200 }) }) },
)

test('agrees with plain arrays, whatever is added and forgotten', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), fc.nat(90), fc.nat(200), (steps, from, below) => {
      const [copy, model] = [new HotCopy(0, 0), new Model()]
      const used = new Set<number>()
      let position = 0
      for (const each of steps) {
        if ('below' in each) {
          copy.forget(each.below)
          model.forget(each.below)
        } else if (!used.has(each.id)) {
          used.add(each.id)
          position += 1
          copy.add({ position, ...each })
          model.add({ position, ...each })
        }
      }
      expect([copy.head, copy.forgotten]).toEqual([model.head, model.forgotten])
      expect(copy.oldest).toBe(model.entries[0]?.position ?? model.head + 1)
      expect(copy.after(from, 7)).toEqual(model.entries.filter((entry) => entry.position > from).slice(0, 7))
      const odd = (author: number) => author % 2 === 1
      expect(copy.page(below, odd, 5)).toEqual(model.page(below, odd, 5))
      for (const entry of model.entries) expect(copy.find(entry.id, entry.author)).toEqual(entry)
      expect(copy.find(777, 1)).toBeUndefined()
    }),
    { numRuns: 300 },
  )
})

test('entries that come from the newest to the oldest find their places', () => {
  const copy = new HotCopy(0, 0)
  for (let position = 700; position > 0; position--)
    copy.add({ position, id: position * 10, author: 1, crossed: false })
  expect(copy.after(0, 1_000).map((entry) => entry.position)).toEqual(Array.from({ length: 700 }, (_, i) => i + 1))
  expect(copy.head).toBe(700)
})
