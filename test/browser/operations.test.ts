import { expect } from 'bun:test'
import { rookeryEnds } from '../cli/process.ts'
import { seriousFindings } from './axe.ts'
import { lookAtAll } from './hands.ts'
import { becomes, journey, openSite, phone } from './harness.ts'

const site = openSite(['--rate-limits', 'off'])

journey('/admin: live charts of what goes on, for admins alone', async (visit) => {
  const boss = await site.person('boss')
  const { page: stranger } = await visit({ at: site, as: boss })
  await stranger.goto(`${site.address}/`)
  await stranger.getByRole('link', { name: 'Settings' }).first().waitFor()
  expect(await stranger.getByRole('link', { name: 'Operations' }).count()).toBe(0)
  await stranger.goto(`${site.address}/admin`)
  await stranger.getByRole('heading', { name: 'This page is for admins' }).waitFor()

  expect((await rookeryEnds('user', 'role', 'boss', 'admin', '--data', site.data)).status).toBe(0)
  const { page } = await visit({ at: site, as: boss })
  await page.goto(`${site.address}/`)
  await page.getByRole('link', { name: 'Operations' }).click()
  const posts = page.getByRole('figure').filter({ hasText: 'Posts a second' })
  await posts.waitFor()
  const rate = async () => Number.parseFloat((await posts.getByRole('listitem').textContent())!.replace(/^\D+/, ''))
  // A look every 5 s: what is sent between two of them shows at the second.
  await becomes(async () => {
    await site.send(boss, 'again')
    return (await rate()) > 0
  }, true)
  expect(await page.getByRole('table', { name: 'Processes' }).getByRole('row').count()).toBe(2)
  expect(await page.locator('canvas').count()).toBe(10)
  // Each line of a chart is told apart from the others, by its colour or by being dashed.
  const kinds = page
    .getByRole('figure')
    .filter({ has: page.getByText('Disk', { exact: true }) })
    .getByRole('listitem')
  const drawn = await lookAtAll<string[]>(kinds, `all.map((one) => getComputedStyle(one, '::before').background)`)
  expect(drawn.length).toBeGreaterThan(6)
  expect(new Set(drawn).size).toBe(drawn.length)
  expect(await seriousFindings(page)).toEqual([])

  const { page: hand } = await visit({ at: site, as: boss, ...phone })
  await hand.goto(`${site.address}/settings`)
  await hand.getByRole('main').getByRole('link', { name: 'Operations' }).click()
  await hand.getByRole('heading', { level: 1, name: 'Operations' }).waitFor()
})
