/**
 * `npm run screenshots`: a small town on a server of its own, as Chromium shows it; the pictures in docs/images.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { type Account, call, signUp } from '../test/system/client.ts'
import { ServerProcess, temporaryFolder } from '../test/system/server.ts'
import { until } from '../test/until.ts'
import { launchChromium, loggedIn } from './browser.ts'
import { lookMs } from './screenshots/late-clock.ts'
import { posts, residents, scene, shown, shownThread } from './screenshots/town.ts'

const root = resolve(import.meta.dir, '..')
const out = join(root, 'docs/images')
/** A picture larger than this makes the README slow to open and the repository large. */
const bytesMax = 300_000
const desk: BrowserContextOptions = { viewport: { width: 1280, height: 860 } }
const phone: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
}

interface Shot {
  readonly name: string
  readonly path: string
  readonly device: BrowserContextOptions
  readonly scheme: 'light' | 'dark'
}

async function scenes(browser: Browser): Promise<(hue: number, seed: number) => Promise<File>> {
  const page = await browser.newPage({ viewport: { width: 960, height: 640 } })
  return async (hue, seed) => {
    await page.setContent(`<body style="margin:0">${scene(hue, seed)}`)
    const bytes = await page.screenshot({ type: 'jpeg', quality: 88 })
    return new File([bytes as Uint8Array<ArrayBuffer>], 'scene.jpg', { type: 'image/jpeg' })
  }
}

async function upload(address: string, who: Account, file: File, description?: string): Promise<string> {
  const form = new FormData()
  form.set('file', file)
  if (description) form.set('description', description)
  const headers = { authorization: `Bearer ${who.token}` }
  const answer = await fetch(`${address}/media`, { method: 'POST', headers, body: form })
  if (answer.status !== 201) throw new Error(`/media answered ${answer.status}: ${await answer.text()}`)
  return ((await answer.json()) as { id: string }).id
}

/** Has the server's clock stand so long ago from now on. */
async function setClock(file: string, minutesAgo: number): Promise<void> {
  writeFileSync(file, String(minutesAgo * 60_000))
  await Bun.sleep(2 * lookMs)
}

/** Has the town's people say what they say; resolves to its accounts and the ids of their messages. */
async function populate(address: string, browser: Browser, clock: string) {
  const draw = await scenes(browser)
  const accounts = new Map<string, Account>()
  for (const [i, { handle, name, bio, hue }] of residents.entries()) {
    const account = await signUp(address, handle)
    accounts.set(handle, account)
    const avatar = await upload(address, account, await draw(hue, i + 100))
    await call(address, 'PATCH', '/users/me', { token: account.token, body: { name, bio, avatar } })
  }
  for (const { token, id, handle } of accounts.values()) {
    for (const other of accounts.values()) {
      // Whom nobody hears speak is left to be suggested.
      const pair = [handle, other.handle]
      const strangers = pair.includes(shown.handle) && pair.some((one) => !posts.some(({ by }) => by === one))
      if (other.id !== id && !strangers) await call(address, 'PUT', `/users/${other.id}/follow`, { token, body: {} })
    }
  }
  const ids: string[] = []
  for (const [i, { minutesAgo, by, text, pictures, replyTo, boostOf, likedBy }] of posts.entries()) {
    await setClock(clock, minutesAgo)
    const author = accounts.get(by)!
    const media: string[] = []
    for (const { hue, words } of pictures ?? [])
      media.push(await upload(address, author, await draw(hue, i + hue), words))
    const body = {
      ...(boostOf === undefined ? { text } : { boostOf: ids[boostOf] }),
      ...(replyTo !== undefined && { replyTo: ids[replyTo] }),
      ...(media.length > 0 && { media }),
    }
    const sent = await call<{ id: string }>(address, 'POST', '/send', { token: author.token, body })
    if (sent.status !== 201) throw new Error(`/send answered ${sent.status}`)
    ids.push(sent.body.id)
    for (const liker of likedBy ?? []) {
      await call(address, 'PUT', `/messages/${sent.body.id}/like`, { token: accounts.get(liker)!.token })
    }
  }
  await setClock(clock, 0)
  return { accounts, ids }
}

async function take(browser: Browser, address: string, token: string, { name, path, device, scheme }: Shot) {
  const state = await loggedIn(address, token)
  const context = await browser.newContext({ ...device, ...state, colorScheme: scheme, reducedMotion: 'reduce' })
  const page = await context.newPage()
  await page.goto(address + path)
  await page.getByRole('article').first().waitFor()
  await page.waitForLoadState('networkidle')
  const pictures = `[...document.images].every((one) => one.complete || !one.checkVisibility() || one.getBoundingClientRect().top > innerHeight)`
  await until(async () => (await page.evaluate(pictures)) as boolean)
  const png = await page.screenshot({ animations: 'disabled' })
  await context.close()
  const small = await new Bun.Image(png).png({ palette: true, colors: 256, compressionLevel: 9 }).bytes()
  if (small.length > bytesMax) throw new Error(`${name} has ${small.length} bytes, more than ${bytesMax}`)
  await Bun.write(join(out, `${name}.png`), small)
  console.log(`docs/images/${name}.png ${Math.round(small.length / 1024)} KB`)
}

const folder = temporaryFolder()
const clock = join(folder.path, 'clock')
const server = new ServerProcess(join(folder.path, 'data'), [], {
  BUN_OPTIONS: `--preload ${join(root, 'scripts/screenshots/late-clock.ts')}`,
  ROOKERY_CLOCK: clock,
})
const browser = await launchChromium()
try {
  await setClock(clock, 24 * 60)
  await server.start()
  mkdirSync(out, { recursive: true })
  const { accounts, ids } = await populate(server.address, browser, clock)
  const { token } = accounts.get(shown.handle)!
  const thread = `/@${posts[shownThread]!.by}/${ids[shownThread]}`
  const shots: Shot[] = [
    { name: 'timeline', path: '/', device: desk, scheme: 'light' },
    { name: 'timeline-dark', path: '/', device: desk, scheme: 'dark' },
    { name: 'thread', path: thread, device: desk, scheme: 'light' },
    { name: 'profile-dark', path: `/@${shown.handle}`, device: desk, scheme: 'dark' },
    { name: 'phone', path: '/', device: phone, scheme: 'light' },
    { name: 'phone-dark', path: thread, device: phone, scheme: 'dark' },
  ]
  for (const shot of shots) await take(browser, server.address, token, shot)
} finally {
  await browser.close()
  await server.end('SIGTERM')
  folder.remove()
}
