import { Refusal } from '../core/refusal.ts'
import { cookieToken } from './origin.ts'
import type { Offered } from './socket.ts'

/** API.md's subprotocol: echoed where it is offered. */
export const subprotocol = 'rookery.v1'

/** Headers of the answer to an upgrade. Throws `bad_request` when the request is no WebSocket handshake. */
export function upgradeHeaders(request: Request): Record<string, string> {
  if (request.headers.get('upgrade')?.toLowerCase() !== 'websocket') {
    throw new Refusal('bad_request', 'This is the place for WebSocket connections: send an upgrade request.')
  }
  const offered = request.headers.get('sec-websocket-protocol')
  if (offered === null) return {}
  const ours = offered.split(',').some((name) => name.trim() === subprotocol)
  // Left alone, Bun would echo the first one offered, whatever it is; an empty one it leaves out.
  return { 'Sec-WebSocket-Protocol': ours ? subprotocol : '' }
}

/** The token that came with the request: by header, or by cookie when the `Origin` is our own. */
export function offeredToken(request: Request, sameOrigin: (request: Request) => boolean): Offered | undefined {
  const authorization = request.headers.get('authorization')
  if (authorization !== null) return { token: /^Bearer +(\S+)\s*$/i.exec(authorization)?.[1] ?? '', byCookie: false }
  const token = cookieToken(request.headers)
  return token === undefined || !sameOrigin(request) ? undefined : { token, byCookie: true }
}
