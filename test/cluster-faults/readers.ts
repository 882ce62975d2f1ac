import type { WireMessage } from '../system/client.ts'
import type { Ledger } from './ledger.ts'
import { surely } from './retrying.ts'

/** A reader of the load, who follows some authors and tells the ledger what arrives. */
export interface Reader {
  /** Resolves when the reader knows where it stands: what is published from then on must arrive. */
  start(): Promise<void>
  /** The connection falls, as when a network goes away; the reader goes on elsewhere from its cursor. */
  fall(): void
  stop(): void
}

export interface ReaderOptions {
  readonly number: number
  readonly token: string
  readonly addresses: readonly string[]
  readonly ledger: Ledger
}

/** Texts of the load begin with their author's number and their place among that author's posts. */
export const textOf = (author: number, n: number) => `${author}:${n} ${'and what else is there to say '.repeat(6)}`

function tell({ ledger, number }: ReaderOptions, { text }: WireMessage, held: Set<string>): void {
  const [author = 0, n = 0] = text.split(' ', 1)[0]!.split(':').map(Number)
  ledger.arrived(number, author, n, held)
}

interface Frame {
  readonly event?: string
  readonly cursor?: string
  readonly after?: number
  readonly message?: WireMessage
  readonly error?: { readonly code: string }
}

/** A socket that is not `ready` by then hangs. */
const readyWithinMs = 10_000

/** A reader on a socket, which comes back at the next address, from the last cursor. */
export function socketReader(options: ReaderOptions): Reader {
  const { number, token, addresses, ledger } = options
  let turn = number
  let cursor: string | undefined
  let socket: WebSocket | undefined
  let stopped = false
  let started: (() => void) | undefined

  function connect(): void {
    if (stopped) return
    const address = addresses[turn++ % addresses.length]!
    const own = new WebSocket(`${address.replace('http', 'ws')}/socket`)
    const held = new Set<string>()
    socket = own
    const hung = setTimeout(() => {
      ledger.note('failed', `a socket at ${address} was not ready within ${readyWithinMs / 1_000} s`)
      own.terminate()
    }, readyWithinMs)
    own.onopen = () => own.send(JSON.stringify({ op: 'hello', token, ...(cursor !== undefined && { since: cursor }) }))
    own.onmessage = ({ data }) => hear(JSON.parse(String(data)) as Frame)
    own.onclose = ({ code, reason }) => {
      clearTimeout(hung)
      // API.md: these do not come back.
      if (code >= 4000 && code < 4500) ledger.note('failed', `a socket at ${address} was closed: ${code} ${reason}`)
      if (socket === own) setTimeout(connect, 20 + Math.random() * 200)
    }

    function hear({ event, cursor: at, after, message, error }: Frame): void {
      if (event === 'ready') {
        clearTimeout(hung)
        started?.()
      }
      if (error !== undefined) ledger.note('failed', `a socket at ${address} said ${error.code}`)
      if (message !== undefined) tell(options, message, held)
      // What an old connection still brings is given, but says nothing of where the new one stands.
      if (at !== undefined && socket === own) cursor = at
      if (event === 'moving') setTimeout(() => socket === own && own.close(), (after ?? 0) * Math.random())
    }
  }

  return {
    start: () =>
      new Promise((resolve) => {
        started = resolve
        connect()
      }),
    fall: () => socket?.terminate(),
    stop() {
      stopped = true
      socket?.close()
    },
  }
}

const pollEveryMs = 250

/** A reader who asks four times a second, each time elsewhere, always from the cursor of the answer before. */
export function pollingReader(options: ReaderOptions): Reader {
  const { number, token, addresses, ledger } = options
  let first = number
  let cursor: string | undefined
  let stopped = false
  // One unbroken chain of `since`.
  const held = new Set<string>()

  async function poll(): Promise<void> {
    for (;;) {
      const since = cursor === undefined ? '' : `&since=${encodeURIComponent(cursor)}`
      const path = `/fetch?length=20${since}`
      const page = await surely<{ messages: WireMessage[]; cursor: string; more: boolean }>(
        addresses,
        ledger,
        'GET',
        path,
        { token, first: first++ },
      )
      if (page === undefined) return
      // The first page only says where the reader stands.
      if (cursor !== undefined) for (const message of page.messages.toReversed()) tell(options, message, held)
      cursor = page.cursor
      if (!page.more || stopped) return
    }
  }

  return {
    async start() {
      await poll()
      void (async () => {
        while (!stopped) {
          await Bun.sleep(pollEveryMs)
          await poll()
        }
      })()
    },
    fall() {},
    stop() {
      stopped = true
    },
  }
}
