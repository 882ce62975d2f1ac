/** Small clients that do what API.md asks of a client: retry with the same key, keep the last cursor, drop held ids. */

export interface WireMessage {
  readonly id: string
  readonly text: string
  readonly author: { readonly id: string }
}

export interface Account {
  readonly id: string
  readonly handle: string
  readonly token: string
}

const password = 'correct horse battery'

/** One call; retried while the server is away or says 503, until `deadline` (ms from now). */
export async function call<T>(
  address: string,
  method: string,
  path: string,
  { token, body, key, deadline = 30_000 }: { token?: string; body?: unknown; key?: string; deadline?: number } = {},
): Promise<{ status: number; body: T }> {
  const until = performance.now() + deadline
  for (;;) {
    try {
      const response = await fetch(address + path, {
        method,
        headers: {
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      if (response.status !== 503) return { status: response.status, body: (text ? JSON.parse(text) : undefined) as T }
      if (performance.now() > until) throw new Error(`${method} ${path} still answers 503: ${text}`)
    } catch (error) {
      if (performance.now() > until) throw error
    }
    await Bun.sleep(20 + Math.random() * 60)
  }
}

export async function signUp(address: string, handle: string): Promise<Account> {
  const { status, body } = await call<{ user: { id: string }; token: string; detail?: string }>(
    address,
    'POST',
    '/users',
    { body: { handle, password } },
  )
  if (status !== 201) throw new Error(`sign-up answered ${status}: ${body.detail}`)
  return { id: body.user.id, handle, token: body.token }
}

/** A further token of that account; 401 where there is none. */
export function logIn(address: string, handle: string) {
  return call<{ user: { id: string }; token: string }>(address, 'POST', '/sessions', { body: { handle, password } })
}

/** Sends until it is acknowledged, always with the same key; resolves to the message's id. */
export async function sendSurely(address: string, author: Account, text: string, key: string): Promise<string> {
  for (;;) {
    const { status, body } = await call<WireMessage & { detail?: string }>(address, 'POST', '/send', {
      token: author.token,
      body: { text },
      key,
    })
    if (status === 201) return body.id
    if (status < 500) throw new Error(`send answered ${status}: ${body.detail}`)
  }
}

/** A reader on a socket that reconnects with its cursor, hands each message over once, and remembers their order. */
export class LiveReader {
  readonly account: Account
  readonly seen: WireMessage[] = []
  readonly #held = new Set<string>()
  readonly #address: string
  cursor: string | undefined
  repeats = 0
  connects = 0
  lagged = 0
  #socket: WebSocket | undefined
  #stopped = false
  #ready: (() => void) | undefined
  readonly problems: string[] = []

  constructor(address: string, account: Account) {
    this.#address = address
    this.account = account
  }

  /** Resolves once it has been `ready` for the first time. */
  start(): Promise<void> {
    return new Promise((resolve) => {
      this.#ready = resolve
      this.#connect()
    })
  }

  has(id: string): boolean {
    return this.#held.has(id)
  }

  /** The socket falls, as when a network goes away; the reader comes back by itself. */
  drop(): void {
    this.#socket?.terminate()
  }

  stop(): void {
    this.#stopped = true
    this.#socket?.close()
  }

  #connect(): void {
    if (this.#stopped) return
    const socket = new WebSocket(`${this.#address.replace('http', 'ws')}/socket`)
    this.#socket = socket
    this.connects++
    socket.onopen = () => {
      const hello = { op: 'hello', token: this.account.token }
      socket.send(JSON.stringify(this.cursor === undefined ? hello : { ...hello, since: this.cursor }))
    }
    socket.onmessage = (event) => this.#hear(JSON.parse(String(event.data)))
    socket.onclose = (event) => {
      if (this.#socket !== socket) return
      if (event.code >= 4000 && event.code < 4500) this.problems.push(`closed ${event.code} ${event.reason}`)
      setTimeout(() => this.#connect(), 10 + Math.random() * 100)
    }
  }

  #hear(frame: { event?: string; cursor?: string; message?: WireMessage; error?: { code: string } }): void {
    if (frame.error !== undefined) this.problems.push(frame.error.code)
    if (frame.event === 'lagged') this.lagged++
    if (frame.event === 'message') {
      const message = frame.message!
      if (this.#held.has(message.id)) this.repeats++
      else {
        this.#held.add(message.id)
        this.seen.push(message)
      }
    }
    if (frame.cursor !== undefined) this.cursor = frame.cursor
    if (frame.event === 'ready') this.#ready?.()
  }
}

/** Follows the `since` chain until nothing more comes; each message once, in order of arrival. */
export class PollingReader {
  readonly account: Account
  readonly seen: WireMessage[] = []
  readonly #held = new Set<string>()
  readonly #address: string
  cursor: string | undefined

  constructor(address: string, account: Account) {
    this.#address = address
    this.account = account
  }

  has(id: string): boolean {
    return this.#held.has(id)
  }

  async poll(length = 20): Promise<void> {
    for (;;) {
      const since = this.cursor === undefined ? '' : `&since=${encodeURIComponent(this.cursor)}`
      const { status, body } = await call<{ messages: WireMessage[]; cursor: string; more: boolean }>(
        this.#address,
        'GET',
        `/fetch?length=${length}${since}`,
        { token: this.account.token },
      )
      if (status !== 200) throw new Error(`fetch answered ${status}: ${JSON.stringify(body)}`)
      // The first page only says where the reader stands: what is older is in pages.
      if (this.cursor !== undefined) {
        for (const message of body.messages.toReversed()) {
          if (this.#held.has(message.id)) continue
          this.#held.add(message.id)
          this.seen.push(message)
        }
      }
      this.cursor = body.cursor
      if (!body.more) return
    }
  }
}

/** All of a reader's timeline, newest first, page by page. */
export async function wholeTimeline(address: string, account: Account, length = 100): Promise<WireMessage[]> {
  const messages: WireMessage[] = []
  let next: string | undefined
  do {
    const before = next === undefined ? '' : `&before=${next}`
    const { status, body } = await call<{ messages: WireMessage[]; next?: string }>(
      address,
      'GET',
      `/fetch?length=${length}${before}`,
      { token: account.token },
    )
    if (status !== 200) throw new Error(`fetch answered ${status}`)
    messages.push(...body.messages)
    next = body.next
  } while (next !== undefined)
  return messages
}
