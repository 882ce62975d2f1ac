import { expect } from 'bun:test'
import type { Page } from 'playwright-core'
import { composer } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite(['--allow-private-push'])

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

/** As the system does when the notification that is shown is pressed; it also lets the page come to the front. */
async function press(page: Page): Promise<void> {
  await page
    .context()
    .serviceWorkers()[0]!
    .evaluate(`self.registration.getNotifications().then(([notification]) => {
    self.dispatchEvent(new NotificationEvent('notificationclick', { notification }))
  })`)
}

journey('a press on a notification leads to what it tells of, in the page that is open', async (visit) => {
  const ann = await site.person('annie')
  const { id } = await site.send(ann, 'Are you there, @bill?')
  const { page } = await visit({ at: site, as: await site.person('bill'), permissions: ['notifications'] })
  await page.goto(site.address)
  await composer(page).waitFor()
  await page.evaluate('navigator.serviceWorker.ready.then(() => {})')
  const push = await pushTo(page)
  const user = { id: ann.id, handle: 'annie', name: 'Annie' }
  await push(JSON.stringify({ type: 'mention', user, message: { id, text: 'Are you there, @bill?' } }))
  await becomes(async () => (await shown(page)).length, 1)
  await press(page)
  await becomes(() => new URL(page.url()).pathname, `/@annie/${id}`)
  await page.getByText('Are you there,').first().waitFor()
  expect(await shown(page)).toEqual([])
})

/** In place of the browser's own push service, which is another host's. */
async function ownPushService(page: Page): Promise<void> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDH', namedCurve: 'P-256' }, true, ['deriveBits'])
  const point = Buffer.from(await crypto.subtle.exportKey('raw', pair.publicKey)).toString('base64url')
  const auth = Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url')
  const given = { endpoint: 'https://127.0.0.1:9/push/1', keys: { p256dh: point, auth } }
  await page.addInitScript(`{
    let held = null
    const made = { ...${JSON.stringify(given)}, toJSON: () => (${JSON.stringify(given)}) }
    made.unsubscribe = async () => ((held = null), true)
    PushManager.prototype.subscribe = async () => (held = made)
    PushManager.prototype.getSubscription = async () => held
  }`)
}

journey('push is switched on and off in the settings, and the server knows', async (visit) => {
  const ann = await site.person('ann')
  const { page } = await visit({ at: site, as: ann, permissions: ['notifications'] })
  await ownPushService(page)
  await page.goto(`${site.address}/settings`)
  const asked: string[] = []
  page.on('response', (response) => {
    const { method, url } = { method: response.request().method(), url: new URL(response.url()) }
    if (url.pathname === '/push') asked.push(`${method} ${response.status()}`)
  })
  const toggle = page.getByRole('switch', { name: 'Notifications on this device' })
  await becomes(() => toggle.isEnabled(), true)
  await toggle.click()
  await becomes(() => toggle.isChecked(), true)
  await toggle.click()
  await becomes(() => toggle.isChecked(), false)
  expect(asked).toEqual([expect.stringMatching(/^PUT 20\d$/), 'DELETE 204'])
})

journey('where the browser’s push service cannot be reached, the settings say what to do', async (visit) => {
  const { page, complaints } = await visit({ at: site, as: await site.person('far'), permissions: ['notifications'] })
  // What a browser says whose profile has no disk.
  complaints.foresee(/does not support the Push API in incognito/)
  await page.goto(`${site.address}/settings`)
  const toggle = page.getByRole('switch', { name: 'Notifications on this device' })
  await becomes(() => toggle.isEnabled(), true)
  await toggle.click()
  await page.getByText('The browser’s push service did not answer.').waitFor()
  expect(await toggle.isChecked()).toBe(false)
})
