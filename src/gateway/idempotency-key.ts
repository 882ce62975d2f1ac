import { check } from '../core/check.ts'
import { IdempotencyKey } from '../core/wire.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The `Idempotency-Key` that came with a request; undefined without one. Throws `invalid`. */
export function idempotencyKey(headers: Headers): string | undefined {
  const key = headerText(headers, 'Idempotency-Key')
  return key === undefined ? undefined : check(IdempotencyKey, key, 'Idempotency-Key')
}

/** A header as text: Bun makes a character of each byte, so that UTF-8 has to be read again. Else it is Latin-1. */
function headerText(headers: Headers, name: string): string | undefined {
  const value = headers.get(name)
  if (value === null || !/[\x80-\xff]/.test(value)) return value ?? undefined
  try {
    return utf8.decode(Buffer.from(value, 'latin1'))
  } catch {
    return value
  }
}
