import { Type } from 'typebox'
import type { AsyncApi } from './description/asyncapi.ts'
import type { OpenApi } from './description/openapi.ts'
import { matchesEtag } from './page.ts'
import { type Answer, type Call, type Row, row } from './table.ts'

const OpenApiDocument = Type.Object({ openapi: Type.String(), paths: Type.Object({}) })
const AsyncApiDocument = Type.Object({ asyncapi: Type.String(), channels: Type.Object({}) })

/** The API's description of itself, for programs. Both documents are made when first asked for, and kept. */
export function descriptionRows(documents: { openApi: () => OpenApi; asyncApi: () => AsyncApi }): Row[] {
  return [
    row({
      method: 'GET',
      path: '/openapi.json',
      does: 'Describes every call (OpenAPI 3.1)',
      access: 'open',
      answers: { 200: OpenApiDocument, 304: 'nothing' },
      refuses: [],
      handle: served(documents.openApi),
    }),
    row({
      method: 'GET',
      path: '/asyncapi.json',
      does: 'Describes every frame of the WebSocket (AsyncAPI 3)',
      access: 'open',
      answers: { 200: AsyncApiDocument, 304: 'nothing' },
      refuses: [],
      handle: served(documents.asyncApi),
    }),
  ]
}

function served(make: () => object) {
  let kept: { json: string; headers: Record<string, string> } | undefined
  return async ({ request }: Call): Promise<Answer> => {
    if (!kept) {
      const json = JSON.stringify(make())
      const etag = `W/"${new Bun.CryptoHasher('sha256').update(json).digest('base64url')}"`
      kept = { json, headers: { ETag: etag, 'Cache-Control': 'public, no-cache' } }
    }
    const ifNoneMatch = request.headers.get('if-none-match')
    const same = ifNoneMatch !== null && matchesEtag(ifNoneMatch, kept.headers.ETag!)
    return same ? { status: 304, headers: kept.headers } : { status: 200, ...kept }
  }
}
