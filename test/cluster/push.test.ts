import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openPushService, type PushService } from '../push/push-service.ts'
import { type Account, call, signUp } from '../system/client.ts'
import type { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { FrameSocket } from './frames.ts'
import { Installation } from './processes.ts'

const installation = new Installation()
let gateway: ServerProcess
let other: ServerProcess
let service: PushService
let key = ''

beforeAll(async () => {
  const private_ = ['--allow-private-push']
  gateway = await installation.start('gateway,publish', private_)
  other = await installation.start('gateway,publish', private_)
  await installation.start('fanout')
  await installation.start('notify', private_)
  await installation.start('notify', private_)
  key = (await call<{ key: string }>(gateway.address, 'GET', '/push/key')).body.key
  service = openPushService(() => key)
}, 240_000)
afterAll(async () => {
  await installation.remove()
  await service.close()
  expect(service.wrong).toEqual([])
}, 60_000)

const send = (who: Account, text: string) =>
  call(gateway.address, 'POST', '/send', { token: who.token, body: { text } })
async function subscribed(who: Account) {
  const browser = service.browser()
  const { endpoint, keys } = browser
  await call(other.address, 'PUT', '/push', { token: who.token, body: { endpoint, keys } })
  return { browser, texts: () => service.of(browser).map(({ payload }) => payload.message!.text) }
}

test('[W21] [V16] all processes have one key; pushes come once, when no gateway has a socket, from those with the role notify', async () => {
  expect((await call<{ key: string }>(other.address, 'GET', '/push/key')).body.key).toBe(key)
  const [ann, ben, eve] = [
    await signUp(gateway.address, 'ann'),
    await signUp(gateway.address, 'ben'),
    await signUp(gateway.address, 'eve'),
  ]
  const [anns, eves] = [await subscribed(ann), await subscribed(eve)]
  // Presence is unknown, which counts as online, until it was kept for a while.
  const offline = async (who: Account, texts: () => string[]) => {
    for (let i = 0; texts().length === 0; i++) {
      await send(ben, `@${who.handle} ${i}`)
      await until(() => texts().length > 0, 5_000).catch(() => {})
      if (i > 40) throw new Error(`${who.handle} is never told`)
    }
  }
  await offline(ann, anns.texts)
  await offline(eve, eves.texts)

  const socket = await FrameSocket.open(other.address, ann.token)
  const before = anns.texts().length
  await send(ben, '@ann online')
  // A later one has come: that one was passed over.
  await send(ben, '@eve witness')
  await until(() => eves.texts().includes('@eve witness'), 10_000)
  await until(() => socket.frames.some((frame) => 'notification' in frame), 10_000)
  expect(anns.texts()).toHaveLength(before)

  socket.close()
  await until(async () => /^rookery_sockets 0$/m.test(await (await fetch(`${other.address}/metrics`)).text()), 10_000)
  await send(ben, '@ann offline')
  await until(() => anns.texts().includes('@ann offline'), 10_000)
  await send(ben, '@eve later')
  await until(() => eves.texts().includes('@eve later'), 10_000)
  expect(anns.texts().filter((text) => text === '@ann offline')).toHaveLength(1)
  expect(anns.texts()).not.toContain('@ann online')
}, 400_000)
