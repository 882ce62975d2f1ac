import type { Static, TObject, TProperties } from 'typebox'
import { check } from '../core/check.ts'
import { Refusal } from '../core/refusal.ts'

/** Where a URL's path begins; a request of HTTP/1.0 without `Host` has nothing before it. */
export function pathStart(url: string): number {
  return url.charCodeAt(0) === 47 ? 0 : url.indexOf('/', 8)
}

/** The part after the first `?`, without a fragment; empty where there is none. */
export function queryPart(url: string, from: number): string {
  const mark = url.indexOf('?', from)
  if (mark < 0) return ''
  const hash = url.indexOf('#', mark)
  return url.slice(mark + 1, hash < 0 ? url.length : hash)
}

/**
 * The parameters that the schema names, checked; all others are left out.
 * @throws Refusal `invalid` with the parameter's name, for a repeated one too.
 */
export function readQuery<P extends TProperties>(schema: TObject<P>, query: string): Static<TObject<P>> {
  const found: Record<string, string | number> = {}
  if (query !== '') {
    for (const pair of query.split('&')) {
      const equals = pair.indexOf('=')
      const name = nameOf(equals < 0 ? pair : pair.slice(0, equals))
      const property = Object.hasOwn(schema.properties, name) ? schema.properties[name] : undefined
      if (!property) continue
      if (Object.hasOwn(found, name)) throw new Refusal('invalid', `Give \`${name}\` once.`, { field: name })
      const value = decode(name, equals < 0 ? '' : pair.slice(equals + 1))
      found[name] = (property as { type?: string }).type === 'integer' ? asInteger(value) : value
    }
  }
  return check(schema, found)
}

/** A whole number where it is written as one, else the string, which no schema of an integer takes. */
function asInteger(value: string): string | number {
  return /^-?(0|[1-9][0-9]*)$/.test(value) ? Number(value) : value
}

/** A parameter's name may be percent-encoded too; one that is not UTF-8 is none of ours. */
function nameOf(written: string): string {
  if (!written.includes('%')) return written
  try {
    return decodeURIComponent(written)
  } catch {
    return written
  }
}

function decode(name: string, value: string): string {
  if (!value.includes('%') && !value.includes('+')) return value
  try {
    return decodeURIComponent(value.replaceAll('+', ' '))
  } catch {
    throw new Refusal('invalid', `\`${name}\` must be percent-encoded UTF-8.`, { field: name })
  }
}
