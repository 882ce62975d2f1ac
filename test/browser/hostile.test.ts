/** Fields full of what wants to be markup or a script: shown as what was typed, everywhere, and nothing of it runs. */
import { beforeAll, expect } from 'bun:test'
import type { Page } from 'playwright-core'
import type { Account } from '../system/client.ts'
import { card, composer, look } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'
import { overrides, payloads, traces } from './payloads.ts'

const site = openSite()

/** Code points of a name, as the server takes them. */
const nameMax = 100

/** One for each payload, with it as their name and in their bio. */
const attackers: Account[] = []
beforeAll(async () => {
  for (const [i, payload] of payloads.entries()) {
    const attacker = await site.person(`attacker_${i}`)
    await site.ask(attacker, 'PATCH', '/users/me', { name: cut(payload), bio: payload })
    attackers.push(attacker)
  }
})

const cut = (payload: string) => [...payload].slice(0, nameMax).join('')

async function isClean(page: Page): Promise<void> {
  expect(await page.evaluate(traces)).toEqual([])
}

/** Goes to a path without a load, as the browser's own buttons do. */
async function goWithin(page: Page, path: string): Promise<void> {
  const there = JSON.stringify(path)
  await page.evaluate(
    `history.pushState({ key: ${there} }, '', ${there}), dispatchEvent(new PopStateEvent('popstate'))`,
  )
  await page.locator('h1, h2').first().waitFor()
}

/** Scrolls down until all of them stood on the page word for word, and nothing of them was ever more than words. */
async function everyOne(page: Page, wanted: readonly string[]): Promise<void> {
  const missing = new Set(wanted)
  await page.mouse.move(400, 400)
  await becomes(async () => {
    const text = (await page.getByRole('main').textContent())!
    for (const one of missing) if (text.includes(one) || text.includes(shortened(one))) missing.delete(one)
    await isClean(page)
    await page.mouse.wheel(0, 1_500)
    return [...missing]
  }, [])
}

/** Links are shown without what all of them begin with. */
const shortened = (text: string) => text.replaceAll(/https?:\/\//g, '')

journey('texts: every payload is shown word for word on the timeline, and again after it was typed', async (visit) => {
  const [ann, bob] = [await site.person('hostile'), await site.person('reader')]
  await site.follow(bob, ann)
  for (const payload of payloads) await site.send(ann, payload)
  const { page } = await visit({ at: site, as: bob })
  await page.goto(site.address)
  await everyOne(page, payloads)
  await page.mouse.wheel(0, -1e6)
  await composer(page).fill(payloads.join('\n'))
  await composer(page).press('Control+Enter')
  await card(page, payloads[0]!).first().waitFor()
  await isClean(page)
})

journey('names and bios: on the profile, on messages, in notifications and lists', async (visit) => {
  const victim = await site.person('victim')
  for (const attacker of attackers) {
    await site.follow(attacker, victim)
    await site.send(attacker, '@victim look')
  }
  const { page } = await visit({ at: site, as: victim })
  // The list has the bios too.
  await page.goto(`${site.address}/@victim/followers`)
  await everyOne(page, [...payloads.map(cut), ...payloads])
  await page.goto(`${site.address}/inbox`)
  await everyOne(page, payloads.map(cut))
  for (const [i, payload] of payloads.entries()) {
    await goWithin(page, `/@${attackers[i]!.handle}`)
    await everyOne(page, [payload, cut(payload)])
  }
})

journey('what stands in the address: a search, a handle, a place that is not', async (visit) => {
  const { page, complaints } = await visit({ at: site, as: await site.person('visitor') })
  complaints.foresee(/status of 4\d\d/)
  await page.goto(`${site.address}/explore`)
  const search = page.getByRole('main').getByRole('searchbox', { name: 'Search' })
  for (const payload of payloads) {
    await search.fill(payload)
    await search.press('Enter')
    await becomes(() => new URL(page.url()).searchParams.get('query'), payload)
    await isClean(page)
    await goWithin(page, `/@${encodeURIComponent(payload)}`)
    await isClean(page)
    await goWithin(page, `/explore?query=@${encodeURIComponent(payload)}`)
    await isClean(page)
  }
  for (const payload of payloads.filter((_, i) => i % 7 === 0)) {
    await page.goto(`${site.address}/${encodeURIComponent(payload)}?query=${encodeURIComponent(payload)}#${payload}`)
    await page.locator('h1, h2').first().waitFor()
    await isClean(page)
  }
  // Beyond what an id can be.
  await page.goto(`${site.address}/@visitor/9999999999999999`)
  await page.getByRole('heading', { name: 'This message is gone' }).waitFor()
  await page.goto(`${site.address}/login?to=${encodeURIComponent('//elsewhere.example/')}`)
  await composer(page).waitFor()
  expect(page.url()).toStartWith(site.address)
})

journey('reasons of reports, as a moderator reads them', async (visit) => {
  const [moderator, bad] = [await site.person('moderator'), await site.person('reported')]
  await site.moderate(moderator)
  for (const [i, reason] of payloads.entries())
    await site.ask(attackers[i]!, 'POST', '/reports', { user: bad.id, reason })
  const { page } = await visit({ at: site, as: moderator })
  await page.goto(`${site.address}/moderation`)
  await everyOne(page, payloads)
})

journey('a name that turns the direction of writing turns nothing beside it', async (visit) => {
  const reader = await site.person('upright')
  for (const [i, name] of overrides.entries()) {
    const turned = await site.person(`turned_${i}`)
    await site.ask(turned, 'PATCH', '/users/me', { name })
    await site.follow(reader, turned)
    await site.send(turned, `Message ${i} \u202eof somebody`)
  }
  const { page } = await visit({ at: site, as: reader })
  await page.goto(site.address)
  for (const i of overrides.keys()) {
    const head = card(page, `Message ${i}`).locator('.card-head')
    // From left to right: the name, the handle, the time; and the handle's own letters in their order.
    const [handle, time] = [head.locator('.card-handle'), head.locator('.card-time')]
    expect(await handle.textContent()).toBe(`@turned_${i}`)
    const letters = await look<number[]>(
      handle,
      `(() => {
      const text = one.firstChild.data === undefined ? one.lastChild : one.firstChild
      const range = document.createRange()
      return [...text.data].map((_, at) => {
        range.setStart(text, at)
        range.setEnd(text, at + 1)
        return range.getBoundingClientRect().left
      })
    })()`,
    )
    expect(letters).toEqual([...letters].sort((a, b) => a - b))
    expect((await handle.boundingBox())!.x).toBeGreaterThan((await head.boundingBox())!.x)
    expect((await time.boundingBox())!.x).toBeGreaterThan((await handle.boundingBox())!.x)
  }
})
