import { expect } from 'bun:test'
import { seriousFindings } from './axe.ts'
import { becomes, journey, openSite, phone } from './harness.ts'

const site = openSite()

journey('/docs: reads well with axe, and on a phone nothing is wider than the screen', async (visit) => {
  const { page } = await visit({ at: site, ...phone })
  await page.goto(`${site.address}/docs`)
  expect(await seriousFindings(page)).toEqual([])
  expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
})

journey('/docs: a call is tried, with the token one has', async (visit) => {
  const ann = await site.person('ann_of_docs')
  const { page } = await visit({ at: site })
  await page.goto(`${site.address}/docs`)
  await page.locator('#token').fill(ann.token)
  const call = page.locator('details', { has: page.locator('summary', { hasText: /^GET \/users\/me / }) })
  await call.locator('summary').first().click()
  await call.getByRole('button', { name: 'Send' }).click()
  await becomes(async () => (await call.textContent())?.includes('"handle": "ann_of_docs"'), true)
})
