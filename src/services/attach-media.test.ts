import { describe, expect, test } from 'bun:test'
import { idAt } from '../core/ids.ts'
import { type MediaRecord, unused } from '../ports/media.ts'
import { createAttachMedia } from './attach-media.ts'

const now = Date.UTC(2026, 0, 1)
const message = idAt(now)
const other = idAt(now - 1_000)

/** Uploads in memory, by what they are used for; each answer takes a turn of the event loop. */
function uploads(...uses: number[]) {
  const used = new Map(uses.map((use, i) => [`m${i}`, use]))
  const record = (id: string) => ({ id, use: used.get(id) }) as MediaRecord
  const { attach } = createAttachMedia({
    media: {
      one: async (id) => record(id),
      async pass(id, from, to) {
        if (used.get(id) !== from) return false
        used.set(id, to)
        return true
      },
    },
    messages: { many: async (ids) => ids.map((id) => ({ id, author: 1, body: '' })) },
    clock: { now: () => now },
  })
  return { attach: (...ids: string[]) => attach(ids.map(record), message), uses: () => [...used.values()] }
}

describe('two tries with one Idempotency-Key, so of one message', () => {
  test('at once: both give it the same uploads', async () => {
    const { attach, uses } = uploads(unused, unused)
    await Promise.all([attach('m0', 'm1'), attach('m0', 'm1')])
    expect(uses()).toEqual([message, message])
  })

  test('a later one that is refused takes none from the first', async () => {
    const { attach, uses } = uploads(unused, unused, other)
    await attach('m0', 'm1')
    await expect(attach('m0', 'm2')).rejects.toMatchObject({ code: 'invalid', field: 'media[1]' })
    expect(uses()).toEqual([message, message, other])
  })
})

test('a refused message leaves what it was given to others', async () => {
  const { attach, uses } = uploads(unused, other)
  await expect(attach('m0', 'm1')).rejects.toMatchObject({ code: 'invalid', field: 'media[1]' })
  expect(uses()).toEqual([unused, other])
})
