import { expect } from 'bun:test'
import { logIn } from '../system/client.ts'
import { card, goTo, toast } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite()

journey('name and bio: saved, and seen by others at once', async (visit) => {
  const ann = await site.person('ann')
  await site.send(ann, 'By somebody with a name')
  const { page } = await visit({ at: site, as: ann })
  await page.goto(site.address)
  await card(page, 'By somebody with a name').waitFor()
  await goTo(page, 'Settings')
  await page.getByLabel('Name', { exact: true }).fill('Ann of the Fens')
  await page.getByLabel('About you').fill('Birds.\nMostly rooks.')
  await page.getByRole('button', { name: 'Save' }).click()
  await toast(page, 'Saved').waitFor()
  await goTo(page, 'Home')
  await card(page, 'By somebody with a name').getByText('Ann of the Fens').waitFor()
  await goTo(page, 'Profile')
  await page.getByRole('heading', { level: 1, name: 'Ann of the Fens' }).waitFor()
  await page.getByText('Mostly rooks.').waitFor()
  await card(page, 'By somebody with a name').getByText('Ann of the Fens').waitFor()
})

journey('sessions: another device is logged out from here, and this one goes on', async (visit) => {
  const ann = await site.person('two_devices')
  const other = (await logIn(site.address, 'two_devices')).body.token
  const { page } = await visit({ at: site, as: ann })
  await page.goto(`${site.address}/settings`)
  const sessions = page.getByRole('region', { name: 'Where you are logged in' })
  await sessions.getByText('This device').waitFor()
  expect(await sessions.getByRole('listitem').count()).toBe(2)
  await sessions.getByRole('listitem').filter({ hasNotText: 'This device' }).getByRole('button').click()
  await toast(page, 'It is logged out').waitFor()
  await becomes(() => sessions.getByRole('listitem').count(), 1)
  const status = async (token: string) =>
    (await fetch(`${site.address}/users/me`, { headers: { authorization: `Bearer ${token}` } })).status
  await becomes(() => status(other), 401)
  expect(await status(ann.token)).toBe(200)
})

journey('appearance: dark by choice on a device that is light, also after a reload', async (visit) => {
  const { page } = await visit({ at: site, as: await site.person('night'), colorScheme: 'light' })
  await page.goto(`${site.address}/settings`)
  const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  const light = await ground()
  await page.getByRole('radio', { name: 'Dark' }).check()
  await becomes(async () => (await ground()) !== light, true)
  const dark = await ground()
  await page.reload()
  await page.getByText('Appearance').waitFor()
  expect(await ground()).toBe(dark)
})

journey('an account is deleted only after its handle was typed', async (visit) => {
  const leaver = await site.person('leaver')
  const { page, complaints } = await visit({ at: site, as: leaver })
  complaints.foresee(/status of 401/)
  await page.goto(`${site.address}/settings`)
  await page.getByRole('button', { name: 'Delete account' }).click()
  const dialog = page.getByRole('dialog')
  expect(await dialog.getByRole('button', { name: 'Delete account' }).isDisabled()).toBe(true)
  await dialog.getByLabel('Type @leaver to delete it').fill('@leaver')
  await dialog.getByRole('button', { name: 'Delete account' }).click()
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await becomes(async () => (await logIn(site.address, 'leaver')).status, 401)
})

journey('push: where the browser refuses, the settings say so and why', async (visit) => {
  const { page } = await visit({ at: site, as: await site.person('quiet') })
  await page.goto(`${site.address}/settings`)
  const toggle = page.getByRole('switch', { name: 'Notifications on this device' })
  await becomes(() => toggle.isEnabled(), true)
  // Nobody is there to allow it.
  await toggle.click()
  await page.getByText('You told this browser not to show notifications').waitFor()
  expect(await toggle.isDisabled()).toBe(true)
})
