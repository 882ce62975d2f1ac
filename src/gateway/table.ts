import type { Static, TObject, TSchema } from 'typebox'
import type { Id, UserId } from '../core/ids.ts'
import { answerWithinMs } from '../core/limits.ts'
import type { RefusalCode } from '../core/refusal.ts'
import type { Rate, RatePolicy } from '../services/rate-limit.ts'

/** The part of Bun's server that answers need; with sockets' data left to those who know it. */
export type Server = Bun.Server<never>

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** How a caller proved who they are. */
export interface Session {
  readonly token: string
  readonly byCookie: boolean
}

/** One request, as far as its route asked for it to be read and checked. */
export interface Call<Query = unknown, Body = unknown> {
  readonly request: Request
  readonly server: Server
  /** Who asks; 0 on routes that need no token. */
  readonly reader: UserId
  /** Undefined on routes that need no token. */
  readonly session: Session | undefined
  /** What is left of the caller's rate; undefined where nothing is limited. */
  readonly rate: Rate | undefined
  /** The id in the path; 0 where the path has none. */
  readonly id: Id
  /** The handle in the path; empty where the path has none. */
  readonly handle: string
  /** The id of an upload in the path, as it came; empty where the path has none. */
  readonly medium: string
  readonly query: Query
  readonly body: Body
}

export interface Answer {
  readonly status: number
  /** Ready JSON, or something to be made into it, unless `headers` has another `Content-Type`; undefined: no body. */
  readonly json?: string | object
  readonly headers?: Record<string, string>
}

/** JSON of this form, something of another content type, or no body. */
export type Content =
  | TSchema
  | 'text/plain'
  | 'text/html'
  | 'text/css'
  | 'text/javascript'
  | 'application/x-ndjson'
  | '*/*'
  | 'nothing'

/** A call: how it is served, and what the API's description says of it. */
export interface Row {
  readonly method: Method
  /** With `:id`, `:medium` or `@:handle` as second segment where there is one. */
  readonly path: string
  /** What it does, in a line that begins with a verb: "Likes a message". */
  readonly does: string
  /** Whole sentences on what the line leaves open. */
  readonly more: string | undefined
  /** Whether it needs a token. */
  readonly access: 'token' | 'open'
  /** Which rate it counts for, by user or, where open, by address; undefined: free. */
  readonly limit: RatePolicy | undefined
  readonly query: TObject | undefined
  readonly body:
    | {
        readonly schema: TSchema
        readonly bytesMax: number
        readonly needed: boolean
        /** Absent: before the handler is called. */
        readonly checked?: 'by handler'
        /** `multipart/form-data`, which the handler reads; absent: JSON. */
        readonly form?: true
      }
    | undefined
  /** Whether an `Idempotency-Key` counts: on every call with a token that creates. */
  readonly keyed: boolean
  /** How long it may take to answer, in milliseconds. */
  readonly withinMs: number
  /** Every status of its that is no refusal, and what it holds. */
  readonly answers: Readonly<Record<number, Content>>
  /** What it refuses, beyond what `rowRefusals` reads off the rest of the row. */
  readonly refuses: readonly RefusalCode[]
  /** Undefined: the connection has become a WebSocket. */
  handle(call: Call): Promise<Answer | Response | undefined>
}

interface RowOf<Q extends TObject, B extends TSchema> {
  method: Method
  path: string
  does: string
  more?: string
  access?: 'open'
  limit?: RatePolicy
  query?: Q
  body?: { schema: B; bytesMax: number; needed?: boolean; checked?: 'by handler'; form?: true }
  keyed?: true
  withinMs?: number
  answers: Readonly<Record<number, Content>>
  refuses: readonly RefusalCode[]
  handle(call: Call<Static<Q>, Static<B>>): Promise<Answer | Response | undefined>
}

/** One row of the table of routes; its handler is typed by its schemas. */
export function row<Q extends TObject, B extends TSchema>(of: RowOf<Q, B>): Row {
  return {
    method: of.method,
    path: of.path,
    does: of.does,
    more: of.more,
    access: of.access ?? 'token',
    limit: of.limit ?? (of.access === 'open' ? undefined : of.method === 'GET' ? 'reads' : 'writes'),
    query: of.query,
    body: of.body && { ...of.body, needed: of.body.needed ?? true },
    keyed: of.keyed ?? false,
    withinMs: of.withinMs ?? answerWithinMs,
    answers: of.answers,
    refuses: of.refuses,
    // The gateway gives a row only what that row's own schemas have passed.
    handle: of.handle as Row['handle'],
  }
}

export interface Match {
  readonly rows: ReadonlyMap<Method, Row>
  /** The path's second segment where the row has a parameter there, as it came. */
  readonly parameter: string
}

/** Finds a path's rows by one or two look-ups, whatever the number of rows. */
export function createTable(rows: readonly Row[]): (path: string) => Match | undefined {
  const byPath = new Map<string, Map<Method, Row>>()
  for (const each of rows) {
    const methods = byPath.get(each.path) ?? new Map<Method, Row>()
    if (methods.has(each.method)) throw new Error(`${each.method} ${each.path} stands in the table twice`)
    byPath.set(each.path, methods.set(each.method, each))
  }
  return (path) => {
    const exact = path.includes(':') ? undefined : byPath.get(path)
    if (exact) return { rows: exact, parameter: '' }
    const [, first, raw, rest] = /^\/([^/]+)\/([^/]+)(\/[^/]+)?$/.exec(path) ?? []
    if (first === undefined || raw === undefined) return undefined
    const second = decoded(raw)
    const byHandle = second.startsWith('@') ? byPath.get(`/${first}/@:handle${rest ?? ''}`) : undefined
    if (byHandle) return { rows: byHandle, parameter: second.slice(1) }
    const byId = byPath.get(`/${first}/:id${rest ?? ''}`) ?? byPath.get(`/${first}/:medium${rest ?? ''}`)
    return byId && { rows: byId, parameter: second }
  }
}

/** As it came where it is not percent-encoded UTF-8: no parameter of ours looks like that. */
function decoded(segment: string): string {
  if (!segment.includes('%')) return segment
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The methods of a path, as `Allow` lists them. */
export function allowed(rows: ReadonlyMap<Method, Row>): string {
  const methods = [...rows.keys()].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
  return [...methods, 'OPTIONS'].join(', ')
}
