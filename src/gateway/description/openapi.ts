import { STATUS_CODES } from 'node:http'
import { type RefusalCode, refusals } from '../../core/refusal.ts'
import { IdempotencyKey, idText, Problem } from '../../core/wire.ts'
import type { Content, Row } from '../table.ts'
import { about } from './about.ts'
import { type Form, Forms } from './forms.ts'

/** Rows by the heading they stand under. */
export type Sections = Readonly<Record<string, readonly Row[]>>

/** OpenAPI 3.1, as far as a reader of ours goes by it. */
export interface OpenApi {
  readonly openapi: string
  readonly info: Form
  readonly tags: readonly { readonly name: string }[]
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Form>> } & Form
}

export interface Operation {
  readonly operationId: string
  readonly tags: readonly string[]
  readonly summary: string
  readonly description?: string
  readonly security: readonly Form[]
  readonly parameters: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Media }
  readonly responses: Readonly<Record<string, { readonly description: string; readonly content?: Media }>>
}

export interface Parameter {
  readonly name: string
  readonly in: 'path' | 'query' | 'header'
  readonly required: boolean
  readonly description?: string
  readonly schema: Form
}

type Media = Readonly<Record<string, { readonly schema: Form }>>

/** The description of every call. */
export function openApi(sections: Sections): OpenApi {
  const forms = new Forms()
  const paths: Record<string, Record<string, Operation>> = {}
  for (const [tag, rows] of Object.entries(sections)) {
    for (const row of rows) (paths[templateOf(row.path)] ??= {})[row.method.toLowerCase()] = operation(row, tag, forms)
  }
  return {
    openapi: '3.1.1',
    info: { ...about, summary: 'A microblogging server and feed engine', description },
    servers: [{ url: '/' }],
    tags: Object.keys(sections).map((name) => ({ name })),
    paths,
    components: { schemas: forms.named, headers, securitySchemes },
  } as OpenApi
}

const description = `JSON in UTF-8. Ids are decimal strings, ordered by time; times are ISO 8601, UTC. A property that is not described is ignored.

Lists take \`length\` and \`before\`, and give \`next\` while there is more: give it back as \`before\`.

A refusal is \`application/problem+json\`: \`code\` is a stable word, \`detail\` says what to do, \`field\` names what is at fault. A method that a path does not have is 405 with \`Allow\`. Where one may come back later, \`Retry-After\` says when.

A creating call that carries an \`Idempotency-Key\` may be repeated: for 24 hours the same key of the same user gives what it made first.`

const securitySchemes = {
  token: { type: 'http', scheme: 'bearer', description: 'What `POST /users` or `POST /sessions` gave.' },
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'rookery',
    description: 'The same token, set for pages of this server; changes then need its `Origin`.',
  },
}

const header = (text: string) => ({ description: text, schema: { type: 'string' } })
const headers = {
  ETag: header('Names what was answered: give it back in `If-None-Match`.'),
  RateLimit: header('What is left: the policy’s name, `r` requests, `t` seconds until one more.'),
  'RateLimit-Policy': header('The policy’s name, `q` requests in `w` seconds.'),
  'Retry-After': header('When to come back, in seconds.'),
  'WWW-Authenticate': header('How to say who asks.'),
}

/** `/users/{id}/follow` for `/users/:id/follow`. */
export function templateOf(path: string): string {
  return path.replace(/:(\w+)/, '{$1}')
}

/** Every code that a call may be refused with; 405 is its path's, not its own. */
export function rowRefusals(row: Row): RefusalCode[] {
  const codes: RefusalCode[] = [...row.refuses, 'internal', 'unavailable', 'overloaded', 'draining']
  if (row.access === 'token') codes.push('unauthorized')
  if (row.access === 'token' && row.method !== 'GET') codes.push('forbidden')
  if (row.method !== 'GET') codes.push('disk_full')
  if (row.limit !== undefined) codes.push('rate_limited')
  if (row.body) codes.push('bad_request', 'too_large', 'wrong_content_type')
  if (row.body && !row.body.form) codes.push('bad_json')
  if (row.body || row.query || row.keyed || row.path.includes(':')) codes.push('invalid')
  return Object.keys(refusals).filter((code) => codes.includes(code as RefusalCode)) as RefusalCode[]
}

function operation(row: Row, tag: string, forms: Forms): Operation {
  return {
    operationId: operationId(row),
    tags: [tag],
    summary: row.does,
    ...(row.more !== undefined && { description: row.more }),
    security: row.access === 'token' ? [{ token: [] }, { cookie: [] }] : [],
    parameters: parameters(row, forms),
    ...(row.body && {
      requestBody: {
        required: row.body.needed,
        content: {
          [row.body.form ? 'multipart/form-data' : 'application/json']: { schema: forms.of(row.body.schema) },
        },
      },
    }),
    responses: { ...successes(row, forms), ...problems(row, forms) },
  }
}

const parameterWords: Readonly<Record<string, string>> = {
  handle: 'a handle, without the @',
  medium: 'the id of an upload',
}

/** `putUsersIdFollow`. */
function operationId({ method, path }: Row): string {
  return method.toLowerCase() + path.replace(/\W+(\w?)/g, (_, first: string) => first.toUpperCase())
}

function parameters(row: Row, forms: Forms): Parameter[] {
  const found: Parameter[] = []
  for (const [, name] of row.path.matchAll(/:(\w+)/g)) {
    const schema = name === 'id' ? forms.of(idText) : { type: 'string', description: parameterWords[name!]! }
    found.push({ name: name!, in: 'path', required: true, schema })
  }
  for (const [name, schema] of Object.entries(row.query?.properties ?? {})) {
    const required = row.query!.required?.includes(name) ?? false
    found.push({ name, in: 'query', required, schema: forms.of(schema) })
  }
  if (row.keyed) {
    found.push({ name: 'Idempotency-Key', in: 'header', required: false, schema: forms.of(IdempotencyKey) })
  }
  if (row.answers[304] !== undefined) {
    const schema = { type: 'string', description: 'the `ETag` of what one has' }
    found.push({ name: 'If-None-Match', in: 'header', required: false, schema })
  }
  return found
}

function successes(row: Row, forms: Forms) {
  const names = [...(row.limit ? ['RateLimit', 'RateLimit-Policy'] : []), ...(row.answers[304] ? ['ETag'] : [])]
  return Object.fromEntries(
    Object.entries(row.answers).map(([status, content]) => [status, response(status, media(content, forms), names)]),
  )
}

function media(content: Content, forms: Forms): Media | undefined {
  if (content === 'nothing') return undefined
  return typeof content === 'string'
    ? { [content]: { schema: { type: 'string' } } }
    : { 'application/json': { schema: forms.of(content) } }
}

const problemHeaders: Readonly<Record<number, readonly string[]>> = {
  401: ['WWW-Authenticate'],
  429: ['Retry-After', 'RateLimit', 'RateLimit-Policy'],
  503: ['Retry-After'],
  507: ['Retry-After'],
}

function problems(row: Row, forms: Forms) {
  const codes = rowRefusals(row)
  const problem = forms.of(Problem)
  return Object.fromEntries(
    [...new Set(codes.map((code) => refusals[code].status))].map((status) => {
      const here = codes.filter((code) => refusals[code].status === status)
      const schema = { allOf: [problem, { properties: { code: { enum: here } } }] }
      const names = problemHeaders[status] ?? []
      const said = here.map((code) => `\`${code}\`: ${refusals[code].title}.`).join(' ')
      return [
        status,
        { ...response(String(status), { 'application/problem+json': { schema } }, names), description: said },
      ]
    }),
  )
}

function response(status: string, content: Media | undefined, names: readonly string[]) {
  return {
    description: STATUS_CODES[status]!,
    ...(names.length > 0 && {
      headers: Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }])),
    }),
    ...(content && { content }),
  }
}
