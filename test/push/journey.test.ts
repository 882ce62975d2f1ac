import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Account, call } from '../system/client.ts'
import { until } from '../until.ts'
import { openPushApp, type PushApp } from './app.ts'
import type { Browser } from './push-service.ts'

let app: PushApp
beforeAll(async () => {
  app = await openPushApp()
})
afterAll(async () => {
  await app.close()
  expect(app.service.wrong).toEqual([])
})

const pushed = (browser: Browser) => app.service.of(browser).map(({ payload }) => payload)
const types = (browser: Browser) => pushed(browser).map(({ type }) => type)
/** An open socket, past its `ready`. */
async function socketOf({ token }: Account): Promise<WebSocket> {
  const socket = new WebSocket(`${app.server.address.replace('http', 'ws')}/socket`)
  await new Promise((resolve) => socket.addEventListener('open', resolve, { once: true }))
  const ready = new Promise((resolve) => socket.addEventListener('message', resolve, { once: true }))
  socket.send(JSON.stringify({ op: 'hello', token }))
  await ready
  return socket
}

test('[W21] [W24] a mention reaches the browser of who has no socket, encrypted for it and signed by the installation', async () => {
  const [ann, ben] = [await app.person(), await app.person()]
  const browser = await app.subscribe(ann)
  const text = `Grüße 🎉 @${ann.handle}`
  const began = performance.now()
  const id = await app.send(ben, text)
  await until(() => app.service.of(browser).length > 0, 15_000)
  const [push] = app.service.of(browser)
  expect(push!.at - began).toBeLessThan(4_000)
  expect(push).toMatchObject({ urgency: 'normal', ttl: '86400' })
  expect(push!.topic).toMatch(/^[\w-]{32}$/)
  expect(push!.payload).toEqual({
    type: 'mention',
    user: { id: ben.id, handle: ben.handle, name: ben.handle },
    message: { id, text },
  })
})

test('[W21] all types come, to each browser those it asked for', async () => {
  const [ann, ben, cat] = [await app.person(), await app.person(), await app.person()]
  const [all, some, none] = [
    await app.subscribe(ann),
    await app.subscribe(await again(ann), { events: ['like', 'follow'] }),
    await app.subscribe(await again(ann), { events: [] }),
  ]
  await app.ask(ann, 'PUT', `/users/${cat.id}/follow`, { notify: true })
  const own = await app.send(ann, 'mine')
  const calls = [
    app.send(ben, `@${ann.handle}`),
    app.ask(ben, 'POST', '/send', { text: 'yes', replyTo: own }),
    app.ask(ben, 'POST', '/send', { boostOf: own }),
    app.ask(ben, 'PUT', `/messages/${own}/like`),
    app.ask(ben, 'PUT', `/users/${ann.id}/follow`, {}),
    app.send(cat, 'news'),
  ]
  await Promise.all(calls)
  await until(() => types(all).length === 6 && types(some).length === 2, 15_000)
  expect(types(all).sort()).toEqual(['boost', 'follow', 'like', 'mention', 'message', 'reply'])
  expect(types(some).sort()).toEqual(['follow', 'like'])
  expect(pushed(all).find(({ type }) => type === 'follow')).toEqual({
    type: 'follow',
    user: { id: ben.id, handle: ben.handle, name: ben.handle },
  })
  expect(pushed(all).find(({ type }) => type === 'like')!.message).toEqual({ id: own, text: 'mine' })
  expect(types(none)).toEqual([])
  const urgencies = app.service.of(all).map(({ payload, urgency, ttl }) => `${payload.type} ${urgency} ${ttl}`)
  expect(urgencies).toContain('like low 43200')
  expect(urgencies).toContain('reply normal 86400')
})

test('[W21] nothing comes while a socket is open, or after it was read; the next one comes once none is', async () => {
  const [ann, ben] = [await app.person(), await app.person()]
  const browser = await app.subscribe(ann)
  const sockets = [await socketOf(ann), await socketOf(ann)]
  await app.send(ben, `one @${ann.handle}`)
  await told()
  sockets[0]!.close()
  await app.send(ben, `two @${ann.handle}`)
  await told()
  sockets[1]!.close()
  await until(async () => (await app.metric('sockets')) === 0, 15_000)
  await app.send(ben, `three @${ann.handle}`)
  await until(async () => (await listed(ann)).notifications.length === 3)
  const { notifications } = await listed(ann)
  await app.ask(ann, 'PUT', '/notifications/read', { upTo: notifications[0]!.id })
  await told()
  await app.send(ben, `four @${ann.handle}`)
  await until(() => pushed(browser).length > 0, 15_000)
  await told()
  expect(pushed(browser).map(({ message }) => message!.text)).toEqual([`four @${ann.handle}`])
})

test('[W21] who is muted or blocked, and oneself, causes none; what is deleted meanwhile neither', async () => {
  const [ann, ben, cat, dan] = [await app.person(), await app.person(), await app.person(), await app.person()]
  const browser = await app.subscribe(ann)
  await app.ask(ann, 'PUT', `/users/${ben.id}/mute`)
  await app.ask(ann, 'PUT', `/users/${cat.id}/block`)
  for (const who of [ann, ben, cat]) await app.send(who, `@${ann.handle}`)
  const gone = await app.send(dan, `@${ann.handle}`)
  await app.ask(dan, 'DELETE', `/messages/${gone}`)
  await told()
  expect(pushed(browser)).toEqual([])
})

test('[W23] two hundred likes of one message are a few pushes, the last with how many', async () => {
  const ann = await app.person()
  const browser = await app.subscribe(ann)
  const own = await app.send(ann, 'liked by many')
  const fans = await Promise.all(Array.from({ length: 200 }, () => app.person()))
  for (const fan of fans) await app.ask(fan, 'PUT', `/messages/${own}/like`)
  const began = performance.now()
  await until(() => pushed(browser).at(-1)?.count === 200, 100_000)
  expect(performance.now() - began).toBeLessThan(75_000)
  expect(pushed(browser).length).toBeLessThanOrEqual(4)
  expect(new Set(app.service.of(browser).map(({ topic }) => topic)).size).toBe(1)
}, 180_000)

test('[W24] a long text is cut to what every push service takes', async () => {
  const [ann, ben] = [await app.person(), await app.person()]
  const browser = await app.subscribe(ann)
  const text = `@${ann.handle} ${'🎉'.repeat(2_500)}`
  await app.send(ben, text)
  await until(() => pushed(browser).length > 0, 15_000)
  const [push] = app.service.of(browser)
  expect(push!.bytes).toBeLessThanOrEqual(4_096)
  expect(push!.bytes).toBeGreaterThan(4_090)
  expect(text.startsWith(push!.payload.message!.text)).toBe(true)
})

test('[W22] [V16] subscriptions and the key outlive a restart; what waited for its time does not', async () => {
  const [ann, ben] = [await app.person(), await app.person()]
  const browser = await app.subscribe(ann)
  const key = async () => (await call<{ key: string }>(app.server.address, 'GET', '/push/key')).body.key
  const before = await key()
  expect(Buffer.from(before, 'base64url')).toHaveLength(65)
  await app.send(ben, `before @${ann.handle}`)
  await app.server.end('SIGKILL')
  await app.server.start()
  expect(await key()).toBe(before)
  await app.send(ben, `after @${ann.handle}`)
  // The one before comes too where its fan-out had not begun: it is told of after the restart.
  await until(() => pushed(browser).some(({ message }) => message!.text === `after @${ann.handle}`), 15_000)
  expect((await listed(ann)).notifications).toHaveLength(2)
})

/** Another token of that account. */
async function again(who: Account): Promise<Account> {
  const body = { handle: who.handle, password: 'correct horse battery' }
  const { token } = (await call<{ token: string }>(app.server.address, 'POST', '/sessions', { body })).body
  return { ...who, token }
}

async function listed(who: Account) {
  const { body } = await app.ask(who, 'GET', '/notifications')
  return body as unknown as { notifications: { id: string }[] }
}

/** Whatever was notified before has become a push, or will not: one that came later has. */
async function told(): Promise<void> {
  const [eve, fay] = [await app.person(), await app.person()]
  const browser = await app.subscribe(eve)
  await app.send(fay, `@${eve.handle}`)
  await until(() => pushed(browser).length > 0, 15_000)
}
