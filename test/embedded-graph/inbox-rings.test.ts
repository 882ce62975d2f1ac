import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { inboxIdsMin } from '../../src/core/limits.ts'
import { InboxRings } from '../../src/engines/embedded/inbox-rings.ts'

/** All that was ever put into one inbox; the rings may hold less, and must say so by `floor` and `oldest`. */
interface Model {
  readonly epoch: number
  builder: number | undefined
  readonly arrivals: number[]
  lastPosition: number | undefined
  readonly all: Set<number>
  /** The floor given; else the floor is one of `all`. */
  floor: number
}

const readers = [1, 2, 20_000] as const
const ids = fc.integer({ min: 1, max: 3_000 })
const reader = fc.constantFrom(...readers)
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ op: fc.constant('deliver' as const), id: ids, count: fc.integer({ min: 1, max: 120 }) }),
  },
  { weight: 3, arbitrary: fc.record({ op: fc.constant('create' as const), reader, late: fc.boolean() }) },
  {
    weight: 3,
    arbitrary: fc.record({
      op: fc.constant('complete' as const),
      reader,
      ids: fc.array(ids, { maxLength: 600 }),
      floor: ids,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      op: fc.constant('backfill' as const),
      reader,
      ids: fc.array(ids, { maxLength: 40 }),
      floor: fc.oneof(fc.constant(0), ids),
    }),
  },
  { weight: 1, arbitrary: fc.record({ op: fc.constant('forget' as const), reader }) },
)

test('rings give what a plain model gives, above the floor and from the oldest arrival on', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const rings = new InboxRings(0)
      // Online readers are reported, so the model hears of every append, also while an inbox is being built.
      for (const r of readers) rings.setOnline(r, true, 0)
      const models = new Map<number, Model>()
      let epochs = 1_000_000
      for (const s of steps) {
        if (s.op === 'deliver') {
          for (let id = s.id; id < s.id + s.count; id++) deliver(rings, models, id)
        } else if (s.op === 'create') {
          const before = models.get(s.reader)
          epochs++
          const found = rings.create(s.reader, epochs, epochs * 10, s.late ? 501 : 500, 500)
          if (before === undefined) expect(found).toBe('created')
          else if (before.builder === undefined) expect(found).toBe('ready')
          else expect(found).toBe(s.late ? 'created' : 'building')
          if (found === 'created') models.set(s.reader, emptyModel(epochs, epochs * 10))
        } else if (s.op === 'complete') {
          const m = models.get(s.reader)
          const given = s.ids.sort((a, b) => b - a)
          expect(rings.complete(s.reader, m?.epoch ?? 1, 7, given, 5)).toBe(false)
          expect(rings.complete(s.reader, 999_999, m?.builder ?? 1, given, 5)).toBe(false)
          const done = rings.complete(s.reader, m?.epoch ?? 1, m?.builder ?? 1, given, s.floor)
          expect(done).toBe(m?.builder !== undefined)
          if (m === undefined || !done) continue
          m.builder = undefined
          m.floor = Math.max(m.floor, s.floor)
          for (const id of given) m.all.add(id)
        } else if (s.op === 'backfill') {
          const m = models.get(s.reader)
          rings.backfill(s.reader, s.ids, s.floor)
          if (m === undefined) continue
          m.floor = Math.max(m.floor, s.floor)
          for (const id of s.ids) m.all.add(id)
        } else {
          rings.forget(s.reader)
          models.delete(s.reader)
        }
        for (const r of readers) compare(rings, r, models.get(r))
      }
      expect(rings.stats.inboxes).toBe(models.size)
      for (const r of readers) rings.forget(r)
      expect(rings.stats.chunks).toBe(0)
    }),
    { numRuns: 100 },
  )
})

function emptyModel(epoch: number, builder: number): Model {
  return { epoch, builder, arrivals: [], lastPosition: undefined, all: new Set(), floor: 0 }
}

function deliver(rings: InboxRings, models: Map<number, Model>, id: number): void {
  const reached: number[] = []
  rings.deliver(id, Uint32Array.from([...readers, 3, 90_000]), reached)
  for (const [r, m] of models) {
    const at = reached.indexOf(r)
    if (at < 0) {
      if (!m.all.has(id)) throw new Error(`${id} was not appended`)
      continue
    }
    if (reached[at + 1] !== m.epoch) throw new Error('another epoch')
    const position = reached[at + 2]!
    if (m.lastPosition !== undefined && position !== m.lastPosition + 1) throw new Error('a gap in the positions')
    m.lastPosition = position
    m.arrivals.push(id)
    m.all.add(id)
  }
  for (let i = 0; i < reached.length; i += 3) if (!models.has(reached[i]!)) throw new Error('delivered to nobody')
}

function compare(rings: InboxRings, r: number, m: Model | undefined): void {
  const head = rings.head(r, 0)
  if (m === undefined || m.builder !== undefined) {
    expect(head).toBeUndefined()
    expect(rings.page(r, 9_999, 10, 0)).toBeUndefined()
    expect(rings.after(r, m?.epoch ?? 1, 0, 10, 0)).toBeUndefined()
    return
  }
  if (head === undefined) throw new Error('a ready inbox does not answer')
  expect(head.epoch).toBe(m.epoch)
  if (m.lastPosition !== undefined) expect(head.position).toBe(m.lastPosition)
  expect(head.floor === m.floor || (head.floor > m.floor && m.all.has(head.floor))).toBe(true)

  const held = head.position - head.oldest + 1
  expect(held).toBeGreaterThanOrEqual(Math.min(m.arrivals.length, inboxIdsMin))
  const arrivals = m.arrivals.slice(m.arrivals.length - held)
  expect(rings.after(r, m.epoch, head.oldest - 1, 1_000, 0)?.ids).toEqual(arrivals)
  expect(rings.after(r, m.epoch, head.oldest - 1, 5, 0)?.ids).toEqual(arrivals.slice(0, 5))
  expect(rings.after(r, m.epoch, head.position, 5, 0)?.ids).toEqual([])
  expect(rings.after(r, m.epoch, head.oldest - 2, 5, 0)).toBeUndefined()
  expect(rings.after(r, m.epoch, head.position + 1, 5, 0)).toBeUndefined()
  expect(rings.after(r, m.epoch + 1, head.position, 5, 0)).toBeUndefined()

  const above = [...m.all].filter((id) => id > head.floor).sort((a, b) => b - a)
  expect(rings.page(r, Number.POSITIVE_INFINITY, 1_000, 0)?.ids).toEqual(above)
  const below = above[above.length >> 1] ?? 1_500
  expect(rings.page(r, below, 20, 0)?.ids).toEqual(above.filter((id) => id < below).slice(0, 20))
  if (above.length > 0) expect(head.largest).toBeGreaterThanOrEqual(above[0]!)
}

test('an exhausted pool forgets inboxes of offline readers who did not read for long', () => {
  const rings = new InboxRings(0)
  const all = Uint32Array.from({ length: 10_000 }, (_, i) => i + 1)
  for (const r of all) {
    rings.create(r, r, 1, r, 0)
    rings.complete(r, r, 1, [], 0)
    if (r <= 100) rings.setOnline(r, true, 0)
  }
  for (let id = 1; id <= 40; id++) rings.deliver(id, all, [])
  expect(rings.stats.evicted).toBe(10_000 - rings.stats.inboxes)
  expect(rings.stats.inboxes).toBe(8_191)
  let oldKept = 0
  let newKept = 0
  for (const r of all) {
    const page = rings.page(r, Number.POSITIVE_INFINITY, 3, 0)
    if (page !== undefined) expect(page.ids).toEqual([40, 39, 38])
    if (r <= 100) expect(page).toBeDefined()
    else if (r <= 5_000) oldKept += page ? 1 : 0
    else newKept += page ? 1 : 0
  }
  expect(oldKept).toBeLessThan(newKept)
})

test('with every reader online, an exhausted pool forgets the inbox that needs the memory, and nothing else', () => {
  const rings = new InboxRings(0)
  const all = Uint32Array.from({ length: 9_000 }, (_, i) => i + 1)
  for (const r of all) {
    rings.create(r, r, 1, r, 0)
    rings.complete(r, r, 1, [], 0)
    rings.setOnline(r, true, 0)
  }
  rings.deliver(5, all, [])
  expect(rings.stats.inboxes).toBe(8_191)
  for (const r of all) expect(rings.page(r, 9, 3, 0)?.ids ?? [5]).toEqual([5])
})

test('dormant inboxes are forgotten, those of online readers kept', () => {
  const rings = new InboxRings(0)
  for (const r of [1, 2, 3, 20_000]) {
    rings.create(r, r, 1, 100, 200)
    rings.complete(r, r, 1, [], 0)
  }
  rings.setOnline(1, true, 100)
  rings.head(2, 150)
  expect(rings.forgetDormant(150, 0)).toEqual({ count: 1, next: 16_384 })
  expect(rings.forgetDormant(150, 16_384)).toEqual({ count: 1, next: undefined })
  expect([1, 2, 3, 20_000].map((r) => rings.head(r, 150) !== undefined)).toEqual([true, true, false, false])
})
