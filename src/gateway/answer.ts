import { Refusal } from '../core/refusal.ts'
import type { BlobBody } from '../ports/blobs.ts'
import { type Rate, type RatePolicy, rateHeader, ratePolicyHeader } from '../services/rate-limit.ts'
import type { TimelinePage } from '../services/timeline.ts'
import { matchesEtag, pageBytes } from './page.ts'
import { problemHeaders, problemJson } from './problem.ts'
import type { Answer } from './table.ts'

/** Any origin may read what a bearer token fetched; a foreign page's cookie never gets this far. */
const shared = {
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers':
    'Accept-Ranges, Content-Range, ETag, Location, Retry-After, RateLimit, RateLimit-Policy, WWW-Authenticate',
  'X-Content-Type-Options': 'nosniff',
}

/** One object for all pages, which `Response` copies: made anew for each, it costs twice as much. */
const pageHeaders = new Headers({
  ...shared,
  'Content-Type': 'application/json',
  'Cache-Control': 'private, no-cache',
})

/** What every answer carries, with and without a body; ready-made for the reason of `pageHeaders`. */
const emptyHeaders = new Headers({ ...shared, 'Cache-Control': 'no-store' })
const jsonHeaders = new Headers({ ...shared, 'Cache-Control': 'no-store', 'Content-Type': 'application/json' })

export function answerResponse({ status, json, headers }: Answer, rate: Rate | undefined): Response {
  const body = json === undefined ? null : typeof json === 'string' ? json : JSON.stringify(json)
  const response = new Response(body, { status, headers: json === undefined ? emptyHeaders : jsonHeaders })
  for (const name in headers) response.headers.set(name, headers[name]!)
  if (rate) addRate(response.headers, rate)
  return response
}

export function problemResponse(
  refusal: Refusal,
  rate: Rate | undefined,
  headers: Record<string, string> = {},
): Response {
  const all = { ...shared, 'Cache-Control': 'no-store', ...problemHeaders(refusal), ...headers }
  const response = new Response(problemJson(refusal), { status: refusal.status, headers: all })
  const told = refusal instanceof RateRefusal ? refusal.rate : rate
  if (told) addRate(response.headers, told)
  return response
}

const overload = new Refusal('overloaded', 'More is asked than can be answered in time: try again shortly.')
const overloadText = problemJson(overload)
const overloadHeaders = new Headers({ ...shared, 'Cache-Control': 'no-store', ...problemHeaders(overload) })

/** The refusal of a server that has no time to look at the request: ready-made, for it must cost next to nothing. */
export function overloadResponse(): Response {
  return new Response(overloadText, { status: overload.status, headers: overloadHeaders })
}

/** The answer to `GET /fetch`; 304 where the client holds the same page. */
export function pageResponse(page: TimelinePage, ifNoneMatch: string | null, rate: Rate | undefined): Response {
  const { bytes, etag } = pageBytes(page)
  pageHeaders.set('ETag', etag)
  const init = { headers: pageHeaders }
  const response =
    ifNoneMatch !== null && matchesEtag(ifNoneMatch, etag)
      ? new Response(null, { status: 304, ...init })
      : new Response(bytes, init)
  if (rate) addRate(response.headers, rate)
  return response
}

function addRate(headers: Headers, rate: Rate): void {
  headers.set('RateLimit-Policy', ratePolicyHeader(rate.policy))
  headers.set('RateLimit', rateHeader(rate))
}

/** A body that is sent as it comes. */
export function streamResponse(
  stream: ReadableStream,
  headers: Record<string, string>,
  rate: Rate | undefined,
): Response {
  const response = new Response(stream, { headers: { ...shared, 'Cache-Control': 'no-store', ...headers } })
  if (rate) addRate(response.headers, rate)
  return response
}

/** Bytes as they were uploaded; none for 304. */
export function mediaResponse(status: number, body: BlobBody | null, headers: Record<string, string>): Response {
  return new Response(body, { status, headers: { ...shared, ...headers } })
}

const words: Record<RatePolicy, string> = {
  reads: 'reads',
  writes: 'writes',
  signups: 'sign-ups',
  reports: 'reports',
  exports: 'exports',
  uploads: 'uploads',
  logins: 'log-ins',
  'account-logins': 'log-ins to this account',
}

/** `rate_limited`, with the rate that is used up: its headers go with the answer, whatever else the request counted for. */
class RateRefusal extends Refusal {
  constructor(readonly rate: Rate) {
    const seconds = rate.retryAfterSeconds
    super('rate_limited', `Too many ${words[rate.policy]}: come back in ${seconds} s.`, { retryAfterSeconds: seconds })
  }
}

/** @throws Refusal `rate_limited` where the rate is used up. */
export function mustAllow(rate: Rate | undefined): void {
  if (rate !== undefined && !rate.allowed) throw new RateRefusal(rate)
}

/** The answer to `OPTIONS`, browsers' preflights included. */
export function optionsResponse(allow: string): Response {
  return new Response(null, {
    status: 204,
    headers: {
      ...shared,
      Allow: allow,
      'Access-Control-Allow-Methods': allow,
      'Access-Control-Allow-Headers': 'Authorization, Content-Type, Idempotency-Key, If-None-Match',
      'Access-Control-Max-Age': '86400',
    },
  })
}
