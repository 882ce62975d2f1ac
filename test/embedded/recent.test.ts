import { expect, test } from 'bun:test'
import { RecentMessages } from '../../src/engines/embedded/recent.ts'
import { UserNumbers } from '../../src/engines/embedded/user-numbers.ts'

const endless = Number.MAX_SAFE_INTEGER
/** The smallest ring there is: one slab. */
const slabEntries = 65_536

/** Numbers that look random and are the same each time. */
function random(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

function users(count: number): { numbers: UserNumbers; ids: number[] } {
  const numbers = new UserNumbers()
  const ids = Array.from({ length: count }, (_, i) => 1_000 + i * 7)
  ids.forEach((id, i) => {
    numbers.add(i + 1, id)
  })
  return { numbers, ids }
}

/** All messages by author, kept plainly; answers what the ring must answer for ids above its reach. */
class Model {
  readonly #all = new Map<number, number>()

  add(author: number, id: number): void {
    this.#all.set(id, author)
  }

  remove(id: number): void {
    this.#all.delete(id)
  }

  get ids(): number[] {
    return [...this.#all.keys()]
  }

  author(id: number): number | undefined {
    return this.#all.get(id)
  }

  of(authors: Float64Array, below: number, above: number): number[] {
    const among = new Set(authors)
    return [...this.#all]
      .filter(([id, author]) => id < below && id > above && among.has(author))
      .map(([id]) => id)
      .sort((a, b) => b - a)
  }
}

function compare(ring: RecentMessages, model: Model, authors: Float64Array, bounds: number[], limit: number): void {
  for (const bound of bounds) {
    const down = ring.newest(authors, bound, 0, limit)
    const read = authors.filter((author) => !down.unread.includes(author))
    expect(down.ids).toEqual(model.of(read, bound, ring.reach).slice(0, limit))

    const above = Math.max(bound, ring.reach)
    const up = ring.upward(authors, above, limit)
    const walked = authors.filter((author) => !up.unread.includes(author))
    expect(up.ids).toEqual(model.of(walked, endless, above).reverse().slice(0, limit))

    expect(ring.newest(authors, endless, above, limit).ids).toEqual(model.of(authors, endless, above).slice(0, limit))
  }
}

test('the ring agrees with a plain list while a scan fills its back, messages come in front, and some are deleted', () => {
  for (const seed of [1, 2, 3]) {
    const next = random(seed)
    const { numbers, ids } = users(40)
    // Some authors are nobody's users, as in tests of single ports.
    const authors = [...ids, 5, 6]
    const model = new Model()
    const earlier: [number, number][] = []
    for (let id = 10_000; id > 2_000; id -= 1 + next(3)) earlier.push([id, authors[next(authors.length)]!])
    const ring = new RecentMessages(numbers, 0, earlier[0]![0])
    let scanned = 0
    let newest = 10_001
    for (let step = 0; step < 6_000; step++) {
      const choice = next(10)
      if (choice < 4 && scanned < earlier.length) {
        const [id, author] = earlier[scanned++]!
        model.add(author, id)
        expect(ring.appendOlder(author, id, 'pushed')).toBe(true)
      } else if (choice < 8) {
        // Now and then one comes late, below its author's newest.
        newest += 5
        const id = next(20) === 0 && newest > 10_100 ? newest - 5 * next(12) - 1 : newest
        const author = authors[next(authors.length)]!
        if (model.author(id) !== undefined) continue
        model.add(author, id)
        ring.append(author, id, 'pushed')
        ring.append(author, id, 'pushed')
      } else if (choice === 8) {
        const all = model.ids
        if (all.length === 0) continue
        const id = all[next(all.length)]!
        ring.remove(model.author(id)!, id)
        model.remove(id)
      } else if (step % 7 === 0) {
        const some = Float64Array.from({ length: 1 + next(12) }, () => authors[next(authors.length)]!)
        const once = Float64Array.from(new Set(some))
        compare(ring, model, once, [endless, newest - next(3_000), 2_000 + next(9_000)], 1 + next(60))
      }
    }
    while (scanned < earlier.length) {
      const [id, author] = earlier[scanned++]!
      model.add(author, id)
      ring.appendOlder(author, id, 'pushed')
    }
    ring.endScan(0)
    expect(ring.reach).toBe(0)
    compare(ring, model, Float64Array.from(authors), [endless, 9_000], 500)
  }
})

test('a full ring drops the oldest, says how far it reaches, and ends the scan', () => {
  const next = random(7)
  const { numbers, ids } = users(25)
  const model = new Model()
  const first = 1_000_000
  const ring = new RecentMessages(numbers, 0, first)
  const scanned = 40_000
  for (let id = first; id > first - scanned; id--) {
    const author = ids[next(ids.length)]!
    model.add(author, id)
    expect(ring.appendOlder(author, id, 'pushed')).toBe(true)
  }
  let newest = first
  const some = Float64Array.from(ids.slice(0, 5))
  while (newest < first + 2.5 * slabEntries) {
    newest += 1
    // Late ones, so that slots and ids are not in the same order.
    const id = newest % 5_000 === 0 ? newest - 1_500.5 : newest
    const author = ids[next(ids.length)]!
    model.add(author, id)
    ring.append(author, id, 'pushed')
    if (newest % 37_777 === 0) compare(ring, model, some, [endless, newest - 10_000], 100)
  }
  expect(ring.full).toBe(true)
  expect(ring.appendOlder(ids[0]!, first - scanned, 'pushed')).toBe(false)
  expect(ring.reach).toBeGreaterThan(newest - slabEntries - 2_000)
  expect(ring.reach).toBeLessThanOrEqual(newest - slabEntries + 20)
  compare(ring, model, some, [endless, newest - 30_000, newest - slabEntries], 200)
})

test('a page that lies deep under one author’s many messages is left to the database', () => {
  const { numbers, ids } = users(2)
  const ring = new RecentMessages(numbers, 0, 0)
  for (let id = 1; id <= 10_000; id++) ring.append(ids[0]!, id, 'pushed')
  ring.append(ids[1]!, 10_001, 'pushed')
  const both = Float64Array.from(ids)
  expect(ring.newest(both, 5_000, 0, 3)).toEqual({ ids: [], unread: [ids[0]!] })
  expect(ring.upward(both, 10, 3)).toEqual({ ids: [10_001], unread: [ids[0]!] })
  expect(ring.newest(both, endless, 0, 3).ids).toEqual([10_001, 10_000, 9_999])
})
