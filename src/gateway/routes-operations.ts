import { Refusal } from '../core/refusal.ts'
import { Health, Readiness } from '../core/wire.ts'
import type { Auth } from '../services/auth.ts'
import type { People } from '../services/people.ts'
import { clientAddress, isPrivate } from './origin.ts'
import { readSession } from './session.ts'
import { type Row, row, type Server } from './table.ts'
import type { Web } from './web/pages.ts'

/** `degraded` names what is away while the server serves without it, `unsafe` says which settings could lose data. */
export type Ready =
  | { readonly status: 'ok'; readonly degraded?: readonly string[]; readonly unsafe?: readonly string[] }
  | { readonly status: 'starting' | 'draining' | 'unavailable' }

/** What `/metrics` needs of a prom-client `Registry`. */
export interface MetricsText {
  readonly contentType: string
  metrics(): Promise<string>
}

/** Upgrades a request to a WebSocket. Throws a Refusal. */
export type Upgrade = (request: Request, server: Server) => undefined

const notReady = {
  starting: () => new Refusal('unavailable', 'The server is starting: ask again shortly.'),
  draining: () => new Refusal('draining', 'The server is going down: go to another one.'),
  unavailable: () => new Refusal('unavailable', 'The store cannot be reached at the moment: ask again shortly.'),
}

export interface OperationNeeds {
  readonly ready: () => Ready | Promise<Ready>
  readonly metrics: MetricsText
  readonly auth: Pick<Auth, 'userOf'>
  readonly people: Pick<People, 'me'>
  readonly ownOrigin: string | undefined
}

/** The page for browsers, and the place where sockets begin. */
export function gatewayRows({ upgrade, web }: { upgrade: Upgrade; web: Web }): Row[] {
  return [
    row({
      method: 'GET',
      path: '/',
      does: 'Shows the web client',
      more: 'Its own pages have other paths, which are no calls: `/@ada` is that of a user.',
      access: 'open',
      answers: { 200: 'text/html', 304: 'nothing' },
      refuses: [],
      handle: ({ request }) => web(request, '/'),
    }),
    row({
      method: 'GET',
      path: '/socket',
      does: 'Becomes a WebSocket, the live side',
      more: 'Its frames are described in `/asyncapi.json`.',
      access: 'open',
      answers: { 101: 'nothing' },
      refuses: ['bad_request'],
      handle: async ({ request, server }) => upgrade(request, server),
    }),
  ]
}

/** What operators ask for, of every process whatever its roles. */
export function operationRows({ ready, metrics, auth, people, ownOrigin }: OperationNeeds): Row[] {
  /** The operator's own network needs no token; everybody else is asked for an admin's. */
  async function mayMeasure(request: Request, server: Server): Promise<void> {
    const peer = server.requestIP(request)?.address
    if ((peer === undefined || isPrivate(peer)) && isPrivate(clientAddress(peer, request.headers))) return
    const { user } = await readSession(request, auth, ownOrigin)
    if ((await people.me(user)).role !== 'admin') {
      throw new Refusal('forbidden', 'From outside the private network, metrics need the token of an admin.')
    }
  }

  return [
    row({
      method: 'GET',
      path: '/healthz',
      does: 'Tells that the process lives',
      access: 'open',
      answers: { 200: Health },
      refuses: [],
      handle: async () => ({ status: 200, json: { status: 'ok' } }),
    }),
    row({
      method: 'GET',
      path: '/readyz',
      does: 'Tells whether it serves',
      more: '503 while it starts, drains, or cannot reach its store.',
      access: 'open',
      answers: { 200: Readiness },
      refuses: [],
      async handle() {
        const state = await ready()
        if (state.status !== 'ok') throw notReady[state.status]()
        return { status: 200, json: state }
      },
    }),
    row({
      method: 'GET',
      path: '/metrics',
      does: 'Gives metrics as Prometheus reads them',
      more: 'Without a token to loopback and private addresses alone; others need an admin’s.',
      access: 'open',
      answers: { 200: 'text/plain' },
      refuses: ['unauthorized', 'forbidden'],
      async handle({ request, server }) {
        await mayMeasure(request, server)
        return new Response(await metrics.metrics(), {
          headers: { 'Content-Type': metrics.contentType, 'Cache-Control': 'no-store' },
        })
      },
    }),
  ]
}
