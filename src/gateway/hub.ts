import type { CursorKey } from '../core/cursor.ts'
import { idAt, type MessageId, type UserId } from '../core/ids.ts'
import { frameBytesMax, graphClockMs, socketQueueBytesMax } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { closeCodes, Refusal } from '../core/refusal.ts'
import type { Bus, BusEvent } from '../ports/bus.ts'
import type { Chance } from '../ports/chance.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { LikeStore } from '../ports/likes.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { Auth } from '../services/auth.ts'
import type { Bodies } from '../services/bodies.ts'
import type { Follow } from '../services/follow.ts'
import type { Likes } from '../services/like.ts'
import type { LowWatermark } from '../services/marks.ts'
import type { Notifications } from '../services/notifications.ts'
import type { Present } from '../services/present.ts'
import type { Publish } from '../services/publish.ts'
import type { RateLimits } from '../services/rate-limit.ts'
import type { Timeline } from '../services/timeline.ts'
import type { Visibility } from '../services/visibility.ts'
import type { Admission } from './admission.ts'
import { laggedFrame, movingFrame, refusalFrame } from './frames.ts'
import { Socket, type Wire } from './socket.ts'
import { createDeletions } from './socket-deletions.ts'
import { createHellos } from './socket-hello.ts'
import { HotFollowers } from './socket-hot.ts'
import { createLive } from './socket-live.ts'
import { createNotified } from './socket-notified.ts'
import { createOperations } from './socket-operations.ts'
import { createRefills } from './socket-refill.ts'
import { createRequests } from './socket-requests.ts'
import { createSweep } from './socket-sweep.ts'
import { closeDead, closeOfReader, closeOfToken, type TokenLives } from './socket-tokens.ts'
import { offeredToken, upgradeHeaders } from './socket-upgrade.ts'
import { createWatches } from './socket-watch.ts'
import { Sockets } from './sockets.ts'

/** The ports and services that sockets stand on. */
export interface HubNeeds {
  /** This gateway's name on the Bus. */
  readonly gateway: string
  readonly bus: Pick<Bus, 'subscribe'>
  readonly inbox: Pick<Inbox, 'head' | 'online' | 'offline'>
  readonly hotLog: Pick<HotLog, 'epoch' | 'head' | 'after' | 'refresh'>
  readonly graph: Pick<FollowGraph, 'followees' | 'followedSince' | 'listFollowers'>
  readonly messages: Pick<MessageStore, 'deletions' | 'deletionsHead'>
  readonly likeStore: Pick<LikeStore, 'counts'>
  readonly cursorKey: CursorKey
  readonly auth: Pick<Auth, 'userOf'>
  readonly rates: RateLimits
  readonly admission: Admission
  readonly timeline: Timeline
  readonly lowWatermark: LowWatermark
  readonly present: Pick<Present, 'live' | 'record'>
  readonly bodies: Pick<Bodies, 'many'>
  readonly visibility: Pick<Visibility, 'seen'>
  readonly publish: Publish
  readonly likes: Pick<Likes, 'like' | 'unlike'>
  readonly follows: Follow
  readonly notifications: Pick<Notifications, 'read' | 'one'>
  /** API.md's `User` of oneself, as JSON. */
  readonly userJson: (user: UserId) => Promise<string>
  /** Whether a request's `Origin` is our own, so that its cookie counts. */
  readonly sameOrigin: (request: Request) => boolean
  /** Whether one user's open sockets are limited (`--rate-limits`). */
  readonly limited: boolean
  readonly clock: Clock
  readonly chance: Pick<Chance, 'number'>
  /** How often words of follows, mutes and blocks may have been lost, NaN while they are; without it, none ever is. */
  readonly gaps?: () => number
  /** Runs it once what has come in has been looked at; without it, in the event loop's next turn. */
  readonly soon?: (run: () => void) => void
  readonly log: Log
}

export interface HubStats {
  readonly sockets: number
  readonly readers: number
  readonly lagged: number
  /** Since the start: live messages sent, refills read, frames received and refused. */
  readonly pushed: number
  readonly refills: number
  readonly received: number
  readonly refused: number
  /** Messages on their way to sockets, and sockets that wait for their refill. */
  readonly liveWaiting: number
  readonly refillsWaiting: number
}

export interface Hub {
  /** Makes the request a socket. Throws `bad_request` when it is no handshake, `draining` while the server goes down. */
  upgrade(request: Request, server: Bun.Server<Socket>): undefined
  /** To be given to `Bun.serve`. */
  readonly websocket: Bun.WebSocketHandler<Socket>
  /** Tells sockets to move, lets them go one after the other, and resolves within `ms` when none is left. */
  drain(ms: number): Promise<void>
  stats(): HubStats
  /** Whether a socket watches the message's counts. */
  watches(id: MessageId): boolean
  /** The message's counts have changed, as others than the Bus have found. */
  recounted(id: MessageId): void
  /** The user is hidden from everybody: their sockets are closed, and what they wrote does not go out any more. */
  withdrawn(user: UserId): void
  /** Closes the sockets whose tokens are dead. Rejects when not all of them could be asked for. */
  closeDead(lives: TokenLives): Promise<void>
  /** Cuts all sockets and ends the timers. */
  close(): void
}

/** How often a drain looks for sockets whose time has come. */
const drainBeatMs = 50

/** The WebSocket side of a gateway: API.md, "The WebSocket". Who reads along begins here; each part has its own file. */
export function createHub(needs: HubNeeds): Hub {
  const { gateway, bus, inbox, hotLog, graph, messages, likeStore, timeline, clock, log } = needs
  const soon = needs.soon ?? setImmediate
  const ending = new AbortController()
  const stop = ending.signal
  let draining = false

  const sockets = new Sockets()
  const hotFollowers = new HotFollowers(graph, sockets, clock, needs.gaps)
  const refills = createRefills({
    timeline,
    hotGiven: () => live.hotGiven(),
    deletionsTold: () => deletions.told(),
    follows: (socket) => hotFollowers.update(socket),
    goLive: (socket) => sockets.goLive(socket),
    clock,
    log,
    stop,
  })
  const refill = refills.start
  const live = createLive({ ...needs, soon, sockets, hotFollowers, refill })
  const notified = createNotified({ ...needs, sockets })
  const watches = createWatches({ ...needs, likes: likeStore, stop })
  const deletions = createDeletions({
    sockets,
    hotFollowers,
    watchers: watches.of,
    refilling: refills.waiting,
    refill,
    graph,
    messages,
  })
  const operations = createOperations({ ...needs, watches })
  const requests = createRequests({
    operations,
    pollPorts: { inbox, hotLog, messages, soon },
    rates: needs.rates,
    admission: needs.admission,
    draining: () => draining,
    log,
  })
  const hellos = createHellos({ ...needs, sockets, hotFollowers, accepted })
  const sweep = createSweep({ ...needs, sockets, live, deletions, refill, drained, stop })

  function accepted(socket: Socket): void {
    refill(socket)
    requests.goOn(socket)
  }

  function heard(event: BusEvent): void {
    if (event.kind === 'delivered') live.delivered(event)
    else if (event.kind === 'hot') live.hot(event.position)
    else if (event.kind === 'likes') watches.heard(event.id)
    else if (event.kind === 'deleted') {
      live.gone(event.id)
      deletions.heard(event).catch(repaired)
    } else if (event.kind === 'graph') {
      for (let socket = sockets.of(event.reader); socket !== undefined; socket = socket.sibling) followsAnew(socket)
    } else if (event.kind === 'notified') notified.heard(event.to)
    else if (event.kind === 'revoked') closeOfToken(sockets, event.token)
    else if (event.kind === 'sessions') closeOfReader(sockets, event.user)
  }

  /** The socket's reader follows or sees others than before: what was published until now goes through the filters of a refill. */
  function followsAnew(socket: Socket): void {
    socket.filterBelow = idAt(clock.now() + graphClockMs)
    socket.sight = Number.NaN
    socket.changes++
    live.follows(socket).catch((error: unknown) => {
      repaired(error)
      // Not live until it is known: it would not be told what the followed delete.
      if (socket.state === 'live') refill(socket)
    })
  }

  /** An engine did not answer; comparing heads will make up for it. */
  function repaired(error: unknown): void {
    if (!(error instanceof Refusal)) log.error({ err: error }, 'an event could not be taken to the sockets')
  }

  function opened(socket: Socket, wire: Wire): void {
    socket.wire = wire
    socket.openedAt = clock.now()
    socket.heardAt = socket.openedAt
    sockets.open(socket)
    hellos.opened(socket)
  }

  function received(socket: Socket, frame: string | Uint8Array): void {
    socket.heardAt = sockets.now
    if (socket.state === 'closed') return
    if (typeof frame !== 'string') {
      socket.send(refusalFrame(new Refusal('bad_request', 'Frames are text: send JSON, not binary.')))
    } else if (socket.state === 'greeting') hellos.receive(socket, frame)
    else if (socket.state === 'opening') requests.hold(socket, frame)
    else requests.receive(socket, frame)
  }

  function drained(socket: Socket): void {
    // It took something: the time until it counts as stuck begins anew.
    socket.blockedAt = 0
    if (socket.wire!.getBufferedAmount() > 0) return
    socket.blocked = false
    if (socket.state === 'lagged') {
      socket.send(laggedFrame(timeline.encode(socket.cursor)))
      refill(socket)
    } else if (socket.state === 'refilling') refill(socket)
    requests.goOn(socket)
  }

  function closed(socket: Socket): void {
    socket.state = 'closed'
    watches.forget(socket)
    hotFollowers.forget(socket)
    if (sockets.close(socket)) inbox.offline(socket.reader, gateway).catch(repaired)
  }

  const leaveBus = bus.subscribe(gateway, heard)
  void sweep.run()

  return {
    upgrade(request, server) {
      if (draining) throw new Refusal('draining', 'This server is going down: connect to another one.')
      const headers = upgradeHeaders(request)
      const socket = new Socket(offeredToken(request, needs.sameOrigin))
      if (!server.upgrade(request, { data: socket, headers })) {
        throw new Refusal('bad_request', 'This is not a WebSocket handshake: see RFC 6455, section 4.1.')
      }
      return undefined
    },

    websocket: {
      maxPayloadLength: frameBytesMax,
      // Twice what may wait, so that answers for which there was room are never dropped.
      backpressureLimit: 2 * socketQueueBytesMax + frameBytesMax,
      perMessageDeflate: false,
      // The sweep has one timer for all.
      idleTimeout: 0,
      sendPings: false,
      open: (ws) => opened(ws.data, ws),
      message: (ws, frame) => received(ws.data, frame),
      drain: (ws) => drained(ws.data),
      close: (ws) => closed(ws.data),
      error(error, ws) {
        log.error({ err: error }, 'a socket was cut because of a mistake of ours')
        ws.terminate()
      },
      ping: (ws) => void (ws.data.heardAt = sockets.now),
      pong: (ws) => void (ws.data.heardAt = sockets.now),
    },

    async drain(ms) {
      draining = true
      const until = clock.now() + ms
      // Half of the time spreads the clients, a quarter is theirs to leave by themselves.
      const leaving = [...sockets].map((socket) => {
        const after = socket.reader === 0 ? 0 : Math.floor((needs.chance.number() * ms) / 2)
        if (socket.reader !== 0) socket.send(movingFrame(after))
        return { socket, at: clock.now() + after + (socket.reader === 0 ? 0 : ms / 4) }
      })
      while (sockets.size > 0 && clock.now() < until) {
        const now = clock.now()
        for (const { socket, at } of leaving) {
          if (at <= now) socket.close(closeCodes.draining, 'The server is going down: come back with your cursor.')
        }
        await clock.sleep(drainBeatMs, stop)
      }
      for (const socket of [...sockets]) socket.wire?.terminate()
    },

    stats() {
      let lagged = 0
      for (const socket of sockets) if (socket.state === 'lagged') lagged++
      const { pushed, waiting } = live.stats()
      const { rounds, queued, running } = refills.stats()
      return {
        sockets: sockets.size,
        readers: sockets.readers,
        lagged,
        pushed,
        refills: rounds,
        ...requests.stats(),
        liveWaiting: waiting,
        refillsWaiting: queued + running,
      }
    },

    watches: watches.any,
    recounted: watches.heard,
    withdrawn(user) {
      closeOfReader(sockets, user)
      live.goneOf(user)
    },
    closeDead: (lives) => closeDead(sockets, lives),

    close() {
      leaveBus()
      ending.abort()
      for (const socket of [...sockets]) socket.wire?.terminate()
    },
  }
}
