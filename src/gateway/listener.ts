import { networkInterfaces } from 'node:os'
import { Refusal } from '../core/refusal.ts'
import { answerResponse, problemResponse } from './answer.ts'
import { httpServerOptions } from './http.ts'
import type { Requests } from './requests.ts'
import type { Socket } from './socket.ts'

/** A bound port. It is taken before the engines are opened, so that it is known to others, and lost to nobody meanwhile. */
export interface Listener {
  /** `http://HOST:PORT`, as it listens. */
  readonly address: string
  /** Sends one request through the port, as anybody does; resolves once it is answered, or `signal` aborts. */
  askItself(signal: AbortSignal): Promise<void>
  /** `HOST:PORT` for processes of the installation on other machines. */
  readonly reachable: string
  /** From now on requests and sockets go there; until then they are told that the server starts. */
  serve(requests: Pick<Requests, 'fetch'>, websocket?: Bun.WebSocketHandler<Socket>): void
  /** Cuts what is still open. */
  stop(): Promise<void>
}

const noSockets: Bun.WebSocketHandler<Socket> = { message() {} }

/** Throws what the system says when the port is taken or the address not ours. */
export function listen(host: string, port: number): Listener {
  const fixed = { ...httpServerOptions, hostname: host, port }
  const server = Bun.serve<Socket>({ ...fixed, fetch: starting, websocket: noSockets })
  const bound = `:${server.port}`
  const own = isWildcard(host) ? (host === '::' ? '::1' : '127.0.0.1') : host
  return {
    address: `http://${bracketed(host)}${bound}`,
    askItself: (signal) => askOnce(own, server.port!, signal),
    // Asked of the system only where others are to be told: it may keep a process from asking.
    get reachable() {
      return bracketed(isWildcard(host) ? ownAddress() : host) + bound
    },
    serve: ({ fetch }, websocket = noSockets) => void server.reload({ ...fixed, fetch, websocket }),
    stop: () => server.stop(true),
  }
}

/** On a connection of its own: `fetch` would go through a proxy where the environment names one. */
async function askOnce(hostname: string, port: number, signal: AbortSignal): Promise<void> {
  const { promise: answered, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  const connecting = Bun.connect({
    hostname,
    port,
    socket: {
      open: (socket) => void socket.write('GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n'),
      data: () => resolve(),
      close: () => resolve(),
      error: () => resolve(),
    },
  })
  connecting.catch(() => resolve())
  await answered
  connecting.then((socket) => socket.terminate()).catch(() => {})
}

function starting(request: Request): Response {
  if (new URL(request.url).pathname === '/healthz') {
    return answerResponse({ status: 200, json: { status: 'ok' } }, undefined)
  }
  return problemResponse(new Refusal('unavailable', 'The server is starting: ask again shortly.'), undefined)
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)
const isWildcard = (host: string) => host === '0.0.0.0' || host === '::' || host === ''

/** An address of this machine that others can reach: the first that is not loopback. */
function ownAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
  const outer = all.filter(({ internal }) => !internal)
  return (outer.find(({ family }) => family === 'IPv4') ?? outer[0])?.address ?? '127.0.0.1'
}
