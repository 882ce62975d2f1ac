import { RookeryError } from './error.ts'
import { callMsMax, callWaitMsMax, retryAfterSecondsMax, triesMax } from './limits.ts'
import type { RefusalCode } from './types.ts'
import { backOff, wait } from './wait.ts'

export type Query = Readonly<Record<string, string | number | undefined>>

/** What any call may be given beside its own arguments. */
export interface CallOptions {
  /** Gives the call up. */
  signal?: AbortSignal | undefined
}

export interface Asked extends CallOptions {
  query?: Query | undefined
  /** Sent as JSON. */
  body?: unknown
  form?: FormData
  /** Goes along as `Idempotency-Key`. */
  key?: string
  /** Whether the same call again does no harm. Where it is absent: all but `POST` without a key. */
  repeatable?: boolean
  /** A status that, after a try whose answer was lost, says that it was done by that try. */
  doneStatus?: number
  /** In all. */
  tries?: number | undefined
  /** An answer that takes longer is given up. */
  msMax?: number
}

export interface HttpNeeds {
  /** The server's address, without a slash at its end. */
  readonly url: string
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>
}

/** Calls over HTTP: with the token, as JSON, tried again where that helps, and failing as `RookeryError`. */
export class Http {
  /** Undefined: none, or the browser has one in its cookie. */
  token: string | undefined
  readonly #needs: HttpNeeds

  constructor(needs: HttpNeeds, token: string | undefined) {
    this.#needs = needs
    this.token = token
  }

  /** The answer's JSON; undefined where it has no body. Throws RookeryError, and the signal's reason. */
  async call<T>(method: string, path: string, asked: Asked = {}): Promise<T> {
    // What is no JSON did not come from the server, but from something in between.
    const read = async (response: Response) => {
      const text = await response.text()
      return text === '' ? undefined : JSON.parse(text)
    }
    return (await this.#tries<T>(method, path, asked, read)) as T
  }

  /** The answer as text. Throws as `call`. */
  async text(method: string, path: string, asked: Asked = {}): Promise<string> {
    return (await this.#tries(method, path, asked, (response) => response.text()))!
  }

  /** The answer itself, its body unread: for what is streamed. Throws as `call`. */
  async response(method: string, path: string, asked: Asked = {}): Promise<Response> {
    return (await this.#tries(method, path, asked, async (response) => response))!
  }

  /** Undefined where a try whose answer was lost turns out to have done it. */
  async #tries<T>(
    method: string,
    path: string,
    asked: Asked,
    read: (response: Response) => Promise<T>,
  ): Promise<T | undefined> {
    const repeatable = asked.repeatable ?? (method !== 'POST' || asked.key !== undefined)
    // A call that is tried again is still the same person's.
    const { token } = this
    let lost = false
    for (let tries = 1; ; tries++) {
      try {
        return await this.#once(method, path, asked, token, read)
      } catch (error) {
        if (!(error instanceof RookeryError)) throw error
        if (lost && error.status === asked.doneStatus) return undefined
        const begun = !isRefusedUnbegun(error)
        lost ||= begun
        const patience = error.retryAfter ?? 0
        // Without a network nothing is gained by waiting: the caller hears of it while there is somebody to tell.
        if (!isTransient(error) || (begun && !repeatable) || isOffline()) throw error
        if (tries === (asked.tries ?? triesMax) || patience > retryAfterSecondsMax) throw error
        await wait(patience * 1000 + backOff(tries - 1, callWaitMsMax), asked.signal)
        asked.signal?.throwIfAborted()
      }
    }
  }

  async #once<T>(
    method: string,
    path: string,
    asked: Asked,
    token: string | undefined,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const { signal } = asked
    signal?.throwIfAborted()
    const given = new AbortController()
    const giveUp = () => given.abort()
    const timer = setTimeout(giveUp, asked.msMax ?? callMsMax)
    signal?.addEventListener('abort', giveUp)
    try {
      const response = await this.#needs.fetch(this.#needs.url + path + queryText(asked.query), {
        method,
        headers: headersOf(asked, token),
        signal: given.signal,
        ...(asked.body !== undefined && { body: JSON.stringify(asked.body) }),
        ...(asked.form !== undefined && { body: asked.form }),
      })
      if (!response.ok) throw await refusal(response)
      return await read(response)
    } catch (error) {
      if (signal?.aborted) throw signal.reason
      if (error instanceof RookeryError) throw error
      throw unreachable(error)
    } finally {
      clearTimeout(timer)
      signal?.removeEventListener('abort', giveUp)
    }
  }
}

function headersOf({ body, key }: Asked, token: string | undefined): Record<string, string> {
  return {
    ...(token !== undefined && { Authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'Content-Type': 'application/json' }),
    ...(key !== undefined && { 'Idempotency-Key': key }),
  }
}

/** A key of 128 random bits. Not `randomUUID`, which browsers have on https and localhost alone. */
export function newKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** Where the browser is sure of it. */
export function isOffline(): boolean {
  return (globalThis as { navigator?: { onLine?: boolean } }).navigator?.onLine === false
}

function queryText(query: Query = {}): string {
  const parts = Object.entries(query).filter(([, value]) => value !== undefined)
  const text = parts.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')
  return text === '' ? '' : `?${text}`
}

/** What may succeed later without being changed. */
function isTransient({ status }: RookeryError): boolean {
  return status === 0 || status === 502 || status === 503 || status === 504
}

/** Whether the server says that it has not begun with the call. */
function isRefusedUnbegun({ code }: RookeryError): boolean {
  return code === 'overloaded' || code === 'draining' || code === 'rate_limited'
}

/** Problem+json as an error; what is none (of a proxy in between) by its status. */
async function refusal(response: Response): Promise<RookeryError> {
  const { status } = response
  const problem = parsed(await response.text().catch(() => ''))
  return new RookeryError(
    (problem.code as RefusalCode | undefined) ?? (status >= 502 && status <= 504 ? 'unavailable' : 'internal'),
    status,
    problem.detail ?? `The server answered ${status}.`,
    { field: problem.field, retryAfter: retryAfterSeconds(response.headers.get('retry-after')) },
  )
}

export function unreachable(cause: unknown): RookeryError {
  return new RookeryError('unreachable', 0, 'The server cannot be reached: try again in a while.', { cause })
}

/** RFC 9110, 10.2.3: seconds, or a date, as proxies give it. Undefined where it is neither. */
function retryAfterSeconds(value: string | null): number | undefined {
  if (value === null) return undefined
  const seconds = /^\d+$/.test(value) ? Number(value) : Math.ceil((Date.parse(value) - Date.now()) / 1000)
  return Number.isNaN(seconds) ? undefined : Math.max(0, seconds)
}

function parsed(text: string): { code?: string; detail?: string; field?: string } {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? value : {}
  } catch {
    return {}
  }
}
