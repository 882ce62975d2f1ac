/** Every page, light and dark, at a desk and on a phone, from left to right and from right to left. */
import { beforeAll, expect } from 'bun:test'
import type { Page } from 'playwright-core'
import type { Account } from '../system/client.ts'
import { seriousFindings } from './axe.ts'
import { card, composer, look, lookAtAll, write } from './hands.ts'
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

/** What of these stands out of its own box, out of the window, or beside a neighbour's box. */
const cut = (page: Page, selector: string) =>
  page.evaluate<string[]>(`[...document.querySelectorAll('${selector}')]
    .filter((one) => one.checkVisibility())
    .map((one, i, all) => ({ one, box: one.getBoundingClientRect(), before: all[i - 1]?.getBoundingClientRect() }))
    .filter(({ one, box, before }) =>
      one.scrollWidth > one.clientWidth && getComputedStyle(one).display !== 'inline' ||
      box.left < 0 || box.right > innerWidth ||
      before && before.top === box.top && box.left < before.right)
    .map(({ one }) => one.textContent)`)

journey('in a language of long words, no button, tab or place is cut, and no word broken in two', async (visit) => {
  const { page: narrow } = await visit({
    at: site,
    as: ann!,
    locale: 'de',
    ...phone,
    viewport: { width: 320, height: 600 },
  })
  for (const path of ['/', '/@bob', '/moderation']) {
    await narrow.goto(site.address + path)
    await stands(narrow)
    expect([path, await cut(narrow, '.place-text'), await cut(narrow, '.tabs a')]).toEqual([path, [], []])
  }
  await narrow.goto(`${site.address}/@bob`)
  const following = narrow.getByRole('button', { name: /^Gefolgt/ })
  expect((await following.boundingBox())!.height).toBeLessThan(44)

  const { page: wide } = await visit({ at: site, as: ann!, locale: 'de' })
  await wide.goto(site.address)
  await stands(wide)
  expect(await cut(wide, '.side-write')).toEqual([])
  const room = `(() => {
    const line = document.createElement('canvas').getContext('2d')
    const { font, paddingLeft, paddingRight } = getComputedStyle(one)
    line.font = font
    return one.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight) - line.measureText(one.placeholder).width
  })()`
  expect(await look<number>(wide.locator('.aside .search input'), room)).toBeGreaterThanOrEqual(0)
})

journey('a phone held sideways has room for every place and for the button to write', async (visit) => {
  const { page } = await visit({ at: site, as: ann!, ...phone, viewport: { width: 844, height: 390 } })
  await page.goto(site.address)
  await stands(page)
  const write = (await page.locator('.side-write').boundingBox())!
  expect(write.height).toBeGreaterThanOrEqual(44)
  expect(write.y + write.height).toBeLessThanOrEqual(390)
  expect(await look(page.locator('.side'), 'one.scrollHeight <= one.clientHeight')).toBe(true)
})

journey(
  'the pen of a phone covers nothing at the end of a list, and is not where one writes already',
  async (visit) => {
    const { page } = await visit({ at: site, as: ann!, ...phone, viewport: { width: 390, height: 300 } })
    await page.goto(`${site.address}/@ann/followers`)
    const row = page.getByRole('main').getByRole('article')
    await row.waitFor()
    const middles = await lookAtAll<number[]>(
      row.locator('.avatar, .button'),
      'all.map((one) => one.getBoundingClientRect()).map(({ top, bottom }) => top + bottom)',
    )
    expect(middles[0]).toBe(middles[1]!)
    await page.goto(`${site.address}/moderation`)
    await page.getByRole('main').getByRole('article').waitFor()
    await page.evaluate('scrollTo(0, 1e6)')
    const last = await page.getByRole('button', { name: 'Resolve' }).boundingBox()
    expect(last!.y + last!.height).toBeLessThanOrEqual((await page.locator('.side-write').boundingBox())!.y)
    await page.goto(`${site.address}/compose`)
    await page.getByRole('main').getByRole('textbox').waitFor()
    expect(await page.locator('.side-write').count()).toBe(0)
  },
)

journey('a button that rests is flat under the mouse too; below a window, all of the page is dark', async (visit) => {
  const { page } = await visit({ at: site, as: bob! })
  await page.goto(site.address)
  await write(page, 'Sent with the mouse')
  const background = 'getComputedStyle(one).backgroundColor'
  const flat = await look<string>(page.locator('.search input').first(), background)
  const send = page.getByRole('main').getByRole('button', { name: 'Send', exact: true })
  await becomes(() => look(send, 'one.disabled && one.matches(":hover")'), true)
  await becomes(() => look(send, background), flat)

  const ground = () => look<string>(page.locator('html'), background)
  const bright = await ground()
  await page.locator('.side-write').click()
  await becomes(async () => (await ground()) === bright, false)
  await page.keyboard.press('Escape')
  await becomes(ground, bright)
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
