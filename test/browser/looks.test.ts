/** Every page, light and dark, at a desk and on a phone, from left to right and from right to left. */
import { beforeAll, expect } from 'bun:test'
import type { Page } from 'playwright-core'
import type { Account } from '../system/client.ts'
import { seriousFindings } from './axe.ts'
import { card, composer, look } from './hands.ts'
import { becomes, journey, openSite, phone } from './harness.ts'

const site = openSite()
let [ann, bob]: Account[] = []
let thread = ''
beforeAll(async () => {
  ;[ann, bob] = [await site.person('ann'), await site.person('bob')]
  await Promise.all([site.follow(ann, bob), site.follow(bob, ann)])
  await site.ask(ann, 'PATCH', '/users/me', { name: 'Ann Example', bio: 'Writes about #birds.\nAnd about @bob.' })
  const first = await site.send(ann, 'Rooks over the field today, look: https://example.org/rooks #birds @bob')
  thread = `/@ann/${first.id}`
  await site.send(bob, 'How many?', { replyTo: first.id })
  await site.ask(bob, 'PUT', `/messages/${first.id}/like`)
  await site.send(bob, '', { boostOf: first.id })
  await site.send(ann, 'שלום עולם, this goes both ways')
  await site.send(ann, `A long word: ${'Donaudampfschifffahrt'.repeat(12)}`)
  await site.moderate(ann)
  await site.ask(bob, 'POST', '/reports', { user: ann.id, message: first.id, reason: 'Too many birds' })
})

const pages = () => [
  '/',
  '/compose',
  '/explore',
  '/explore?query=rooks',
  '/inbox',
  '/@ann',
  '/@bob',
  '/@ann/followers',
  '/@ann/following',
  thread,
  '/settings',
  '/moderation',
  '/nowhere-to-be-found',
]

/** Until it stands: its title, and nothing of it still on its way. */
async function stands(page: Page): Promise<void> {
  await page.locator('h1, h2').first().waitFor()
  await becomes(() => page.locator('.skeleton').count(), 0)
}

/** The document's and the window's width; what is wider than the window must be scrolled to the side. */
const fits = (page: Page) => page.evaluate('document.documentElement.scrollWidth <= innerWidth')

journey('axe has nothing serious to say about any page, in light and in dark', async (visit) => {
  const { page, complaints } = await visit({ at: site, as: ann! })
  complaints.foresee(/status of 404/)
  for (const path of pages()) {
    await page.goto(site.address + path)
    await stands(page)
    expect([path, await seriousFindings(page)]).toEqual([path, []])
  }
})

journey('on a phone: every page fits, and what one presses is large enough for a thumb', async (visit) => {
  const { page, complaints } = await visit({ at: site, as: ann!, ...phone })
  complaints.foresee(/status of 404/)
  for (const path of pages()) {
    await page.goto(site.address + path)
    await stands(page)
    expect([path, await fits(page)]).toEqual([path, true])
    const small = await page.evaluate(`[...document.querySelectorAll('nav a, main button')]
      .filter((one) => one.checkVisibility())
      .map((one) => [one.getBoundingClientRect(), one.outerHTML.slice(0, 120)])
      .filter(([{ width, height }]) => width > 0 && (width < 24 || height < 24))
      .map(([{ width, height }, html]) => [width, height, html])`)
    expect([path, small]).toEqual([path, []])
  }
  await page.goto(site.address)
  await stands(page)
  expect(await seriousFindings(page)).toEqual([])
})

journey('dark is dark, light is light, as the device says', async (visit) => {
  const lightness = async (page: Page) => {
    const colour = (await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')) as string
    const [red, green, blue] = [...colour.matchAll(/[\d.]+/g)].map(Number)
    return (red! + green! + blue!) / 3
  }
  const { page } = await visit({ at: site, as: ann!, colorScheme: 'dark' })
  await page.goto(site.address)
  await stands(page)
  expect(await lightness(page)).toBeLessThan(60)
  await page.emulateMedia({ colorScheme: 'light' })
  expect(await lightness(page)).toBeGreaterThan(220)
})

journey('from right to left: the page turns with its language, and a text with its own', async (visit) => {
  const { page } = await visit({ at: site, as: bob!, locale: 'ar' })
  await page.goto(site.address)
  await card(page, 'שלום').waitFor()
  expect(await page.evaluate('[document.documentElement.lang, document.documentElement.dir]')).toEqual(['ar', 'rtl'])
  const rooks = card(page, 'Rooks over').first()
  const avatar = await rooks.locator('.avatar').first().boundingBox()
  const text = await rooks.locator('.text').boundingBox()
  expect(avatar!.x).toBeGreaterThan(text!.x + text!.width - 1)
  expect(await fits(page)).toBe(true)
  expect(await seriousFindings(page)).toEqual([])
  // A text has its own direction in a page of either.
  const direction = 'getComputedStyle(one).direction'
  expect(await look(card(page, 'שלום').locator('.text'), direction)).toBe('rtl')
  expect(await look(rooks.locator('.text'), direction)).toBe('ltr')
})

journey('whoever wants less motion gets none', async (visit) => {
  const { page } = await visit({ at: site, as: bob!, reducedMotion: 'reduce' })
  await page.goto(site.address)
  await stands(page)
  await composer(page).fill('Still')
  await composer(page).press('Control+Enter')
  await card(page, 'Still').waitFor()
  const moving = await page.evaluate(`document.getAnimations()
    .filter((one) => one.effect.getComputedTiming().duration > 1 || one.effect.getTiming().iterations === Infinity)
    .map((one) => one.animationName ?? one.transitionProperty)`)
  expect(moving).toEqual([])
})
