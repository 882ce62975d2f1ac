import { expect } from 'bun:test'
import type { Page } from 'playwright-core'
import { action, card, composer } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite()

/** What has the focus, as its words. */
const focused = async (page: Page) =>
  (await page.evaluate(`(() => {
    const one = document.activeElement
    return one.getAttribute('aria-label') ?? one.labels?.[0]?.textContent ?? one.textContent
  })()`)) as string

/** Presses Tab until what has the focus is called so; at most as often as a page may have stops. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    await page.keyboard.press('Tab')
    const found = await focused(page)
    if (typeof name === 'string' ? found === name : name.test(found)) return
  }
  throw new Error(`no Tab leads to ${name}`)
}

journey('by keyboard alone: log in, write, like, and the focus is always seen', async (visit) => {
  await site.person('keys')
  const { page } = await visit({ at: site })
  await page.goto(site.address)
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await page.getByLabel('Handle').focus()
  await page.keyboard.type('keys')
  await page.keyboard.press('Tab')
  await page.keyboard.type('correct horse battery')
  await page.keyboard.press('Enter')
  await composer(page).waitFor()

  // The first stop leads past the navigation.
  await page.keyboard.press('Tab')
  for (let i = 0; i < 40 && (await focused(page)) !== 'Skip to the content'; i++) await page.keyboard.press('Shift+Tab')
  expect(await focused(page)).toBe('Skip to the content')
  await page.keyboard.press('Enter')
  await tabTo(page, 'Write a message')
  await page.keyboard.type('No mouse was used')
  await tabTo(page, 'Send')
  await page.keyboard.press('Enter')
  const own = card(page, 'No mouse was used')
  await own.waitFor()
  await tabTo(page, /^Like/)
  const outline = (await page.evaluate(`(() => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(document.activeElement)
    return (outlineStyle !== 'none' && outlineWidth !== '0px') || boxShadow !== 'none'
  })()`)) as boolean
  expect(outline).toBe(true)
  await page.keyboard.press('Space')
  await becomes(() => action(own, 'Like').getAttribute('aria-pressed'), 'true')
})

journey('shortcuts: ? lists them; j and k walk, l likes, o opens, n writes, g goes', async (visit) => {
  const [ann, bob] = [await site.person('ann'), await site.person('bob')]
  await site.follow(bob, ann)
  for (const text of ['First', 'Second', 'Third']) await site.send(ann, text)
  const { page } = await visit({ at: site, as: bob })
  await page.goto(site.address)
  await card(page, 'Third').waitFor()
  await page.keyboard.press('?')
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' })
  await help.getByText('Next message').waitFor()
  await page.keyboard.press('Escape')
  await becomes(() => help.count(), 0)

  const current = () => page.locator('.card:focus .text').textContent()
  await page.keyboard.press('j')
  await becomes(current, 'Third')
  await page.keyboard.press('j')
  await becomes(current, 'Second')
  await page.keyboard.press('k')
  await becomes(current, 'Third')
  await page.keyboard.press('l')
  await becomes(() => action(card(page, 'Third'), 'Like').getAttribute('aria-pressed'), 'true')
  await page.keyboard.press('r')
  await becomes(() => focused(page), 'Write a reply')
  // Keys are letters where one writes.
  await page.keyboard.type('jkl?')
  expect(await page.getByRole('textbox', { name: 'Write a reply' }).inputValue()).toBe('jkl?')
  await page.keyboard.press('Escape')
  await becomes(() => page.getByRole('dialog').count(), 0)
  await page.keyboard.press('n')
  await page.getByRole('dialog').getByRole('textbox', { name: 'Write a message' }).waitFor()
  await page.keyboard.press('Escape')
  await becomes(() => page.getByRole('dialog').count(), 0)
  for (const [keys, path] of [
    ['gn', '/inbox'],
    ['gp', '/@bob'],
    ['gs', '/settings'],
    ['gh', '/'],
  ] as const) {
    await page.keyboard.type(keys)
    await becomes(() => new URL(page.url()).pathname, path)
    await page.getByRole('heading', { level: 1 }).waitFor()
  }
  await page.keyboard.press('j')
  await page.keyboard.press('o')
  await becomes(() => /^\/@ann\/\d+$/.test(new URL(page.url()).pathname), true)
})

journey(
  'a menu closes where the focus goes on; what is opened can be answered from the keyboard at once',
  async (visit) => {
    const cleo = await site.person('cleo')
    const { id } = await site.send(cleo, 'Open me')
    const { page } = await visit({ at: site, as: cleo })
    await page.goto(site.address)
    await action(card(page, 'Open me'), 'More').focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menu').waitFor()
    for (const _ of ['the second entry', 'beyond']) await page.keyboard.press('Tab')
    await becomes(() => page.getByRole('menu').count(), 0)

    await page.goto(`${site.address}/@cleo/${id}`)
    await page.locator('.card.main').waitFor()
    await page.keyboard.press('r')
    await page.getByRole('dialog', { name: 'Write a reply' }).waitFor()
  },
)
