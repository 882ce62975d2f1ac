import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib'
import { paths } from '../../src/web/paths.ts'
import { openServer, type TestServer } from './harness.ts'

let server: TestServer
beforeAll(() => {
  server = openServer()
})
afterAll(() => server.close())

/** As a browser asks that goes to an address. */
const visit = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers: { accept: 'text/html,*/*;q=0.8', 'accept-encoding': 'identity', ...headers } })
/** As a page asks for a part of it. */
const load = (path: string, headers: Record<string, string> = {}) =>
  fetch(server.url + path, { headers: { 'accept-encoding': 'identity', ...headers }, decompress: false })

/** An address of every page. */
const pages = Object.values(paths).map((path) =>
  path.source
    .replace(/[$^\\]/g, '')
    .replace('(?<handle>[A-Za-z0-9_]{1,30})', 'ada')
    .replace('(?<id>[0-9]{1,16})', '7'),
)

async function scripts(): Promise<string[]> {
  const html = await (await visit('/')).text()
  return [...html.matchAll(/(?:src|href)="(\/web\/[^"]+)"/g)].map(([, path]) => path!)
}

describe('the web client', () => {
  test('[W1] every page of it is the same document, and none of its addresses is a call of the API', async () => {
    const home = await (await visit('/')).text()
    expect(pages).toContain('/@ada/7')
    for (const path of pages) {
      const page = await visit(path)
      expect([path, page.status, await page.text()]).toEqual([path, 200, home])
      if (path !== '/') expect(server.gateway.rows.map((row) => row.path)).not.toContain(path)
    }
  })

  test('what is no page is 404: for browsers with a page that says so, for programs with a problem', async () => {
    const page = await visit('/no/such/page')
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/html; charset=utf-8'])
    for (const path of ['/no/such/page', '/web/main-00000000.js', '/nothing.js']) {
      const problem = await load(path)
      expect([path, problem.status, problem.headers.get('content-type')]).toEqual([
        path,
        404,
        'application/problem+json',
      ])
    }
    expect((await fetch(`${server.url}/@ada`, { method: 'POST' })).status).toBe(404)
  })

  test('[W2] it may run, load and call nothing but this server, and holds no script or style itself', async () => {
    const page = await visit('/')
    const policy = page.headers.get('content-security-policy')!
    expect(policy).toStartWith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';")
    for (const part of [
      "frame-ancestors 'none'",
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
    ])
      expect(policy).toContain(part)
    expect(policy).not.toMatch(/unsafe|\*|https?:/)
    expect(page.headers.get('x-content-type-options')).toBe('nosniff')
    expect(page.headers.get('referrer-policy')).toBe('no-referrer')
    const html = await page.text()
    expect(html).not.toMatch(/<style|<script[^>]*>[^<]|\sstyle=|\son\w+=|javascript:|%[A-Z]+%/i)
    const named = [...html.matchAll(/(?:src|href)="([^"#]+)"/g)].map(([, path]) => path!)
    expect(named.length).toBeGreaterThan(5)
    for (const path of named) expect([path, (await load(path)).status]).toEqual([path, 200])
  })

  test('[W3] what carries a hash is kept for ever, the rest is asked for again and answered 304', async () => {
    for (const path of [...(await scripts()), '/', '/sw.js', '/icon.svg', '/manifest.webmanifest']) {
      const { headers } = await load(path)
      const cached = headers.get('cache-control')
      expect([path, cached]).toEqual([
        path,
        path.startsWith('/web/') ? 'public, max-age=31536000, immutable' : 'no-cache',
      ])
      expect((await load(path, { 'if-none-match': headers.get('etag')! })).status).toBe(304)
      expect((await load(path, { 'if-none-match': '"other"' })).status).toBe(200)
    }
  })

  test('it is sent packed as the browser takes it', async () => {
    const main = (await scripts()).find((path) => path.endsWith('.js'))!
    const plain = Buffer.from(await (await load(main)).arrayBuffer())
    const unpack = { br: brotliDecompressSync, zstd: zstdDecompressSync, gzip: gunzipSync }
    for (const [coding, of] of Object.entries(unpack)) {
      const answer = await load(main, { 'accept-encoding': coding })
      expect(answer.headers.get('content-encoding')).toBe(coding)
      expect(answer.headers.get('vary')).toBe('Accept-Encoding, Cookie')
      expect(of(Buffer.from(await answer.arrayBuffer())).equals(plain)).toBeTrue()
    }
    const coding = async (accepted: string) =>
      (await load(main, { 'accept-encoding': accepted })).headers.get('content-encoding')
    expect(await coding('gzip, deflate, br, zstd')).toBe('br')
    expect(await coding('br;q=0, gzip')).toBe('gzip')
    expect(await coding('deflate')).toBeNull()
  })

  test('the page knows whether the browser has a session, and needs not ask for a stranger', async () => {
    const meta = async (headers: Record<string, string>) =>
      /rookery-session" content="(\w+)"/.exec(await (await visit('/', headers)).text())![1]
    expect([await meta({}), await meta({ cookie: 'rookery=x' }), await meta({ cookie: 'other=x' })]).toEqual([
      'none',
      'likely',
      'none',
    ])
  })

  test('the page knows who may sign up', async () => {
    expect(await (await visit('/signup')).text()).toContain('<meta name="rookery-registration" content="open">')
    const closed = openServer({ registration: 'closed' })
    expect(await (await fetch(closed.url)).text()).toContain('<meta name="rookery-registration" content="closed">')
    await closed.close()
  })

  test('[W4] the first view is at most 60 KB of packed script', async () => {
    const html = await (await visit('/')).text()
    const first = [...html.matchAll(/(?:src|modulepreload" href)="(\/web\/[^"]+\.js)"/g)].map(([, path]) => path!)
    const packed = async (path: string) =>
      (await (await load(path, { 'accept-encoding': 'br' })).arrayBuffer()).byteLength
    const sizes = await Promise.all(first.map(packed))
    const bytes = sizes.reduce((sum, size) => sum + size, 0)
    expect(bytes).toBeGreaterThan(10_000)
    expect(bytes).toBeLessThanOrEqual(60_000)
  })
})
