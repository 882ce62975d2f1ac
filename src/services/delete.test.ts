import { expect, test } from 'bun:test'
import { idAt } from '../core/ids.ts'
import { createRemoveMessage } from './delete.ts'

const now = Date.UTC(2026, 0, 1)

/** Deletes a message of author 1 dated `aheadMs` after this process's clock; how long that waits. */
async function waited(aheadMs: number, clocksApartMs: number): Promise<number> {
  const id = idAt(now + aheadMs)
  let slept = 0
  let deletedAfter = -1
  const removeMessage = createRemoveMessage({
    messages: {
      many: async () => [{ id, author: 1, body: '' }],
      async delete() {
        deletedAfter = slept
        return true
      },
    },
    activity: { put: async () => {} },
    bodies: { remove() {} },
    bus: { publish() {} },
    tellResponses: async () => {},
    ids: { take: async () => idAt(now + slept), settle() {} },
    clock: {
      now: () => now + slept,
      async sleep(ms) {
        slept += ms
      },
    },
    clocksApartMs,
    mediaGone: async () => {},
  })
  await removeMessage({ id, author: 1 })
  return deletedAfter
}

test('a message is deleted once every clock is past its id, so that its author’s next one has a larger id', async () => {
  expect(await waited(500, 2_000)).toBe(2_501)
  expect(await waited(-1_999, 2_000)).toBe(2)
  expect(await waited(-2_001, 2_000)).toBe(0)
})

test('where there is but one clock nothing waits', async () => {
  expect(await waited(0, 0)).toBe(0)
})
