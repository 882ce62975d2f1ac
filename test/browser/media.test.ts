/** Pictures: chosen, pasted and dropped, described, shown; and what people do to break them. */
import { expect } from 'bun:test'
import type { Page } from 'playwright-core'
import { card, composer, goTo, look, lookAtAll, picture, toast, write } from './hands.ts'
import { becomes, journey, openSite } from './harness.ts'
import { payloads, traces } from './payloads.ts'

const site = openSite()

/** Uploads a file as that person, with what describes it; its id. */
async function upload(token: string, file: File, description?: string): Promise<string> {
  const body = new FormData()
  body.set('file', file)
  if (description !== undefined) body.set('description', description)
  const answer = await fetch(`${site.address}/media`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
    body,
  })
  expect(answer.status).toBe(201)
  return ((await answer.json()) as { id: string }).id
}

journey(
  'a file that lies about what it is: the page says what was wrong, and the text is still there',
  async (visit) => {
    const { page, complaints } = await visit({ at: site, as: await site.person('liar') })
    complaints.foresee(/status of 4\d\d/)
    await page.goto(site.address)
    await composer(page).fill('With a broken picture')
    const png = (await picture(page)).buffer
    await page
      .getByRole('main')
      .locator('input[type=file]')
      .setInputFiles({ name: 'half.png', mimeType: 'image/png', buffer: png.subarray(0, png.length / 2) })
    await page.getByRole('alert').filter({ hasText: 'half.png was not taken' }).waitFor()
    // Once, beside the file, also where one tries to send it all the same.
    const send = page.getByRole('main').getByRole('button', { name: /^Send/ })
    const again = page.waitForResponse('**/media')
    await send.click()
    await again
    await becomes(() => send.textContent(), 'Send')
    await becomes(() => page.getByRole('main').getByRole('alert').count(), 1)
    await page.getByRole('button', { name: 'Remove half.png' }).click()
    expect(await composer(page).inputValue()).toBe('With a broken picture')
    await write(page, 'Without it, then')
  },
)

const pictures = (page: Page) => card(page, 'Look').getByRole('img')

journey('pictures: chosen, described, pasted and dropped; shown with their descriptions', async (visit) => {
  const ann = await site.person('photographer')
  const { page } = await visit({ at: site, as: ann })
  await page.goto(site.address)
  await composer(page).fill('Look at this')
  await page
    .getByRole('main')
    .locator('input[type=file]')
    .setInputFiles(await picture(page, 'chosen.png'))
  await page.getByLabel('Description of chosen.png').fill('A screen with a few words')

  const base64 = (await picture(page)).buffer.toString('base64')
  const files = `(name) => {
    const data = new DataTransfer()
    const bytes = Uint8Array.from(atob('${base64}'), (sign) => sign.charCodeAt(0))
    data.items.add(new File([bytes], name, { type: 'image/png' }))
    return data
  }`
  await look(
    composer(page),
    `one.dispatchEvent(new ClipboardEvent('paste', { clipboardData: (${files})('pasted.png'), bubbles: true, cancelable: true }))`,
  )
  await page.getByLabel('Description of pasted.png').waitFor()
  const dataTransfer = await page.evaluateHandle(`(${files})('dropped.png')`)
  await composer(page).dispatchEvent('dragover', { dataTransfer })
  await composer(page).dispatchEvent('drop', { dataTransfer })
  await page.getByLabel('Description of dropped.png').fill('The same once more')
  // One was not wanted after all.
  await page.getByRole('button', { name: 'Remove pasted.png' }).click()
  await page.getByRole('main').getByRole('button', { name: 'Send', exact: true }).click()

  await becomes(
    () => lookAtAll(pictures(page), 'all.filter((one) => one.alt).map((one) => one.alt)'),
    ['A screen with a few words', 'The same once more'],
  )
  await becomes(() => lookAtAll(pictures(page), 'all.every((one) => one.naturalWidth > 0)'), true)
  await page.getByRole('button', { name: 'Open the picture: A screen with a few words' }).click()
  await page.getByRole('dialog').getByRole('img', { name: 'A screen with a few words' }).waitFor()
  await page.keyboard.press('Escape')
  await becomes(() => page.getByRole('dialog').count(), 0)
})

journey('a picture keeps its room before it has come, so that nothing moves', async (visit) => {
  const ann = await site.person('roomy')
  const { page } = await visit({ at: site, as: ann })
  await page.goto(site.address)
  await composer(page).waitFor()
  const id = await upload(ann.token, new File([(await picture(page)).buffer], 'a.png'))
  await site.send(ann, 'A long word below')
  await site.send(ann, 'With a picture', { media: [id] })
  let letGo = () => {}
  const held = new Promise<void>((resolve) => (letGo = resolve))
  await page.route('**/media/**', async (route) => {
    await held
    await route.continue()
  })
  await page.reload()
  const below = card(page, 'A long word below')
  await below.waitFor()
  const shown = card(page, 'With a picture').getByRole('img', { name: 'Picture without description' })
  const before = (await below.boundingBox())!.y
  letGo()
  await becomes(() => look(shown, 'one.complete && one.naturalWidth > 0'), true)
  expect((await below.boundingBox())!.y).toBeCloseTo(before, 0)
})

journey('descriptions of pictures', async (visit) => {
  const ann = await site.person('describer')
  const { page } = await visit({ at: site, as: ann })
  await page.goto(site.address)
  await composer(page).waitFor()
  const { buffer } = await picture(page)
  for (let i = 0; i < payloads.length; i += 4) {
    const media: string[] = []
    for (const description of payloads.slice(i, i + 4)) {
      media.push(await upload(ann.token, new File([buffer], `${description.replace(/[/\0]/g, '')}.png`), description))
    }
    await site.send(ann, `Four pictures from ${i} on`, { media })
  }
  await page.goto(`${site.address}/@describer`)
  const seen = new Set<string>()
  await page.mouse.move(400, 400)
  await becomes(async () => {
    const alts = await lookAtAll<string[]>(page.locator('article img'), 'all.map((one) => one.alt)')
    for (const alt of alts) seen.add(alt)
    expect(await page.evaluate(traces)).toEqual([])
    await page.mouse.wheel(0, 1_000)
    return payloads.filter((payload) => !seen.has(payload))
  }, [])
})

journey('a picture of oneself: changed in the settings, seen on the profile, and taken away again', async (visit) => {
  const { page } = await visit({ at: site, as: await site.person('pictured') })
  await page.goto(`${site.address}/settings`)
  const own = page.getByRole('region', { name: 'Profile' })
  await own.locator('input[type=file]').setInputFiles(await picture(page, 'me.png'))
  await toast(page, 'Your picture is changed').waitFor()
  await goTo(page, 'Profile')
  const shown = page.locator('.profile img.avatar')
  await becomes(() => look<boolean>(shown, 'one.naturalWidth > 0'), true)
  await goTo(page, 'Settings')
  await own.getByRole('button', { name: 'Remove it' }).click()
  await toast(page, 'Your picture is removed').waitFor()
  await becomes(() => own.locator('img.avatar').count(), 0)
})

journey('three pictures fill their frame; one opened is as high as it needs; a file says its size', async (visit) => {
  const ann = await site.person('framer')
  const { page } = await visit({ at: site, as: ann })
  await page.goto(site.address)
  const { buffer } = await picture(page)
  const image = () => new File([new Uint8Array(buffer)], 'a.png', { type: 'image/png' })
  const media = [
    await upload(ann.token, image(), 'A field'),
    await upload(ann.token, image()),
    await upload(ann.token, image()),
  ]
  await site.send(ann, 'Three', { media })
  await site.send(ann, 'Bytes', { media: [await upload(ann.token, new File(['ab'], 'two.bin'))] })
  await card(page, 'Bytes').getByRole('link', { name: 'Download, 2 bytes' }).waitFor()
  const bottoms = await lookAtAll<number[]>(
    card(page, 'Three').locator('.media-open'),
    'all.map((one) => one.getBoundingClientRect().bottom)',
  )
  expect(bottoms[0]).toBe(bottoms[2]!)
  await page.getByRole('button', { name: 'Open the picture: A field' }).click()
  const dialog = page.getByRole('dialog', { name: 'Picture' })
  await becomes(() => look(dialog.getByRole('img'), 'one.naturalWidth > 0'), true)
  expect(await look(dialog, 'one.clientHeight - one.firstElementChild.clientHeight')).toBe(0)

  await page.keyboard.press('Escape')
  await goTo(page, 'Settings')
  await page.goBack()
  await page.getByRole('button', { name: 'Open the picture: A field' }).click()
  await dialog.waitFor()
  await page.goForward()
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  await page.goBack()
  await card(page, 'Three').waitFor()
  expect(await page.locator('dialog').count()).toBe(0)
})

journey(
  'a long name of a file leaves its description and the button that takes it away side by side',
  async (visit) => {
    const { page } = await visit({ at: site, as: await site.person('filer'), viewport: { width: 320, height: 640 } })
    await page.goto(site.address)
    const name = `${'A long name of a file '.repeat(8)}.txt`
    const files = page.getByRole('main').locator('input[type=file]')
    await files.setInputFiles({ name, mimeType: 'text/plain', buffer: Buffer.from('words') })
    const [field, button] = [
      page.getByLabel(`Description of ${name}`),
      page.getByRole('button', { name: `Remove ${name}` }),
    ]
    await field.waitFor()
    const [left, right] = [(await field.boundingBox())!, (await button.boundingBox())!]
    expect(left.x + left.width).toBeLessThanOrEqual(right.x)
    expect(right.x + right.width).toBeLessThanOrEqual(320)
  },
)
