import { expect } from 'bun:test'
import { rookeryEnds } from '../cli/process.ts'
import { seriousFindings } from './axe.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite(['--rate-limits', 'off'])

journey('/admin: live charts of what goes on, for admins alone', async (visit) => {
  const boss = await site.person('boss')
  const { page: stranger } = await visit({ at: site, as: boss })
  await stranger.goto(`${site.address}/`)
  await stranger.getByRole('link', { name: 'Settings' }).first().waitFor()
  expect(await stranger.getByRole('link', { name: 'Operations' }).count()).toBe(0)

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
  expect(await seriousFindings(page)).toEqual([])
})
