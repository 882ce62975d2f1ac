import { check } from '../core/check.ts'
import { type Id, parseId, type UserId } from '../core/ids.ts'
import { queueDelayMaxMs, requestsInWorkMax } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { Auth } from '../services/auth.ts'
import type { Rate, RateLimits } from '../services/rate-limit.ts'
import type { Timeline } from '../services/timeline.ts'
import type { Admission } from './admission.ts'
import {
  answerResponse,
  mustAllow,
  optionsResponse,
  overloadResponse,
  pageResponse,
  problemResponse,
} from './answer.ts'
import { readJson } from './body.ts'
import { type FetchPage, fetchPath } from './fetch-page.ts'
import type { HttpMetrics } from './http-metrics.ts'
import { clientAddress, rateAddress } from './origin.ts'
import { pathStart, queryPart, readQuery } from './query.ts'
import { readSession } from './session.ts'
import { allowed, type Call, createTable, type Match, type Method, type Row, type Server } from './table.ts'
import { createTurns } from './turns.ts'
import type { Web } from './web/pages.ts'

export interface Requests {
  /** To be given to `Bun.serve`; undefined where the connection has become a WebSocket. Never rejects. */
  fetch(request: Request, server: Server): Promise<Response | undefined>
  /** From now on all but the operator's calls is answered with 503; resolves once no request is in work. */
  drain(): Promise<void>
}

/** What is answered whatever the state of the server. */
const alwaysAnswered = new Set(['/healthz', '/readyz', '/metrics'])

/** Finds each request's row, reads what the row asks for, calls it, and makes an answer of whatever comes of it. */
export function createRequests({
  rows,
  fetchPage,
  timeline,
  auth,
  rates,
  admission,
  web = async () => undefined,
  httpMetrics,
  ownOrigin,
  log,
}: {
  rows: readonly Row[]
  fetchPage: Pick<FetchPage, 'quickReader' | 'quickQuery'>
  timeline: Pick<Timeline, 'page'>
  auth: Pick<Auth, 'userOf'>
  rates: RateLimits
  admission: Admission
  /** Answers what no row does; a process without a web client has none. */
  web?: Web
  httpMetrics: HttpMetrics
  ownOrigin: string | undefined
  log: Log
}): Requests {
  const find = createTable(rows)
  const turns = createTurns()
  let inWork = 0
  let draining = false
  const drained = Promise.withResolvers<void>()

  /** What a thrown thing looks like from outside. A bug ends its request, not the process. */
  function refused(error: unknown, rate: Rate | undefined, route: string): Response {
    if (error instanceof Refusal) return problemResponse(error, rate)
    log.error({ err: error, route }, 'a request failed through a mistake of ours')
    return problemResponse(new Refusal('internal', 'This is our mistake, and was logged: try again later.'), rate)
  }

  function begin(route: string): void {
    if (draining && !alwaysAnswered.has(route)) {
      throw new Refusal('draining', 'The server is going down: go to another one.')
    }
    if (inWork > requestsInWorkMax && !alwaysAnswered.has(route)) {
      throw new Refusal('overloaded', 'Too many requests are in work: try again shortly.')
    }
  }

  async function call(request: Request, server: Server, url: string, pathAt: number, { rows, parameter }: Match) {
    const wanted = request.method === 'HEAD' ? 'GET' : request.method
    const row = rows.get(wanted as Method)
    if (!row) {
      const allow = allowed(rows)
      if (wanted === 'OPTIONS') return { row, response: optionsResponse(allow) }
      const refusal = new Refusal('method_not_allowed', `Here one may use ${allow}.`)
      return { row, response: problemResponse(refusal, undefined, { Allow: allow }) }
    }
    let rate: Rate | undefined
    try {
      begin(row.path)
      const session = row.access === 'token' ? await readSession(request, auth, ownOrigin) : undefined
      rate = row.limit && rates.take(row.limit, session?.user ?? addressOf(request, server))
      mustAllow(rate)
      const read: Call = {
        request,
        server,
        reader: session?.user ?? 0,
        session,
        rate,
        id: row.path.includes('/:id') ? pathId(parameter) : 0,
        handle: row.path.includes('/@:handle') ? parameter : '',
        medium: row.path.includes('/:medium') ? parameter : '',
        query: row.query && readQuery(row.query, queryPart(url, pathAt)),
        body: row.body && (await readBody(request, row.body)),
      }
      const answer = await withinTime(row.handle(read), row.withinMs)
      return { row, response: answer instanceof Response || !answer ? answer : answerResponse(answer, rate) }
    } catch (error) {
      return { row, response: refused(error, rate, row.path) }
    }
  }

  async function general(request: Request, server: Server, url: string, pathAt: number, startedMs: number) {
    const match = find(pathOf(url, pathAt))
    if (!match) {
      const page = await web(request, pathOf(url, pathAt))
      if (page) {
        httpMetrics.observe(request.method, 'page', page.status, startedMs)
        return page
      }
      httpMetrics.observe(request.method, 'none', 404, startedMs)
      return refused(
        new Refusal('not_found', 'There is nothing at this path: see the API’s description.'),
        undefined,
        '',
      )
    }
    const { row, response } = await call(request, server, url, pathAt, match)
    httpMetrics.observe(request.method, row?.path ?? 'other', response?.status ?? 101, startedMs)
    return response
  }

  function ended(): void {
    if (--inWork === 0 && draining && turns.waiting === 0) drained.resolve()
  }

  /** The one call that is made far more often than all others together: one function, one wait. */
  async function quickly(
    reader: UserId,
    request: Request,
    url: string,
    pathAt: number,
    startedMs: number,
  ): Promise<Response> {
    inWork++
    let rate: Rate | undefined
    let response: Response
    try {
      begin(fetchPath)
      rate = rates.take('reads', reader)
      mustAllow(rate)
      const ifNoneMatch = request.headers.get('if-none-match')
      const page = await timeline.page(reader, fetchPage.quickQuery(reader, url, pathAt))
      response = pageResponse(page, ifNoneMatch, rate)
    } catch (error) {
      response = refused(error, rate, fetchPath)
    }
    ended()
    httpMetrics.observe('GET', fetchPath, response.status, startedMs)
    return response
  }

  async function generally(request: Request, server: Server, url: string, pathAt: number, startedMs: number) {
    inWork++
    try {
      return await general(request, server, url, pathAt, startedMs)
    } catch (error) {
      return refused(error, undefined, 'none')
    } finally {
      ended()
    }
  }

  /** An upgrade is asked for within the turn that brings it. */
  function mayWait(request: Request, url: string, pathAt: number): boolean {
    return !alwaysAnswered.has(pathOf(url, pathAt)) && !request.headers.has('upgrade')
  }

  function overloaded(nowMs: number): boolean {
    return admission.overloaded(nowMs) || turns.waitedMs(nowMs) > queueDelayMaxMs || turns.waiting > requestsInWorkMax
  }

  return {
    fetch(request, server) {
      const url = request.url
      const pathAt = pathStart(url)
      const nowMs = performance.now()
      if (overloaded(nowMs) && !alwaysAnswered.has(pathOf(url, pathAt))) {
        httpMetrics.observe(request.method, 'none', 503, nowMs)
        return Promise.resolve(overloadResponse())
      }
      const work = () => {
        const reader = fetchPage.quickReader(request, url, pathAt)
        return reader === undefined
          ? generally(request, server, url, pathAt, nowMs)
          : quickly(reader, request, url, pathAt, nowMs)
      }
      return turns.over(nowMs) && mayWait(request, url, pathAt) ? turns.later(nowMs, work) : work()
    },
    drain() {
      draining = true
      if (inWork === 0 && turns.waiting === 0) drained.resolve()
      return drained.promise
    },
  }
}

function pathOf(url: string, pathAt: number): string {
  for (let i = pathAt; i < url.length; i++) {
    const unit = url.charCodeAt(i)
    if (unit === 63 || unit === 35) return url.slice(pathAt, i)
  }
  return url.slice(pathAt)
}

function pathId(parameter: string): Id {
  const id = parseId(parameter)
  if (id !== undefined) return id
  throw new Refusal(
    'invalid',
    'The id in the path must be 1 to 16 decimal digits without a leading zero, below 2^53.',
    {
      field: 'id',
    },
  )
}

async function readBody(request: Request, body: NonNullable<Row['body']>): Promise<unknown> {
  const { schema, bytesMax, needed, checked, form } = body
  if (form) return undefined
  const value = await readJson(request, bytesMax, needed)
  return value === undefined || checked === 'by handler' ? value : check(schema, value)
}

function addressOf(request: Request, server: Server): string {
  return rateAddress(clientAddress(server.requestIP(request)?.address, request.headers))
}

/** Never a hang: whatever an engine does, there is an answer. */
async function withinTime<T>(answer: Promise<T>, ms: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    late.reject(new Refusal('unavailable', 'The answer took too long: try again, with the same Idempotency-Key.'))
  }, ms)
  try {
    return await Promise.race([answer, late.promise])
  } finally {
    clearTimeout(timer)
  }
}
