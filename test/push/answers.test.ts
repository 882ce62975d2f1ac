import { afterAll, beforeAll, expect, test } from 'bun:test'
import { createServer, type Socket } from 'node:net'
import { until } from '../until.ts'
import { openPushApp, type PushApp } from './app.ts'
import { browserKeys } from './browser.ts'

let app: PushApp
beforeAll(async () => {
  app = await openPushApp(['--rate-limits', 'off'])
})
afterAll(async () => {
  await app.close()
  expect(app.service.wrong).toEqual([])
})

async function mentioned() {
  const [ann, ben] = [await app.person(), await app.person()]
  const browser = await app.subscribe(ann)
  return { ann, browser, mention: () => app.send(ben, `secret words @${ann.handle}`) }
}

for (const status of [404, 410]) {
  test(`[W25] ${status} ends the subscription`, async () => {
    const { browser, mention } = await mentioned()
    const [removed, other] = [await app.metric('push_removed_total'), await mentioned()]
    app.service.answer((asked) => new Response(null, { status: asked === browser ? status : 201 }))
    await mention()
    await until(async () => (await app.metric('push_removed_total')) > removed, 15_000)
    await mention()
    await other.mention()
    await until(() => app.service.of(other.browser).length > 0)
    expect(app.service.of(browser)).toHaveLength(1)
    app.service.answer()
  })
}

for (const status of [429, 503]) {
  test(`[W25] ${status} is tried again after Retry-After`, async () => {
    const { browser, mention } = await mentioned()
    let times = 0
    app.service.answer(() => {
      const more = ++times < 2
      return new Response(null, more ? { status, headers: { 'retry-after': '7' } } : { status: 201 })
    })
    const [sent, retried] = [await app.metric('push_sent_total'), await app.metric('push_retried_total')]
    await mention()
    await until(() => app.service.of(browser).length === 2, 20_000)
    const [first, second] = app.service.of(browser)
    expect(second!.at - first!.at).toBeGreaterThan(5_000)
    expect(second!.payload).toEqual(first!.payload)
    await until(async () => (await app.metric('push_waiting')) === 0)
    expect(await app.metric('push_sent_total')).toBe(sent + 1)
    expect(await app.metric('push_retried_total')).toBe(retried + 1)
    app.service.answer()
  }, 30_000)
}

test('[W25] who has come back meanwhile is not told again', async () => {
  const { ann, browser, mention } = await mentioned()
  app.service.answer(() => new Response(null, { status: 500 }))
  await mention()
  await until(() => app.service.of(browser).length === 1, 15_000)
  await app.ask(ann, 'DELETE', '/push')
  app.service.answer()
  await until(async () => (await app.metric('push_waiting')) === 0, 20_000)
  expect(app.service.of(browser)).toHaveLength(1)
}, 30_000)

test('[W25] a redirect is not followed, what is refused for good is given up, and the subscription stays', async () => {
  for (const answer of [
    () => Response.redirect(`${app.service.origin}/elsewhere`, 307),
    () => new Response('no', { status: 400 }),
    () => new Response(null, { status: 413 }),
  ]) {
    const { browser, mention } = await mentioned()
    const failed = await app.metric('push_failed_total')
    app.service.answer(answer)
    await mention()
    await until(async () => (await app.metric('push_failed_total')) > failed, 15_000)
    app.service.answer()
    await mention()
    await until(() => app.service.of(browser).length === 2, 15_000)
  }
})

test('[W26] endpoints that hang delay nobody else', async () => {
  const sockets = new Set<Socket>()
  const hanging = createServer((socket) => void sockets.add(socket.on('error', () => {}).resume()))
  await new Promise<void>((resolve) => hanging.listen(0, '127.0.0.1', resolve))
  const { port } = hanging.address() as { port: number }
  const [ann, ben] = [await app.person(), await app.person()]
  // Forty hosts, as their names say.
  for (let i = 0; i < 40; i++) {
    const hung = await app.person()
    const endpoint = `http://127.0.0.${i + 1}:${port}/push`
    const body = { endpoint: i === 0 ? endpoint : `http://h${i}.localhost:${port}/push`, keys: browserKeys().keys }
    expect((await app.ask(hung, 'PUT', '/push', body)).status).toBe(200)
    await app.send(ben, `@${hung.handle}`)
  }
  await until(() => sockets.size > 0)
  const browser = await app.subscribe(ann)
  const began = performance.now()
  await app.send(ben, `@${ann.handle}`)
  await until(() => app.service.of(browser).length > 0)
  expect(performance.now() - began).toBeLessThan(3_000)
  for (const socket of sockets) socket.destroy()
  hanging.close()
}, 30_000)

test('[W29] neither log nor metrics name endpoints, keys or what was written', async () => {
  const metrics = await (await fetch(`${app.server.address}/metrics`)).text()
  const said = app.server.errors + metrics
  expect(said.length).toBeGreaterThan(1_000)
  const secrets = app.service.received.flatMap(({ browser: { endpoint, keys }, payload }) => [
    new URL(endpoint).pathname,
    keys.auth,
    keys.p256dh,
    payload.message!.text,
  ])
  expect(secrets.length).toBeGreaterThan(0)
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([])
})
