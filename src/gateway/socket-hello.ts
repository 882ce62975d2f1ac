import { check } from '../core/check.ts'
import type { UserId } from '../core/ids.ts'
import { framesBeforeHelloMax, socketsPerUserMax } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { closeCodes, Refusal } from '../core/refusal.ts'
import { type HelloFrame, HelloFrame as helloSchema } from '../core/wire.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Inbox } from '../ports/inbox.ts'
import { type Auth, tokenHash, tokenUntil } from '../services/auth.ts'
import type { Timeline } from '../services/timeline.ts'
import { type ClientFrame, isOp, parseFrame, readyFrame, refOf, refusalFrame } from './frames.ts'
import type { Socket } from './socket.ts'
import type { HotFollowers } from './socket-hot.ts'
import type { Sockets } from './sockets.ts'

export interface Hellos {
  /** The connection is open; a token that came with it is checked at once. */
  opened(socket: Socket): void
  /** A frame of a socket whose hello has not been accepted. */
  receive(socket: Socket, text: string): void
}

/**
 * Lets sockets in: a token that came with the upgrade or in the hello, then one `ready`, then what arrived since the
 * cursor. Nothing is sent before `ready` but why there is none.
 */
export function createHellos({
  gateway,
  sockets,
  auth,
  limited,
  timeline,
  inbox,
  hotFollowers,
  graph,
  userJson,
  accepted,
  log,
}: {
  gateway: string
  sockets: Sockets
  auth: Pick<Auth, 'userOf'>
  /** Whether one user's sockets are limited. */
  limited: boolean
  timeline: Pick<Timeline, 'stand' | 'decode' | 'encode'>
  inbox: Pick<Inbox, 'online'>
  hotFollowers: Pick<HotFollowers, 'update'>
  graph: Pick<FollowGraph, 'followedSince'>
  /** API.md's `User` of oneself. */
  userJson: (user: UserId) => Promise<string>
  /** `ready` was sent. */
  accepted: (socket: Socket) => void
  log: Log
}): Hellos {
  async function checkOffered(socket: Socket, token: string): Promise<void> {
    try {
      if ((await auth.userOf(token)) === undefined) unknownToken(socket)
    } catch (error) {
      failed(socket, error)
    }
  }

  async function open(socket: Socket, hello: HelloFrame): Promise<void> {
    const { offered } = socket
    // As over HTTP: what was named for this connection goes before a cookie that the browser sends along.
    const token = offered?.byCookie === false ? offered.token : (hello.token ?? offered?.token)
    if (token === undefined) return socket.close(closeCodes.unauthorized, 'Give a token in the hello.')
    // Before it is looked up: from here on a word of the token's end reaches this socket.
    socket.token = tokenHash(token)
    const reader = await auth.userOf(token)
    if (socket.state === 'closed') return
    if (reader === undefined) return unknownToken(socket)
    socket.tokenUntil = tokenUntil(token)
    if (limited && sockets.count(reader) >= socketsPerUserMax) {
      return socket.close(closeCodes.tooMany, 'You have too many open sockets: close one first.')
    }
    const since = hello.since === undefined ? undefined : timeline.decode(reader, hello.since)
    socket.offered = undefined
    socket.preview = hello.preview ?? -1
    sockets.join(socket, reader)
    // Before the first read: from here on the Bus brings what it could miss.
    await inbox.online(reader, gateway)
    await hotFollowers.update(socket)
    for (const since of (await graph.followedSince(reader)).values()) {
      socket.filterBelow = Math.max(socket.filterBelow, since)
    }
    const [user, cursor] = await Promise.all([userJson(reader), since ?? timeline.stand(reader)])
    if (isClosed(socket)) return
    socket.standAt(cursor)
    socket.send(readyFrame(user, timeline.encode(cursor)))
    accepted(socket)
  }

  function failed(socket: Socket, error: unknown): void {
    if (isClosed(socket)) return
    if (error instanceof Refusal && error.code === 'cursor_expired') {
      socket.send(refusalFrame(error))
      socket.close(closeCodes.cursorExpired, error.message)
    } else if (error instanceof Refusal && error.code === 'suspended') {
      socket.close(closeCodes.forbidden, error.message)
    } else if (error instanceof Refusal && error.code === 'unauthorized') {
      socket.close(closeCodes.unauthorized, error.message)
    } else if (error instanceof Refusal && error.code === 'no_such_user') {
      unknownToken(socket)
    } else if (error instanceof Refusal && error.status < 500 && socket.reader === 0) {
      // Something in the hello itself: another one may be better.
      socket.state = 'greeting'
      socket.send(refusalFrame(error))
    } else {
      if (!(error instanceof Refusal)) log.error({ err: error }, 'a hello could not be answered')
      socket.close(closeCodes.draining, 'The server cannot let you in at the moment: come back in a while.')
    }
  }

  return {
    opened(socket) {
      if (socket.offered !== undefined) void checkOffered(socket, socket.offered.token)
    },
    receive(socket, text) {
      let frame: ClientFrame | undefined
      try {
        frame = parseFrame(text)
        if (frame.op !== 'hello') throw helloFirst()
        const hello = check(helloSchema, frame)
        socket.state = 'opening'
        open(socket, hello).catch((error) => failed(socket, error))
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        if (++socket.framesBeforeHello >= framesBeforeHelloMax) {
          return socket.close(closeCodes.unauthorized, 'Say hello first.')
        }
        const ref = frame !== undefined && isOp(frame.op) ? refOf(frame) : undefined
        socket.send(refusalFrame(error, ref))
      }
    },
  }
}

/** Asked after an await, where the compiler would trust what it saw before. */
function isClosed(socket: Socket): boolean {
  return socket.state === 'closed'
}

function unknownToken(socket: Socket): void {
  socket.close(closeCodes.unauthorized, 'This token is not known, or not any more: log in again.')
}

function helloFirst(): Refusal {
  return new Refusal('unauthorized', 'The first frame must be a hello.')
}
