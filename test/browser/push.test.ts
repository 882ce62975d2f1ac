import { expect } from 'bun:test'
import type { Page } from 'playwright-core'
import { composer } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite()

/** Hands a push to the page's service worker, as the browser does with one that has come. */
async function pushTo(page: Page): Promise<(data: string) => Promise<void>> {
  const session = await page.context().newCDPSession(page)
  const found = new Promise<string>((resolve) => {
    session.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
      const own = registrations.find(({ scopeURL, isDeleted }) => scopeURL.startsWith(site.address) && !isDeleted)
      if (own) resolve(own.registrationId)
    })
  })
  await session.send('ServiceWorker.enable')
  const registrationId = await found
  return async (data) => {
    await session.send('ServiceWorker.deliverPushMessage', { origin: site.address, registrationId, data })
  }
}

/** The notifications that are shown at the moment, title and text. */
const shown = (page: Page) =>
  page.evaluate(`navigator.serviceWorker.ready
    .then((registration) => registration.getNotifications())
    .then((all) => all.map(({ title, body }) => title + ': ' + body).sort())`) as Promise<string[]>

journey('a push that comes to the service worker becomes a notification, in words', async (visit) => {
  const { page } = await visit({ at: site, as: await site.person('bob'), permissions: ['notifications'] })
  await page.goto(site.address)
  await composer(page).waitFor()
  await page.evaluate('navigator.serviceWorker.ready.then(() => {})')
  const push = await pushTo(page)
  const user = { id: '1', handle: 'ann', name: 'Ann <b>' }
  await push(JSON.stringify({ type: 'mention', user, message: { id: '12345', text: 'Are you there, @bob?' } }))
  await becomes(() => shown(page), ['Ann <b> mentioned you: Are you there, @bob?'])
  // What cannot be read is shown as something: browsers take the right away otherwise.
  await push('{"type":')
  await becomes(async () => (await shown(page)).length, 2)
  expect((await shown(page)).join()).not.toMatch(/undefined|null|\[object/)
})
