/** What people do on the pages, in the words they see. */
import type { Locator, Page } from 'playwright-core'

/** The message with this text, wherever it is shown; not one that is still on its way to the server. */
export function card(page: Page | Locator, text: string | RegExp): Locator {
  return page.locator('article:not(.pending)').filter({ hasText: text })
}

/** A button of a message: its name begins with that word, a count may follow. */
export function action(card: Locator, word: 'Reply' | 'Boost' | 'Like' | 'More'): Locator {
  return card.getByRole('button', { name: new RegExp(`^${word}`) })
}

/** Opens what else one may do with a message, and does it. */
export async function choose(card: Locator, word: string): Promise<void> {
  await action(card, 'More').click()
  await card.getByRole('menuitem', { name: word }).click()
}

/** Where one writes on the timeline. */
export function composer(page: Page): Locator {
  return page.getByRole('main').getByRole('textbox', { name: 'Write a message' })
}

/** Writes a message on the timeline and waits until it stands there. */
export async function write(page: Page, text: string): Promise<void> {
  await composer(page).fill(text)
  await page.getByRole('main').getByRole('button', { name: 'Send', exact: true }).click()
  await card(page, text).first().waitFor()
}

/** What an expression about an element, `one`, comes to in the page. Tests know no types of a document. */
export function look<T>(element: Locator, expression: string): Promise<T> {
  return element.evaluate(new Function('one', `return ${expression}`) as () => T)
}

/** The same of all that are found, `all`. */
export function lookAtAll<T>(elements: Locator, expression: string): Promise<T> {
  return elements.evaluateAll(new Function('all', `return ${expression}`) as () => T)
}

/** Distance of an element's upper edge from the window's, in pixels. */
export async function topOf(element: Locator): Promise<number> {
  return (await element.boundingBox())!.y
}

/** Goes to a place by the main navigation. */
export async function goTo(
  page: Page,
  place: 'Home' | 'Explore' | 'Notifications' | 'Profile' | 'Settings' | 'Moderation',
) {
  await page
    .getByRole('navigation', { name: 'Main' })
    .getByRole('link', { name: new RegExp(`^${place}`) })
    .first()
    .click()
  await page.getByRole('heading', { level: 1 }).first().waitFor()
}

/** The words of a page's toasts at the moment. */
export function toast(page: Page, text: string | RegExp): Locator {
  return page.locator('.toasts').getByText(text)
}

/** A picture of what the page shows, as a file to attach. */
export async function picture(page: Page, name = 'picture.png') {
  return {
    name,
    mimeType: 'image/png',
    buffer: await page.screenshot({ clip: { x: 0, y: 0, width: 320, height: 200 } }),
  }
}
