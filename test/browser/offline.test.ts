import { expect } from 'bun:test'
import type { BrowserContext, Page } from 'playwright-core'
import { action, card, composer, goTo, toast } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite()

/** What the browser itself logs when there is no network. */
const networkLines = [/ERR_INTERNET_DISCONNECTED/, /ERR_CONNECTION/, /ERR_FAILED/, /WebSocket connection/]

/** Waits until the service worker stands between the page and the network. */
async function installed(page: Page): Promise<void> {
  await page.evaluate('navigator.serviceWorker.ready.then(() => {})')
  await becomes(() => page.evaluate('navigator.serviceWorker.controller !== null'), true)
}

async function setOffline(context: BrowserContext, offline: boolean): Promise<void> {
  await context.setOffline(offline)
}

/** All that the page keeps in this browser, as JSON. */
const held = (page: Page) =>
  page.evaluate(`(async () => {
    const rows = []
    for (const { name, version } of await indexedDB.databases()) {
      const db = await new Promise((done, failed) => {
        const opening = indexedDB.open(name, version)
        opening.onsuccess = () => done(opening.result)
        opening.onerror = () => failed(opening.error)
      })
      for (const store of db.objectStoreNames) {
        rows.push(...(await new Promise((done, failed) => {
          const all = db.transaction(store).objectStore(store).getAll()
          all.onsuccess = () => done(all.result)
          all.onerror = () => failed(all.error)
        })))
      }
      db.close()
    }
    return JSON.stringify(rows)
  })()`) as Promise<string>

journey('offline: the timeline opens from the cache, and a banner says so', async (visit) => {
  const [ann, bob] = [await site.person('ann'), await site.person('bob')]
  await site.follow(bob, ann)
  for (let i = 1; i <= 5; i++) await site.send(ann, `Cached ${i}`)
  const { page, complaints } = await visit({ at: site, as: bob })
  complaints.foresee(...networkLines)
  await page.goto(site.address)
  await card(page, 'Cached 5').waitFor()
  await installed(page)
  await becomes(async () => (await held(page)).includes('Cached 5'), true)
  await setOffline(page.context(), true)
  await page.reload()
  await card(page, 'Cached 5').waitFor()
  await page.getByText('You are offline. This is what was here last.').waitFor()
  expect(await page.getByRole('article').count()).toBe(5)

  // Meanwhile: afterwards the newest page is asked for once, over what is held.
  await site.send(ann, 'While you were away')
  const asked: string[] = []
  page.on('request', (request) => {
    if (request.url().includes('/fetch')) asked.push(request.url())
  })
  await setOffline(page.context(), false)
  await card(page, 'While you were away').waitFor()
  await becomes(() => page.getByText('You are offline').count(), 0)
  expect(asked.filter((url) => !url.includes('since='))).toEqual([`${site.address}/fetch?length=40`])
  expect(await page.getByRole('article').count()).toBe(6)
})

journey('a message written offline waits in sight, survives a reload, and goes out once', async (visit) => {
  const cleo = await site.person('cleo')
  const { page, complaints } = await visit({ at: site, as: cleo })
  complaints.foresee(...networkLines)
  await page.goto(site.address)
  await composer(page).waitFor()
  await installed(page)
  await setOffline(page.context(), true)
  await composer(page).fill('Written in a tunnel')
  await composer(page).press('Control+Enter')
  await page
    .getByText(/[Ww]aits? for the network/)
    .first()
    .waitFor()
  expect(await composer(page).inputValue()).toBe('')
  await page.reload()
  await page.getByText('Written in a tunnel').first().waitFor()
  const fetched = async () => {
    const { messages } = await site.ask<{ messages: { text: string }[] }>(cleo, 'GET', '/fetch')
    return messages.map(({ text }) => text)
  }
  expect(await fetched()).toEqual([])
  await setOffline(page.context(), false)
  await becomes(fetched, ['Written in a tunnel'])
  await becomes(() => page.getByText(/[Ww]aits? for the network/).count(), 0)
  await page.reload()
  await card(page, 'Written in a tunnel').waitFor()
  expect(await card(page, 'Written in a tunnel').count()).toBe(1)
  expect(await fetched()).toEqual(['Written in a tunnel'])
})

journey('a session that was ended while the page was closed leaves nothing to read on the device', async (visit) => {
  const [hal, gil, eva] = [await site.person('hal'), await site.person('gil'), await site.person('eva')]
  await site.follow(gil, hal)
  await site.send(hal, 'For your eyes only')
  const { page, complaints } = await visit({ at: site, as: gil })
  complaints.foresee(...networkLines, /status of 401/)
  await page.goto(site.address)
  await card(page, 'For your eyes only').waitFor()
  await composer(page).fill('Half a thought')
  await installed(page)
  await becomes(async () => (await held(page)).includes('For your eyes only'), true)
  await page.goto('about:blank')
  await site.ask(gil, 'DELETE', '/sessions')
  await page.goto(site.address)
  await toast(page, 'You were logged out.').waitFor()
  await becomes(async () => (await held(page)).includes('For your eyes only'), false)
  await setOffline(page.context(), true)
  await page.goto(site.address)
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  expect(await page.evaluate('localStorage.me')).toBeUndefined()
  expect(await page.evaluate('JSON.stringify(localStorage)')).toContain('Half a thought')

  // The draft is for whoever wrote it.
  await setOffline(page.context(), false)
  await page.getByLabel('Handle').fill(eva.handle)
  await page.getByLabel('Password', { exact: true }).fill('correct horse battery')
  await page.keyboard.press('Enter')
  await composer(page).waitFor()
  expect(await composer(page).inputValue()).toBe('')
  expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('Half a thought')
})

journey(
  'offline, a message opens from what is held, and what cannot be had says so at once and comes by itself',
  async (visit) => {
    const [ike, jan] = [await site.person('ike'), await site.person('jan')]
    await site.follow(jan, ike)
    await site.send(ike, 'Read me underground')
    const { page, complaints } = await visit({ at: site, as: jan })
    complaints.foresee(...networkLines)
    await page.goto(site.address)
    await card(page, 'Read me underground').waitFor()
    await installed(page)
    await setOffline(page.context(), true)
    const like = action(card(page, 'Read me underground'), 'Like')
    // Far less than the tries of a call last while there is a network.
    const soon = { timeout: 3_000 }
    await like.click()
    await toast(page, 'The like did not go through.').waitFor(soon)
    expect(await like.getAttribute('aria-pressed')).toBe('false')

    await card(page, 'Read me underground').locator('.card-time').click()
    await page.locator('article.main').filter({ hasText: 'Read me underground' }).waitFor(soon)
    await page.locator('.replies').getByText('cannot be reached').waitFor(soon)
    await setOffline(page.context(), false)
    await page.getByText('No replies yet').waitFor()
  },
)

journey('what was deleted meanwhile leaves the cache, and log out empties it', async (visit) => {
  const [dan, eve] = [await site.person('dan'), await site.person('eve')]
  await site.follow(eve, dan)
  const kept = await site.send(dan, 'This stays')
  const gone = await site.send(dan, 'This goes')
  const { page, complaints } = await visit({ at: site, as: eve })
  complaints.foresee(...networkLines, /status of 401/)
  await page.goto(site.address)
  await card(page, 'This goes').waitFor()
  await becomes(async () => (await held(page)).includes('This goes'), true)
  await installed(page)
  await setOffline(page.context(), true)
  await site.ask(dan, 'DELETE', `/messages/${gone.id}`)
  await setOffline(page.context(), false)
  await becomes(() => card(page, 'This goes').count(), 0)
  await becomes(async () => (await held(page)).includes('This goes'), false)
  await setOffline(page.context(), true)
  await page.reload()
  await card(page, 'This stays').waitFor()
  expect(await card(page, 'This goes').count()).toBe(0)
  expect(kept.id).not.toBe(gone.id)
  await setOffline(page.context(), false)
  await goTo(page, 'Settings')
  await page.getByRole('region', { name: 'Account' }).getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  expect(await held(page)).not.toContain('This stays')
})

journey('two tabs: what one wrote and the other sent stands in both once, and waits in neither', async (visit) => {
  const fay = await site.person('fay')
  const { page: writer, complaints } = await visit({ at: site, as: fay })
  complaints.foresee(/status of 401/)
  const sender = await writer.context().newPage()
  for (const page of [writer, sender]) {
    await page.goto(site.address)
    await composer(page).waitFor()
  }
  // The writer's own try fails for now: the other tab finds the message in the outbox that both share.
  await writer.route('**/send', (route) => route.fulfill({ status: 401 }))
  await composer(writer).fill('Written here')
  await composer(writer).press('Control+Enter')
  await writer.locator('article.pending').waitFor()
  await composer(sender).fill('Sent there')
  await composer(sender).press('Control+Enter')
  for (const page of [writer, sender]) {
    await becomes(() => card(page, 'Written here').count(), 1)
    await becomes(() => page.locator('article.pending').count(), 0)
  }
})
