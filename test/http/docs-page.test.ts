import { afterAll, beforeAll, expect, test } from 'bun:test'
import type { AsyncApi } from '../../src/gateway/description/asyncapi.ts'
import type { OpenApi } from '../../src/gateway/description/openapi.ts'
import { openServer, type TestServer } from './harness.ts'

let server: TestServer
let page: string
beforeAll(async () => {
  server = openServer()
  page = (await server.ask('GET', '/docs')).text
})
afterAll(() => server.close())

const all = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, found]) => found!)

test('[D3] the page may load and call nothing but this server, and holds no script or style itself', async () => {
  const { headers } = await server.ask('GET', '/docs')
  expect(headers.get('content-security-policy')).toBe(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  )
  expect(headers.get('x-content-type-options')).toBe('nosniff')
  expect(page).not.toMatch(/<style|<script[^>]*>[^<]|\sstyle=|\son\w+=|javascript:/i)
  const loaded = all(/(?:src|href)="([^"#]+)"/g)
  expect(loaded).toContain('/docs/script.js')
  for (const path of loaded) expect([path, (await server.ask('GET', path)).status]).toEqual([path, 200])
})

test('the page has every call and every frame, and no link that leads nowhere', async () => {
  const openApi = (await server.ask('GET', '/openapi.json')).body as unknown as OpenApi
  const asyncApi = (await server.ask('GET', '/asyncapi.json')).body as unknown as AsyncApi
  const ids = all(/\sid="([^"]+)"/g)
  expect(new Set(ids).size).toBe(ids.length)
  for (const methods of Object.values(openApi.paths)) {
    for (const { operationId } of Object.values(methods)) expect(ids).toContain(operationId)
  }
  for (const name of Object.keys(asyncApi.operations)) expect(page).toContain(`<summary><code>${name}</code>`)
  expect(all(/href="#([^"]+)"/g).filter((id) => !ids.includes(id))).toEqual([])
  expect(all(/<label for="([^"]+)"/g).filter((id) => !ids.includes(id))).toEqual([])
})

test('[D3] [D5] its script is whole by itself, and shows signs that turn the direction as escapes', async () => {
  const { text, headers } = await server.ask('GET', '/docs/script.js')
  expect(headers.get('content-type')).toBe('text/javascript; charset=utf-8')
  expect(() => new Function(text)).not.toThrow()
  expect(text).not.toMatch(/\b(import|require)\b|__/)
  expect(text).toContain('202a-\\u202e')
})
