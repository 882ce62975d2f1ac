/**
 * The one table of refusals: what a client is told when it may not have what it asked for. A refusal is an answer, not a
 * bug: it is thrown as `Refusal` and turned at the border into problem+json (HTTP), an error frame (socket) or a sentence
 * and exit status (command line).
 */
interface Row {
  status: number
  title: string
  /** Whether the same request may succeed later without being changed. */
  retry?: true
}

export const refusals = {
  bad_json: { status: 400, title: 'The body is not JSON' },
  bad_request: { status: 400, title: 'The request cannot be read' },
  unauthorized: { status: 401, title: 'A valid token is needed' },
  forbidden: { status: 403, title: 'Not allowed' },
  not_yours: { status: 403, title: 'This belongs to somebody else' },
  suspended: { status: 403, title: 'The account is suspended' },
  registration_closed: { status: 403, title: 'Registration is closed' },
  not_found: { status: 404, title: 'There is nothing here' },
  no_such_user: { status: 404, title: 'No such user' },
  no_such_message: { status: 404, title: 'No such message' },
  no_such_media: { status: 404, title: 'No such upload' },
  no_such_report: { status: 404, title: 'No such report' },
  no_such_instance: { status: 404, title: 'No such process' },
  no_such_session: { status: 404, title: 'No such session' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  handle_taken: { status: 409, title: 'The handle is taken' },
  cursor_expired: { status: 410, title: 'The cursor has expired' },
  too_large: { status: 413, title: 'Too large' },
  wrong_content_type: { status: 415, title: 'Wrong content type' },
  range_not_satisfiable: { status: 416, title: 'No such range' },
  invalid: { status: 422, title: 'A value is not acceptable' },
  text_too_long: { status: 422, title: 'The text is too long' },
  text_empty: { status: 422, title: 'The text is empty' },
  self_follow: { status: 422, title: 'One cannot follow oneself' },
  media_quota: { status: 422, title: 'The space for uploads is used up' },
  rate_limited: { status: 429, title: 'Too many requests', retry: true },
  unavailable: { status: 503, title: 'Not available at the moment', retry: true },
  overloaded: { status: 503, title: 'Overloaded', retry: true },
  draining: { status: 503, title: 'The server is going down', retry: true },
  disk_full: { status: 507, title: 'The disk is full', retry: true },
  internal: { status: 500, title: 'Something broke on our side' },
} as const satisfies Record<string, Row>

export type RefusalCode = keyof typeof refusals

export class Refusal extends Error {
  readonly code: RefusalCode
  /** The parameter's or property's name that is at fault (API.md, Conventions). */
  readonly field: string | undefined
  /** For `rate_limited` and the 503s: when to come back, in whole seconds. */
  readonly retryAfterSeconds: number | undefined

  /** `detail` is a sentence that says what to do. */
  constructor(code: RefusalCode, detail: string, more: { field?: string; retryAfterSeconds?: number } = {}) {
    super(detail)
    this.name = 'Refusal'
    this.code = code
    this.field = more.field
    this.retryAfterSeconds = more.retryAfterSeconds
  }

  get status(): number {
    return refusals[this.code].status
  }

  get title(): string {
    return refusals[this.code].title
  }
}

/** WebSocket close codes (API.md): 4000–4499 do not come back, 4500–4999 come back after a while. */
export const closeCodes = {
  unauthorized: 4401,
  forbidden: 4403,
  cursorExpired: 4410,
  tooMany: 4429,
  draining: 4503,
} as const
