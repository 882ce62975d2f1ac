import { afterEach, expect, test } from 'bun:test'
import { pushJobsPerHostMax, pushTriesMax } from '../../src/core/limits.ts'
import type { OutgoingAnswer } from '../../src/ports/outgoing.ts'
import type { Push } from '../../src/services/push-request.ts'
import { createSendPushes, retryAfterMs } from '../../src/services/push-send.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'

const ending: AbortController[] = []
afterEach(() => {
  for (const end of ending) end.abort()
})

/** Sends to a push service that answers as it is told to. */
function sending(answer: (url: string) => OutgoingAnswer | Error | Promise<OutgoingAnswer>) {
  const clock = new MovableClock()
  const asked: { url: string; text: string; at: number }[] = []
  const removed: string[] = []
  const end = new AbortController()
  ending.push(end)
  const state = { wanted: true }
  const send = createSendPushes({
    makeRequest: async ({ text }) => ({ headers: { text }, body: new Uint8Array() }),
    outgoing: {
      async request(url, { headers }) {
        asked.push({ url, text: headers.text!, at: clock.now() })
        const found = await answer(url)
        if (found instanceof Error) throw found
        return found
      },
    },
    wanted: async () => state.wanted,
    remove: async ({ token }) => void removed.push(token),
    clock,
    chance: { number: () => 0.5 },
    observe() {},
    log: (problem, error) => {
      throw new Error(problem, { cause: error })
    },
  })
  void send.run(end.signal)
  return { ...send, clock, asked, removed, state }
}

const answered = (status: number, headers: Record<string, string> = {}): OutgoingAnswer => ({
  status,
  headers,
  body: new Uint8Array(),
})
const push = (token: string, text = 'text', topic = 'topic', host = 'push.example.org'): Push => ({
  subscription: {
    user: 1,
    token,
    signed: false,
    endpoint: `https://${host}/${token}`,
    p256dh: '',
    auth: '',
    types: [],
    at: 0,
  },
  type: 'mention',
  text,
  topic,
})

test(`[W25] no answer and 5xx are tried again ${pushTriesMax} times in all, after a pause twice as long each time`, async () => {
  let times = 0
  const { offer, clock, asked, stats } = sending(() => (++times % 2 === 0 ? answered(503) : new Error('no answer')))
  offer(push('a'))
  await until(async () => {
    await clock.pass(250)
    return stats().failed === 1
  })
  const pauses = asked.slice(1).map(({ at }, i) => at - asked[i]!.at)
  expect(pauses).toHaveLength(pushTriesMax - 1)
  for (const [i, pause] of pauses.entries()) {
    expect(pause).toBeGreaterThanOrEqual(7_500 * 2 ** i)
    expect(pause).toBeLessThan(7_500 * 2 ** i + 1_000)
  }
  expect(stats()).toEqual({ sent: 0, failed: 1, removed: 0, retried: pushTriesMax - 1, waiting: 0 })
})

test('[W25] Retry-After counts where it is later than the pause, up to an hour', async () => {
  let times = 0
  const { offer, clock, asked, stats } = sending(() => {
    times++
    return times < 3 ? answered(429, { 'retry-after': times === 1 ? '120' : '7200' }) : answered(201)
  })
  offer(push('a'))
  await until(async () => {
    await clock.pass(1_000)
    return stats().failed === 1
  })
  expect(asked).toHaveLength(2)
  expect(asked[1]!.at - asked[0]!.at).toBeGreaterThanOrEqual(120_000)
  expect(asked[1]!.at - asked[0]!.at).toBeLessThan(123_000)
})

test('Retry-After is seconds or a date, and whatever else it is counts as none', () => {
  const now = Date.parse('2026-01-01T00:00:00Z')
  const cases = [
    undefined,
    '5',
    '0',
    'Thu, 01 Jan 2026 00:01:00 GMT',
    'Wed, 31 Dec 2025 00:00:00 GMT',
    'soon',
    '-5',
    '',
  ]
  expect(cases.map((value) => retryAfterMs(value, now))).toEqual([0, 5_000, 0, 60_000, 0, 0, 0, 0])
})

test('[W25] 404 and 410 end the subscription, at the first try and at a later one', async () => {
  let times = 0
  const { offer, clock, removed, stats } = sending((url) =>
    url.endsWith('a') ? answered(410) : ++times < 2 ? answered(500) : answered(404),
  )
  offer(push('a'))
  offer(push('b'))
  await until(async () => {
    await clock.pass(250)
    return removed.length === 2
  })
  await until(() => stats().waiting === 0)
  expect(removed.sort()).toEqual(['a', 'b'])
  expect(stats()).toMatchObject({ removed: 2, failed: 0, sent: 0 })
})

test('[W25] what is not wanted any more is not tried again', async () => {
  const { offer, clock, asked, stats, state } = sending(() => answered(500))
  offer(push('a'))
  await until(() => asked.length === 1)
  state.wanted = false
  await until(async () => {
    await clock.pass(1_000)
    return stats().waiting === 0
  })
  expect(asked).toHaveLength(1)
})

test('[W24] of one subscription and topic only the newest waits', async () => {
  let times = 0
  const { offer, clock, asked, stats } = sending(() => (++times === 1 ? answered(500) : answered(201)))
  offer(push('a', 'one'))
  await until(() => stats().retried === 1)
  offer(push('a', 'two'))
  offer(push('a', 'three'))
  offer(push('a', 'other', 'another topic'))
  await until(async () => {
    await clock.pass(250)
    return stats().waiting === 0
  })
  expect(asked.map(({ text }) => text)).toEqual(['one', 'other', 'three'])
  expect(stats()).toMatchObject({ sent: 2, failed: 0 })
})

test('[W26] what is more than may wait for one host is given up, and others’ go on', async () => {
  const { offer, asked, stats } = sending(async (url) => {
    if (url.includes('hangs')) await new Promise(() => {})
    return answered(201)
  })
  for (let i = 0; i < pushJobsPerHostMax + 10; i++) offer(push(`h${i}`, 'text', 'topic', 'hangs.example.org'))
  expect(stats().failed).toBe(9)
  for (let i = 0; i < 50; i++) offer(push(`g${i}`))
  await until(() => stats().sent === 50)
  expect(asked.filter(({ url }) => url.includes('hangs'))).toHaveLength(1)
})

test('[W25] what had to wait for its turn goes only where it is still wanted', async () => {
  const { offer, clock, asked, stats, state } = sending(async () => {
    await until(() => !state.wanted)
    return answered(201)
  })
  offer(push('a', 'one'))
  offer(push('a', 'two', 'another topic'))
  await clock.pass(5_000)
  state.wanted = false
  await until(() => stats().waiting === 0)
  expect(asked.map(({ text }) => text)).toEqual(['one'])
})
