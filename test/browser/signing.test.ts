import { expect } from 'bun:test'
import { seriousFindings } from './axe.ts'
import { card, choose, composer, goTo, look, toast, write } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite()
const password = 'correct horse battery'

journey('a newcomer signs up, is told what is wrong with what they typed, and finds their timeline', async (visit) => {
  const { page } = await visit({ at: site })
  await page.goto(site.address)
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  expect(await seriousFindings(page)).toEqual([])

  await page.getByRole('link', { name: 'Sign up' }).click()
  const handle = page.getByLabel('Handle')
  await handle.fill('no spaces please')
  await page.getByLabel('Password', { exact: true }).fill('short')
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByText('A password has 8 characters at least.').waitFor()
  await page.getByText('A handle has 1 to 30 of the letters').waitFor()
  expect(await handle.inputValue()).toBe('no spaces please')
  expect(await look<boolean>(handle, 'document.activeElement === one')).toBe(true)
  expect(await seriousFindings(page)).toEqual([])

  await handle.fill('Nora')
  await page.getByLabel('Name (optional)').fill('Nora Newcomer')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByText('Your timeline is quiet').waitFor()
  expect(new URL(page.url()).pathname).toBe('/')
  expect(await seriousFindings(page)).toEqual([])
  // No script holds the token: it is in a cookie of its own.
  expect(await page.evaluate('JSON.stringify({ ...localStorage, cookie: document.cookie })')).not.toMatch(/rkt|token/i)

  await write(page, 'My first words here')
  await page.reload()
  await page.getByText('My first words here').waitFor()
})

journey('a handle that is taken: the page says so beside the field and keeps what was typed', async (visit) => {
  await site.person('taken')
  const { page, complaints } = await visit({ at: site })
  complaints.foresee(/status of 409/)
  await page.goto(`${site.address}/signup`)
  await page.getByLabel('Handle').fill('taken')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByText('This handle is taken. Try another one.').waitFor()
  expect(await page.getByLabel('Handle').inputValue()).toBe('taken')
  expect(await page.getByLabel('Handle').getAttribute('aria-invalid')).toBe('true')
})

journey('logging in: a wrong password is told, the right one leads to where one wanted to go', async (visit) => {
  await site.person('lena')
  const { page, complaints } = await visit({ at: site })
  complaints.foresee(/status of 401/)
  await page.goto(`${site.address}/explore?query=birds`)
  await page.getByLabel('Handle').fill('lena')
  await page.getByLabel('Password', { exact: true }).fill('not the password')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('alert').filter({ hasText: 'The handle or the password is wrong.' }).waitFor()
  expect(await page.getByLabel('Handle').inputValue()).toBe('lena')

  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Show the password' }).click()
  expect(await page.getByLabel('Password', { exact: true }).getAttribute('type')).toBe('text')
  await page.getByRole('button', { name: 'Log in' }).click()
  await page.getByRole('heading', { name: 'Explore' }).waitFor()
  expect(page.url()).toBe(`${site.address}/explore?query=birds`)
  // Who follows nobody is told what to do.
  await page.goto(`${site.address}/explore`)
  await page.getByText(`Invite them: ${site.address}`).waitFor()
})

journey('a log-in page that was told to lead elsewhere leads to the timeline', async (visit) => {
  const { page } = await visit({ at: site, as: await site.person('lured') })
  for (const to of ['/%5Cevil.example', '//evil.example', 'https://evil.example/', 'javascript:alert(1)', 'http://']) {
    await page.goto(`${site.address}/login?to=${to}`)
    await composer(page).waitFor()
    expect(page.url()).toBe(`${site.address}/`)
  }
})

journey('logging out leaves nothing on the device, and the way back leads to the door', async (visit) => {
  const otto = await site.person('otto')
  const { page, complaints } = await visit({ at: site, as: otto })
  await page.goto(site.address)
  await composer(page).fill('A draft nobody should find here')
  await goTo(page, 'Settings')
  complaints.foresee(/status of 401/)
  await page.getByRole('region', { name: 'Account' }).getByRole('button', { name: 'Log out' }).click()
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('otto')
  expect(await page.evaluate('JSON.stringify(localStorage)')).not.toContain('draft')
  await page.goto(site.address)
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  const { status } = await fetch(`${site.address}/users/me`, { headers: { authorization: `Bearer ${otto.token}` } })
  expect(status).toBe(401)
})

journey('logging out in one tab: another one promises nothing that is not kept', async (visit) => {
  const tilda = await site.person('tilda')
  const { page, complaints } = await visit({ at: site, as: tilda })
  const other = await page.context().newPage()
  complaints.foresee(/status of 401/)
  await page.goto(site.address)
  await other.goto(site.address)
  await composer(other).fill('Gone with the log-out')
  await goTo(page, 'Settings')
  await page.getByRole('region', { name: 'Account' }).getByRole('button', { name: 'Log out' }).click()
  await other.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await becomes(() => toast(other, 'what you wrote is kept').count(), 0, 2_000)
  await other.getByLabel('Handle').fill('tilda')
  await other.getByLabel('Password', { exact: true }).fill(password)
  await other.keyboard.press('Enter')
  await composer(other).waitFor()
  expect(await composer(other).inputValue()).toBe('')
  // Whoever logs in, in whichever tab, is logged in in all.
  await composer(page).waitFor()
})

journey('who is suspended is told at the door what they can do', async (visit) => {
  const [rude, warden] = [await site.person('rude'), await site.person('warden')]
  await site.moderate(warden)
  await site.ask(warden, 'PUT', `/users/${rude.id}/suspension`, { reason: 'rude' })
  const { page, complaints } = await visit({ at: site })
  complaints.foresee(/status of 403/)
  await page.goto(site.address)
  await page.getByLabel('Handle').fill('rude')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await page.getByRole('alert').filter({ hasText: 'Write to whoever runs this server' }).waitFor()
})

journey(
  'a session that is ended elsewhere: one is asked to log in again, and what was written is kept',
  async (visit) => {
    const ida = await site.person('ida')
    const { page, complaints } = await visit({ at: site, as: ida })
    await page.goto(site.address)
    await composer(page).fill('Half a thought')
    complaints.foresee(/status of 401/)
    await site.ask(ida, 'DELETE', '/sessions')
    await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
    await page.getByLabel('Handle').fill('ida')
    await page.getByLabel('Password', { exact: true }).fill(password)
    await page.keyboard.press('Enter')
    await becomes(() => composer(page).inputValue(), 'Half a thought')
  },
)

journey('what was open as a session ended is not open before whoever logs in next', async (visit) => {
  const [ivo, jan] = [await site.person('ivo'), await site.person('jan')]
  await site.follow(ivo, jan)
  await site.send(jan, 'For my followers')
  const { page, complaints } = await visit({ at: site, as: ivo })
  complaints.foresee(/status of 401/)
  await page.goto(site.address)
  await choose(card(page, 'For my followers'), 'Report')
  const dialog = page.getByRole('dialog')
  await dialog.waitFor()
  await site.ask(ivo, 'DELETE', '/sessions')
  await page.getByRole('heading', { name: 'Welcome back' }).waitFor()
  await page.getByLabel('Handle').fill('jan')
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.keyboard.press('Enter')
  await card(page, 'For my followers').waitFor()
  expect(await dialog.count()).toBe(0)
})
