import type { Refusal } from '../core/refusal.ts'

/** RFC 9457's `application/problem+json` for a refusal. */
export function problemJson(refusal: Refusal): string {
  return JSON.stringify({
    type: `urn:rookery:problem:${refusal.code}`,
    title: refusal.title,
    status: refusal.status,
    code: refusal.code,
    detail: refusal.message,
    field: refusal.field,
  })
}

/** The headers that go with a refusal. */
export function problemHeaders(refusal: Refusal): Record<string, string> {
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json' }
  if (refusal.code === 'unauthorized') headers['WWW-Authenticate'] = 'Bearer realm="rookery"'
  if (refusal.status === 429 || refusal.status === 503 || refusal.status === 507) {
    headers['Retry-After'] = String(refusal.retryAfterSeconds ?? 1)
  }
  return headers
}
