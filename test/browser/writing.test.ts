import { expect } from 'bun:test'
import type { Route } from 'playwright-core'
import { seriousFindings } from './axe.ts'
import { card, composer, goTo, look, picture, toast } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'

const site = openSite()

journey('writing: a counter, Ctrl+Enter sends, and the field is empty again', async (visit) => {
  const ann = await site.person('ann')
  const { page } = await visit({ at: site, as: ann })
  await page.goto(site.address)
  const send = page.getByRole('main').getByRole('button', { name: 'Send', exact: true })
  await composer(page).waitFor()
  expect(await send.isDisabled()).toBe(true)
  await composer(page).fill('Grüße, 世界')
  // Bytes, as the server counts.
  await page.getByText('15 of 10,240 bytes').waitFor()
  await composer(page).press('Control+Enter')
  await card(page, 'Grüße, 世界').waitFor()
  expect(await composer(page).inputValue()).toBe('')
  const { messages } = await site.ask<{ messages: { text: string }[] }>(ann, 'GET', '/fetch')
  expect(messages.map(({ text }) => text)).toEqual(['Grüße, 世界'])
})

journey('what is too long cannot be sent, and the page says by how much', async (visit) => {
  const { page } = await visit({ at: site, as: await site.person('long') })
  await page.goto(site.address)
  await composer(page).fill('ä'.repeat(5_121))
  await page.getByText('2 bytes too many').waitFor()
  expect(await page.getByRole('main').getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(true)
  await composer(page).fill('ä'.repeat(5_120))
  await page.getByText('10,240 of 10,240 bytes').waitFor()
  expect(await page.getByRole('main').getByRole('button', { name: 'Send', exact: true }).isDisabled()).toBe(false)
})

journey('a draft survives a reload, and goes once it was sent', async (visit) => {
  const { page } = await visit({ at: site, as: await site.person('drafter') })
  await page.goto(site.address)
  await composer(page).fill('Not yet\nfinished')
  await page.reload()
  await becomes(() => composer(page).inputValue(), 'Not yet\nfinished')
  await composer(page).press('Control+Enter')
  await card(page, 'Not yet').waitFor()
  await page.reload()
  await card(page, 'Not yet').waitFor()
  expect(await composer(page).inputValue()).toBe('')
})

/** An answer of the server's that says no. */
const refusal = (status: number, code: string, detail: string) => ({
  status,
  contentType: 'application/problem+json',
  body: JSON.stringify({ type: 'about:blank', title: code, status, code, detail }),
})

journey('a busy server: the message stays in sight and goes out once when it can', async (visit) => {
  const ann = await site.person('patient')
  const { page, complaints } = await visit({ at: site, as: ann })
  complaints.foresee(/answer 503/, /status of 503/, /ERR_CONNECTION_RESET/)
  await page.goto(site.address)
  await composer(page).waitFor()
  let asked = 0
  const keys = new Set<string | undefined>()
  await page.route('**/send', async (route) => {
    keys.add(route.request().headers()['idempotency-key'])
    // The first is done and its answer lost, the second is refused before it is begun.
    if (asked++ === 0) await route.fetch().then(() => route.abort('connectionreset'))
    else if (asked === 2) await route.fulfill(refusal(503, 'unavailable', 'Later.'))
    else await route.continue()
  })
  await composer(page).fill('Words worth keeping')
  await composer(page).press('Control+Enter')
  await page.getByRole('article').filter({ hasText: 'Words worth keeping' }).first().waitFor()
  await card(page, 'Words worth keeping').waitFor()
  await becomes(() => page.locator('article.pending').count(), 0)
  expect(keys.size).toBe(1)
  const { messages } = await site.ask<{ messages: { text: string }[] }>(ann, 'GET', '/fetch')
  expect(messages.map(({ text }) => text)).toEqual(['Words worth keeping'])
})

journey('a message that is refused says why; it can be edited, sent again or thrown away', async (visit) => {
  const refused = await site.person('refused')
  const { page, complaints } = await visit({ at: site, as: refused })
  complaints.foresee(/status of 422/)
  await page.goto(site.address)
  await composer(page).waitFor()
  await page.route('**/send', (route) => route.fulfill(refusal(422, 'invalid', 'The text is not wanted here.')))
  await composer(page).fill('Nobody wants this')
  await composer(page).press('Control+Enter')
  const waiting = page.getByRole('article').filter({ hasText: 'Nobody wants this' })
  await waiting.getByText('The server did not take it.').waitFor()
  expect(await seriousFindings(page)).toEqual([])
  await page.unroute('**/send')
  const twice = 'one.click(), one.click()'
  await look(waiting.getByRole('button', { name: 'Edit' }), twice)
  const dialog = page.getByRole('dialog', { name: 'Write a message' })
  expect(await dialog.getByRole('textbox', { name: 'Write a message' }).inputValue()).toBe('Nobody wants this')
  await page.route('**/send', (route) => route.fulfill(refusal(422, 'invalid', 'Nor again.')))
  await dialog.getByRole('button', { name: 'Send', exact: true }).click()
  await waiting.getByText('The server did not take it.').waitFor()
  await page.unroute('**/send')
  await look(waiting.getByRole('button', { name: 'Send again' }), twice)
  await card(page, 'Nobody wants this').waitFor()
  await becomes(() => page.locator('article.pending').count(), 0)
  const { messages } = await site.ask<{ messages: unknown[] }>(refused, 'GET', `/users/${refused.id}/messages`)
  expect(messages.length).toBe(1)
})

journey(
  'editing a refused reply whose message is gone: text, picture and what one wrote meanwhile are all there',
  async (visit) => {
    const [ann, bob] = [await site.person('careful'), await site.person('hasty')]
    const root = await site.send(bob, 'Soon to be gone')
    const { page, complaints } = await visit({ at: site, as: ann })
    complaints.foresee(/status of 404/)
    await page.goto(`${site.address}/@hasty/${root.id}`)
    const main = page.getByRole('main')
    const reply = main.getByRole('textbox', { name: 'Write a reply' })
    await reply.fill('My careful reply')
    await main.locator('input[type=file]').setInputFiles(await picture(page, 'proof.png'))
    await page.getByLabel('Description of proof.png').fill('What I mean')
    const deleteFirst = async (route: Route) => {
      await site.ask(bob, 'DELETE', `/messages/${root.id}`)
      await route.continue()
    }
    await page.route('**/send', deleteFirst, { times: 1 })
    await reply.press('Control+Enter')
    await goTo(page, 'Home')
    const refused = page.locator('article.pending')
    await refused.getByText('The message it replies to is gone').waitFor()
    await composer(page).fill('Begun meanwhile')
    await refused.getByRole('button', { name: 'Edit' }).click()
    const dialog = page.getByRole('dialog', { name: 'Write a message' })
    await dialog.getByText('this is a message of its own now').waitFor()
    expect(await dialog.getByRole('textbox', { name: 'Write a message' }).inputValue()).toBe(
      'My careful reply\n\nBegun meanwhile',
    )
    expect(await dialog.getByLabel('Description of proof.png').inputValue()).toBe('What I mean')
    expect(await refused.count()).toBe(0)
    await dialog.getByRole('button', { name: 'Send', exact: true }).click()
    const sent = card(page, 'My careful reply')
    await sent.getByText('Begun meanwhile').waitFor()
    await sent.getByRole('img', { name: 'What I mean' }).waitFor()
    expect(await composer(page).inputValue()).toBe('')
  },
)

journey('a reply with a picture goes out although its page is left while it is sent', async (visit) => {
  const [ann, bob] = [await site.person('leaver'), await site.person('stayer')]
  const root = await site.send(bob, 'Answer with a picture')
  const { page, complaints } = await visit({ at: site, as: ann })
  complaints.foresee(/status of 4\d\d/)
  await page.goto(`${site.address}/@stayer/${root.id}`)
  const main = page.getByRole('main')
  const write = async (text: string, letGo: Promise<void>) => {
    await page.route('**/media', async (route) => {
      await letGo
      await route.continue()
    })
    const reply = main.getByRole('textbox', { name: 'Write a reply' })
    await reply.fill(text)
    const file = await picture(page)
    const buffer = text === 'Broken' ? file.buffer.subarray(0, file.buffer.length / 2) : file.buffer
    await main.locator('input[type=file]').setInputFiles({ ...file, buffer })
    await reply.press('Control+Enter')
    await goTo(page, 'Home')
  }
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  await write('With a picture', first.promise)
  first.resolve()
  const replies = async () => {
    const { messages } = await site.ask<{ messages: { text: string; media: unknown[] }[] }>(
      ann,
      'GET',
      `/messages/${root.id}/replies`,
    )
    return messages.map(({ text, media }) => `${text}: ${media.length}`)
  }
  await becomes(replies, ['With a picture: 1'])
  await page.unroute('**/media')

  // What fails is told where one is, and its text is where it was written.
  await page.goBack()
  await becomes(() => main.getByRole('textbox', { name: 'Write a reply' }).inputValue(), '')
  await write('Broken', second.promise)
  second.resolve()
  await toast(page, /^Not sent: It is damaged/).waitFor()
  await page.goBack()
  await becomes(() => main.getByRole('textbox', { name: 'Write a reply' }).inputValue(), 'Broken')
  expect(await replies()).toEqual(['With a picture: 1'])
})

journey('two tabs: neither takes the draft of the other, also over a reload', async (visit) => {
  const { page: first } = await visit({ at: site, as: await site.person('tabby') })
  const second = await first.context().newPage()
  for (const page of [first, second]) await page.goto(site.address)
  await composer(first).fill('A long text')
  await composer(second).fill('Short')
  await composer(second).press('Control+Enter')
  await card(second, 'Short').waitFor()
  await first.reload()
  await becomes(() => composer(first).inputValue(), 'A long text')
  await composer(first).press('Control+Enter')
  await card(first, 'A long text').waitFor()
  await first.reload()
  await card(first, 'A long text').waitFor()
  expect(await composer(first).inputValue()).toBe('')
})
