import { expect } from 'bun:test'
import { resolve } from 'node:path'
import type { Page } from 'playwright-core'
import type { Event, Rookery } from '../../src/sdk/browser.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite()
const door = resolve(import.meta.dir, '../../src/sdk/browser.ts')

/** What the page keeps between two steps of a test. */
interface Bench {
  location: { origin: string }
  sdk: typeof import('../../src/sdk/browser.ts')
  client: Rookery
  events: Event[]
}

/** A page of the site itself with the SDK in it, and a client on the browser's database. */
async function load(page: Page): Promise<void> {
  const built = await Bun.build({ entrypoints: [door], target: 'browser' })
  const code = await built.outputs[0]!.text()
  await page.route('**/sdk-under-test.js', (route) => route.fulfill({ body: code, contentType: 'text/javascript' }))
  await page.goto(`${site.address}/docs`)
  await start(page)
}

async function start(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const bench = globalThis as unknown as Bench
    bench.sdk = await import('/sdk-under-test.js' as string)
    const { indexedDbStore, Rookery } = bench.sdk
    bench.client = new Rookery({ url: bench.location.origin, store: indexedDbStore('under-test') })
    bench.events = []
  })
}

/** Streams from now on, into the page's list. */
function listen(page: Page): Promise<void> {
  return page.evaluate(() => {
    const bench = globalThis as unknown as Bench
    void (async () => {
      for await (const event of bench.client.stream()) bench.events.push(event)
    })()
  })
}

function texts(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    (globalThis as unknown as Bench).events.flatMap((event) => (event.type === 'message' ? [event.message.text] : [])),
  )
}

function types(page: Page, type: string): Promise<number> {
  return page.evaluate(
    (type) => (globalThis as unknown as Bench).events.filter((event) => event.type === type).length,
    type,
  )
}

journey('by cookie alone: live, held in the database through a reload, gone after a log-out', async (visit) => {
  const ben = await site.person('ben_sdk')
  const { page } = await visit({ at: site })
  await load(page)
  expect(
    await page.evaluate(async (ben) => {
      const { client } = globalThis as unknown as Bench
      await client.signUp({ handle: 'ann_sdk', password: 'correct horse' })
      await client.follow(ben)
      await client.fetch()
      return { token: client.token, handle: (await client.me()).handle }
    }, ben.id),
  ).toEqual({ token: undefined, handle: 'ann_sdk' })

  await listen(page)
  await becomes(() => types(page, 'online'), 1)
  await site.send(ben, 'one')
  await becomes(() => texts(page), ['one'])
  const stored = () =>
    page.evaluate(
      async () => (await (globalThis as unknown as Bench).sdk.indexedDbStore('under-test').all('held:')).size,
    )
  await becomes(stored, 1)

  await page.reload()
  await site.send(ben, 'two')
  await start(page)
  const cached = () =>
    page.evaluate(async () => (await (globalThis as unknown as Bench).client.cached()).messages.map(({ text }) => text))
  expect(await cached()).toEqual(['one'])
  await listen(page)
  await becomes(() => texts(page), ['two'])
  expect(await cached()).toEqual(['two', 'one'])

  await page.evaluate(() => (globalThis as unknown as Bench).client.logOut())
  const left = () =>
    page.evaluate(async () => (await (globalThis as unknown as Bench).sdk.indexedDbStore('under-test').all('')).size)
  await becomes(left, 0)
})

journey('written offline in two tabs, each message goes out once', async (visit) => {
  const cid = await site.person('cid_sdk')
  const first = await visit({ at: site, as: cid })
  await load(first.page)
  const second = await first.page.context().newPage()
  await load(second)
  for (const page of [first.page, second]) await listen(page)
  for (const page of [first.page, second]) await becomes(() => types(page, 'online'), 1)

  first.complaints.foresee(/ERR_INTERNET_DISCONNECTED/)
  await first.page.context().setOffline(true)
  for (const [i, page] of [first.page, second, first.page].entries()) {
    await page.evaluate(async (i) => void (await (globalThis as unknown as Bench).client.queueSend(`n${i}`)), i)
  }
  const waiting = () => second.evaluate(async () => (await (globalThis as unknown as Bench).client.outbox()).length)
  expect(await waiting()).toBe(3)
  await first.page.context().setOffline(false)
  await Promise.all(
    [first.page, second].map((page) => page.evaluate(() => (globalThis as unknown as Bench).client.flushOutbox())),
  )
  const published = async () => {
    const { messages } = await site.ask<{ messages: { text: string }[] }>(cid, 'GET', `/users/${cid.id}/messages`)
    return messages.map(({ text }) => text)
  }
  await becomes(published, ['n2', 'n1', 'n0'])
  for (const page of [first.page, second]) await becomes(() => texts(page), ['n0', 'n1', 'n2'])
  expect(await waiting()).toBe(0)
})
