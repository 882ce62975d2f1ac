import { Type } from 'typebox'
import { asyncApi } from './description/asyncapi.ts'
import { openApi, type Sections } from './description/openapi.ts'
import { docsPage } from './description/page.ts'
import { pageScript } from './description/page-script.ts'
import { pageStyle } from './description/page-style.ts'
import { matchesEtag } from './page.ts'
import { type Answer, type Call, type Row, row } from './table.ts'

const OpenApiDocument = Type.Object({ openapi: Type.String(), paths: Type.Object({}) })
const AsyncApiDocument = Type.Object({ asyncapi: Type.String(), channels: Type.Object({}) })

/** Nothing from elsewhere, and nothing that stands in the page itself. */
const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

/** The API's description of itself, for programs and for people. `sections`: every call there is, these here too. */
export function descriptionRows(sections: () => Sections): Row[] {
  return [
    row({
      method: 'GET',
      path: '/openapi.json',
      does: 'Describes every call (OpenAPI 3.1)',
      access: 'open',
      limit: 'reads',
      answers: { 200: OpenApiDocument, 304: 'nothing' },
      refuses: [],
      handle: served('application/json', () => JSON.stringify(openApi(sections()))),
    }),
    row({
      method: 'GET',
      path: '/asyncapi.json',
      does: 'Describes every frame of the WebSocket (AsyncAPI 3)',
      access: 'open',
      limit: 'reads',
      answers: { 200: AsyncApiDocument, 304: 'nothing' },
      refuses: [],
      handle: served('application/json', () => JSON.stringify(asyncApi())),
    }),
    row({
      method: 'GET',
      path: '/docs',
      does: 'Shows a page to read and try the calls',
      access: 'open',
      limit: 'reads',
      answers: { 200: 'text/html', 304: 'nothing' },
      refuses: [],
      handle: served('text/html', () => docsPage(openApi(sections()), asyncApi()), {
        'Content-Security-Policy': pagePolicy,
        'Referrer-Policy': 'no-referrer',
      }),
    }),
    row({
      method: 'GET',
      path: '/docs/style.css',
      does: 'Gives that page its looks',
      access: 'open',
      limit: 'reads',
      answers: { 200: 'text/css', 304: 'nothing' },
      refuses: [],
      handle: served('text/css', () => pageStyle),
    }),
    row({
      method: 'GET',
      path: '/docs/script.js',
      does: 'Gives that page its script',
      access: 'open',
      limit: 'reads',
      answers: { 200: 'text/javascript', 304: 'nothing' },
      refuses: [],
      handle: served('text/javascript', () => pageScript),
    }),
  ]
}

/** A text that is made when it is first asked for, and kept; clients ask whether theirs is still the same. */
function served(type: string, make: () => string, more: Record<string, string> = {}) {
  let kept: { text: string; headers: Record<string, string> } | undefined

  function keep() {
    const text = make()
    const etag = `W/"${new Bun.CryptoHasher('sha256').update(text).digest('base64url')}"`
    const contentType = type === 'application/json' ? type : `${type}; charset=utf-8`
    kept = { text, headers: { 'Content-Type': contentType, ETag: etag, 'Cache-Control': 'public, no-cache', ...more } }
    return kept
  }

  return async ({ request }: Call): Promise<Answer> => {
    const { text, headers } = kept ?? keep()
    const ifNoneMatch = request.headers.get('if-none-match')
    if (ifNoneMatch !== null && matchesEtag(ifNoneMatch, headers.ETag!)) return { status: 304, headers }
    return { status: 200, json: text, headers }
  }
}
