import { afterEach, expect, test } from 'bun:test'
import type { Id, UserId } from '../../src/core/ids.ts'
import { pushBurst, pushEveryMs } from '../../src/core/limits.ts'
import type { NotificationType } from '../../src/core/notification-types.ts'
import type { PushPayload } from '../../src/core/wire-push.ts'
import { createMemoryEngine } from '../../src/engines/memory/index.ts'
import { makeUser, takeId } from '../../src/ports/support.contract.ts'
import { createPushNotifications } from '../../src/services/push.ts'
import type { Push } from '../../src/services/push-request.ts'
import { MovableClock } from '../contract/clock.ts'
import { until } from '../until.ts'

const ending: AbortController[] = []
afterEach(() => {
  for (const end of ending) end.abort()
})

/** One reader with a browser, on the memory engine; each notification is shown as its row. */
async function pushing(limited = true) {
  const clock = new MovableClock()
  const engine = createMemoryEngine({ clock })
  const { notifications } = engine
  const [reader, user] = [await makeUser(engine.users), await makeUser(engine.users)]
  const token = '0'.repeat(64)
  const rest = { endpoint: 'https://push.example.org/1', p256dh: '', auth: '', at: 0, signed: false }
  const types: NotificationType[] = ['mention', 'reply', 'like', 'boost', 'follow', 'message']
  await engine.push.put({ ...rest, user: reader, token, types })
  const offered: Push[] = []
  const state = { alive: true }
  const pushes = createPushNotifications({
    ...engine,
    async shown(of, id) {
      const [row] = await notifications.list(of, id - 1, id + 1, 1)
      return (
        row &&
        JSON.stringify({
          type: row.type,
          user: { id: `${row.user}` },
          message: { id: `${row.subject}`, text: '' },
          read: false,
        })
      )
    },
    lives: async () => state.alive,
    withdrawn: () => false,
    offer: (push) => void offered.push(push),
    limited,
    clock,
    log: (problem, error) => {
      throw new Error(problem, { cause: error })
    },
  })
  const end = new AbortController()
  ending.push(end)
  void pushes.run(end.signal)
  // It leads from now on.
  await clock.pass(0)

  async function notify(type: NotificationType, subject: Id = takeId(), by: UserId = user): Promise<void> {
    const rows = await notifications.add([{ reader, type, subject, id: takeId(), user: by, at: takeId() }])
    pushes.hear({ kind: 'notified', to: rows.flatMap(({ id }) => [reader, id]) })
  }
  const told = () => offered.map(({ text }) => JSON.parse(text) as PushPayload)
  return { ...engine, clock, reader, notify, told, state, pushes, offered }
}

/** Lets `ms` pass, in steps that a round fits into. */
async function pass({ clock }: { clock: MovableClock }, ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += 250) await clock.pass(250)
}

test('[W23] the same thing is told of ever more seldom, another one at once', async () => {
  const app = await pushing()
  const message = takeId()
  const at: number[] = []
  const began = app.clock.now()
  for (let i = 0; i < 600; i++) {
    await app.notify('like', message, 1_000 + i)
    await pass(app, 500)
    while (at.length < app.offered.length) at.push(app.clock.now() - began)
  }
  // 300 s: after 1 s, 30, 60 and 120 s later.
  expect(at).toHaveLength(4)
  for (const [i, pause] of [30, 60, 120].entries()) {
    expect(at[i + 1]! - at[i]!).toBeGreaterThanOrEqual(pause * 1_000)
    expect(at[i + 1]! - at[i]!).toBeLessThan(pause * 1_000 + 3_000)
  }
  await app.notify('mention')
  await pass(app, 2_000)
  expect(app.told().at(-1)!.type).toBe('mention')
})

test('[W23] beyond a reader’s rate what waits goes by type, the newest with how many', async () => {
  const app = await pushing()
  for (let i = 0; i < pushBurst + 40; i++) await app.notify(i % 2 ? 'mention' : 'reply')
  await pass(app, 1_500)
  expect(app.told().map(({ type, count }) => `${type} ${count}`)).toEqual(['mention 25', 'reply 25'])
  for (let i = 0; i < pushBurst; i++) {
    await app.notify('mention')
    await pass(app, 1_500)
  }
  // Eight were left.
  expect(app.told()).toHaveLength(pushBurst)
  await pass(app, pushEveryMs)
  expect(app.told()).toHaveLength(pushBurst + 1)
  expect(app.told().at(-1)).toMatchObject({ type: 'mention', count: 2 })
})

test('[W23] without rate limits each goes for itself', async () => {
  const app = await pushing(false)
  for (let i = 0; i < 30; i++) await app.notify('mention')
  await pass(app, 1_500)
  expect(app.told()).toHaveLength(30)
})

test('[W21] who is online, or came back before it was time, is told nothing', async () => {
  const app = await pushing()
  await app.notify('mention')
  await app.inbox.online(app.reader, 'gateway')
  await pass(app, 2_000)
  await app.inbox.offline(app.reader, 'gateway')
  await pass(app, 2_000)
  expect(app.told()).toEqual([])
  await app.notify('mention')
  await pass(app, 2_000)
  expect(app.told()).toHaveLength(1)
})

test('[W27] the subscription of a dead token is removed instead of being used', async () => {
  const app = await pushing()
  const [subscription] = await app.push.of(app.reader)
  expect(await app.pushes.wanted(subscription!)).toBe(true)
  app.state.alive = false
  await app.notify('mention')
  await until(async () => {
    await pass(app, 250)
    return (await app.push.of(app.reader)).length === 0
  })
  expect(app.told()).toEqual([])
  expect(await app.pushes.wanted(subscription!)).toBe(false)
})
