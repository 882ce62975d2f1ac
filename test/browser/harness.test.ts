/** The harness itself: a page that does what no page may is found out, each thing by itself. */
import { afterAll, expect, test } from 'bun:test'
import type { Page } from 'playwright-core'
import { seriousFindings } from './axe.ts'
import { watchContext } from './complaints.ts'
import { becomes, openBrowser } from './harness.ts'

const wrong: Record<string, { script?: string; body?: string; complaint: RegExp }> = {
  error: { script: `console.error('broken')`, complaint: /^console error: broken/ },
  warning: { script: `console.warn('careful')`, complaint: /^console warning: careful/ },
  thrown: { script: `setTimeout(() => { throw new Error('nobody') })`, complaint: /^error: Error: nobody/ },
  rejected: { script: `Promise.reject(new Error('no one'))`, complaint: /^error: Error: no one/ },
  elsewhere: {
    body: '<img src="http://example.com/p.png" alt="">',
    complaint: /^request to another host: http:\/\/ex/,
  },
  socket: { script: `new WebSocket('ws://example.com/')`, complaint: /^socket to another host: ws:\/\/example/ },
  inline: { body: '<script>document.title = "ran"</script>', complaint: /Content Security Policy/ },
  failing: { script: `fetch('/500')`, complaint: /^answer 500/ },
  missing: { script: `fetch('/absent')`, complaint: /^console error: .*404/ },
  dialog: { script: `alert('hello')`, complaint: /^dialog alert: hello/ },
}

const html = (name: string) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>${name}</title>
<main>${wrong[name]?.body ?? ''}<h1>${name}</h1></main><script src="/${name}.js"></script></html>`
const server = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request) {
    const name = new URL(request.url).pathname.slice(1)
    if (name === '500') return new Response('', { status: 500 })
    if (name === 'grey') {
      const body =
        '<!doctype html><title>a</title><p style="color:#999;background:#fff">Hardly to be read</p><img src="">'
      return new Response(body, { headers: { 'Content-Type': 'text/html' } })
    }
    const script = name.endsWith('.js') ? (wrong[name.slice(0, -3)]?.script ?? '') : undefined
    if (script !== undefined) return new Response(script, { headers: { 'Content-Type': 'text/javascript' } })
    if (!(name in wrong) && name !== 'good') return new Response('', { status: name === 'favicon.ico' ? 204 : 404 })
    const csp = "default-src 'none'; script-src 'self'; connect-src 'self' ws:; img-src *"
    return new Response(html(name), { headers: { 'Content-Type': 'text/html', 'Content-Security-Policy': csp } })
  },
})
afterAll(() => server.stop(true))

const address = `http://127.0.0.1:${server.port}`
type Use<T> = (page: Page, open: () => string[], isOpen: (line: RegExp) => boolean) => Promise<T>

async function look<T>(name: string, use: Use<T>): Promise<T> {
  const context = await (await openBrowser()).newContext()
  const complaints = watchContext(context, address)
  const page = await context.newPage()
  await page.goto(`${address}/${name}`)
  const result = await use(page, complaints.open, (line) => complaints.open().some((one) => line.test(one)))
  await context.close()
  return result
}

for (const [name, { complaint }] of Object.entries(wrong)) {
  test(`a page is found out: ${name}`, () => look(name, (_, __, isOpen) => becomes(() => isOpen(complaint), true)))
}

test('a page that does nothing of it has nothing to complain of', () =>
  look('good', async (page, open) => {
    expect(await page.textContent('h1')).toBe('good')
    expect(open()).toEqual([])
    expect(await seriousFindings(page)).toEqual([])
  }))

test('what was foreseen is no complaint, everything else still is', () =>
  look('error', async (page) => {
    const complaints = watchContext(page.context(), address)
    complaints.foresee(/expected/)
    await page.evaluate(`console.error('expected'); console.error('not so')`)
    await becomes(() => complaints.open().length, 1)
    expect(complaints.open()[0]).toStartWith('console error: not so')
  }))

test('axe finds grey on white and a picture without words, under a CSP that lets no script in', () =>
  look('grey', async (page) => {
    const found = (await seriousFindings(page)).map((line) => line.split(',')[0])
    expect(found).toContain('light: color-contrast (serious)')
    expect(found).toContain('light: image-alt (critical)')
    expect(found).toContain('dark: image-alt (critical)')
  }))
