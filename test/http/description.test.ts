import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { Compile } from 'typebox/schema'
import { fits } from '../../src/core/check.ts'
import type { RefusalCode } from '../../src/core/refusal.ts'
import { refusals } from '../../src/core/refusal.ts'
import * as wire from '../../src/core/wire.ts'
import type { AsyncApi } from '../../src/gateway/description/asyncapi.ts'
import { type OpenApi, type Operation, rowRefusals, templateOf } from '../../src/gateway/description/openapi.ts'
import type { Row } from '../../src/gateway/table.ts'
import { type Got, openServer, type TestServer } from './harness.ts'
import { type Journey, journey } from './journey-of-all.ts'
import asyncApiSchema from './schemas/asyncapi-3.0.0.json' with { type: 'json' }
import openApiSchema from './schemas/openapi-3.1.json' with { type: 'json' }

let server: TestServer
let openApi: OpenApi
let asyncApi: AsyncApi
beforeAll(async () => {
  server = openServer()
  openApi = (await server.ask('GET', '/openapi.json')).body as unknown as OpenApi
  asyncApi = (await server.ask('GET', '/asyncapi.json')).body as unknown as AsyncApi
})
afterAll(() => server.close())

const rowName = ({ method, path }: Row) => `${method} ${templateOf(path)}`
const operations = () =>
  Object.entries(openApi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ name: `${method.toUpperCase()} ${path}`, operation })),
  )

/** Every place in a document that refers to another. */
function references(part: unknown): string[] {
  if (typeof part !== 'object' || part === null) return []
  const own = '$ref' in part && typeof part.$ref === 'string' ? [part.$ref] : []
  return [...own, ...Object.values(part).flatMap(references)]
}

function isThere(document: object, reference: string): boolean {
  let at: unknown = document
  for (const part of reference.replace(/^#\//, '').split('/')) at = (at as Record<string, unknown> | undefined)?.[part]
  return at !== undefined
}

describe('the documents', () => {
  test('[D1] are valid by their official schemas', () => {
    for (const [schema, document] of [
      [openApiSchema, openApi],
      [asyncApiSchema, asyncApi],
    ] as const) {
      const validator = Compile(schema as object)
      expect(validator.Errors(document)[1]).toEqual([])
      expect(validator.Check({ ...document, info: {} })).toBeFalse()
    }
  })

  test('refer to nothing that is not there, and hold nothing that only TypeBox knows', () => {
    for (const document of [openApi, asyncApi]) {
      expect(references(document).filter((reference) => !isThere(document, reference))).toEqual([])
      expect(JSON.stringify(document)).not.toMatch(/"~|undefined/)
    }
  })

  test('need no token, are kept by an ETag, and any origin may read them', async () => {
    for (const path of ['/openapi.json', '/asyncapi.json']) {
      const { headers, text } = await server.ask('GET', path)
      expect(headers.get('content-type')).toBe('application/json')
      expect(headers.get('access-control-allow-origin')).toBe('*')
      const again = await server.ask('GET', path, { headers: { 'if-none-match': headers.get('etag')! } })
      expect([again.status, again.text]).toEqual([304, ''])
      expect((await server.ask('GET', path, { headers: { 'if-none-match': '"other"' } })).text).toBe(text)
    }
  })
})

describe('every call', () => {
  test('[D1] of the table is in the document, and the other way round', () => {
    expect(
      operations()
        .map(({ name }) => name)
        .sort(),
    ).toEqual(server.gateway.rows.map(rowName).sort())
    const ids = operations().map(({ operation }) => operation.operationId)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test('of the document is one that answers', async () => {
    for (const { name } of operations()) {
      const [method, path] = name.split(' ') as [string, string]
      const { status, body } = await server.ask(method, path.replace(/\{\w+\}/, '1'))
      expect([name, status === 405 || body.code === 'not_found']).toEqual([name, false])
    }
  })

  test('has a line, parameters, body, statuses and codes as its row has them', () => {
    for (const row of server.gateway.rows) {
      const operation = openApi.paths[templateOf(row.path)]![row.method.toLowerCase()]!
      expect(row.does).toMatch(/^[A-Z]\w+ .*[^.]$|^[A-Z]\w+$/)
      if (row.more !== undefined) expect(row.more).toMatch(/^[A-Z0-9`].*\.$/)
      expect(operation.security.length > 0).toBe(row.access === 'token')
      const parameters = operation.parameters.filter((one) => one.in === 'query').map((one) => one.name)
      expect(parameters).toEqual(Object.keys(row.query?.properties ?? {}))
      const named = propertiesOf(Object.values(operation.requestBody?.content ?? {})[0]?.schema)
      expect(named).toEqual(Object.keys((row.body?.schema as { properties?: object } | undefined)?.properties ?? {}))
      const statuses = [...Object.keys(row.answers), ...rowRefusals(row).map((code) => String(refusals[code].status))]
      expect(Object.keys(operation.responses).sort()).toEqual([...new Set(statuses)].sort())
      expect(codesOf(operation).sort()).toEqual(rowRefusals(row).sort())
    }
  })

  test('that takes a body has an example that may be sent', () => {
    for (const { body } of server.gateway.rows) {
      const { examples } = (body?.schema ?? { examples: [] }) as { examples: unknown[] }
      if (body) expect(examples.filter((example) => fits(body.schema, example))).toHaveLength(1)
    }
  })

  test('that creates with a token honours an Idempotency-Key', async () => {
    const { token } = await server.person('keyed')
    for (const row of server.gateway.rows) {
      if (row.access === 'token' && row.answers[201]) expect([rowName(row), row.keyed]).toEqual([rowName(row), true])
      if (!row.keyed) continue
      const asked = { token, json: { text: 'a' }, headers: { 'Idempotency-Key': 'k'.repeat(129) } }
      const { body } = await server.ask(row.method, row.path.replace(':id', '1'), asked)
      expect([rowName(row), body.field]).toEqual([rowName(row), 'Idempotency-Key'])
    }
  })

  test('[D2] answers as the document says, in a journey through all of them', async () => {
    const reached = new Set<string>()
    const walk: Journey = {
      server,
      async call(name, { path, ...asked } = {}) {
        const [method, template] = name.split(' ') as [string, string]
        const got = await server.ask(method, path ?? template, asked)
        const operation = openApi.paths[template]?.[method.toLowerCase()]
        expect([name, got.status, described(operation, got)]).toEqual([name, got.status, 'as described'])
        if (got.status < 400) reached.add(name)
        return got
      },
    }
    await journey(walk)
    expect(
      operations()
        .map(({ name }) => name)
        .filter((name) => !reached.has(name)),
    ).toEqual([])
    expect(server.mistakes).toEqual([])
  })
})

describe('every frame', () => {
  test('[D1] of either side is in the document with a line, and each op with its answer', () => {
    const { messages } = asyncApi.channels.socket
    const ops = ['hello', ...Object.keys(wire.frames)]
    const answers = Object.keys(wire.frames).map((op) => `${op}Answer`)
    expect(Object.keys(messages).sort()).toEqual([...ops, ...answers, ...Object.keys(wire.serverFrames)].sort())
    for (const { summary } of Object.values(messages)) expect(summary).toMatch(/^[A-Z].*[^.]$/)
    for (const [name, { action, reply }] of Object.entries(asyncApi.operations)) {
      expect([name, action, reply !== undefined]).toEqual([
        name,
        ops.includes(name) ? 'receive' : 'send',
        ops.includes(name),
      ])
    }
    for (const [op, schema] of Object.entries(wire.frames)) {
      expect(propertiesOf(messages[op]!.payload)).toEqual(Object.keys(schema.properties))
    }
  })
})

/** The names of a form's properties, referred to or not. */
function propertiesOf(form: { readonly [key: string]: unknown } | undefined): string[] {
  const name = (form?.$ref as string | undefined)?.split('/').at(-1)
  const whole = name === undefined ? form : openApi.components.schemas[name]
  return Object.keys((whole?.properties as object | undefined) ?? {})
}

interface Codes {
  readonly properties: { readonly code: { readonly enum: readonly RefusalCode[] } }
}

function codesOf({ responses }: Operation): RefusalCode[] {
  return Object.values(responses).flatMap(({ content }) => {
    const form = content?.['application/problem+json']?.schema as { allOf: [object, Codes] } | undefined
    return form?.allOf[1].properties.code.enum ?? []
  })
}

/** `as described`, or why not: an answer held to the document alone, as a client in another language would. */
function described(operation: Operation | undefined, got: Got): string {
  const response = operation?.responses[got.status]
  if (!response) return `the document has no status ${got.status}`
  const type = got.headers.get('content-type')?.split(';')[0]
  const schema = response.content?.[type ?? '']?.schema
  if (response.content?.['*/*']) return 'as described'
  if (!response.content) return got.text === '' ? 'as described' : 'the document has no body here'
  if (!schema) return `the document has no ${type} here`
  const value = /[/+]json$/.test(type!) ? got.body : got.text
  const errors = Compile({ ...schema, components: openApi.components }).Errors(value)[1]
  return errors.length === 0 ? 'as described' : JSON.stringify(errors)
}
