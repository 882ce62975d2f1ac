import type { RefusalCode } from './types.ts'

/**
 * A call that failed: refused by the server (`code` and `status` are API.md's), or not answered: then `code` is
 * `unreachable` and `status` 0. `outbox_full`, with `status` 0 too, is the client's own.
 */
export class RookeryError extends Error {
  readonly code: RefusalCode | 'unreachable' | 'outbox_full'
  /** The HTTP status; 0 where there was no answer. */
  readonly status: number
  /** A sentence that says what to do. */
  readonly detail: string
  /** The parameter's or property's name that is at fault. */
  readonly field: string | undefined
  /** Seconds to wait before it is worth trying again, where the server said so. */
  readonly retryAfter: number | undefined

  constructor(
    code: RookeryError['code'],
    status: number,
    detail: string,
    more: { field?: string | undefined; retryAfter?: number | undefined; cause?: unknown } = {},
  ) {
    super(`${code}: ${detail}`, more.cause === undefined ? undefined : { cause: more.cause })
    this.name = 'RookeryError'
    this.code = code
    this.status = status
    this.detail = detail
    this.field = more.field
    this.retryAfter = more.retryAfter
  }
}

/** Whether the same may succeed later: nobody answered, or the server could not at that moment. */
export function mayPass({ status }: RookeryError): boolean {
  return status === 0 || status === 429 || status >= 500
}
