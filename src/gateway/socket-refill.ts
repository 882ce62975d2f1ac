import type { Id } from '../core/ids.ts'
import { refillBytesMax, refillMessages, refillRetryMs, refillsMax, refillTriesMax } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { closeCodes, Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { Timeline } from '../services/timeline.ts'
import { Fifo } from './fifo.ts'
import { deletedFrame, frameEnd, messageFrameStart, refusalFrame } from './frames.ts'
import type { Socket } from './socket.ts'

export interface Refills {
  /** Has the socket given what arrived since its cursor, then live; at once or when its turn comes. */
  start(socket: Socket): void
  /** Sockets that are being refilled or wait for it. */
  waiting(): Iterable<Socket>
  stats(): { running: number; queued: number; rounds: number }
}

/**
 * Gives sockets what arrived since their cursors, a page at a time and a bounded number of sockets at once, until they
 * stand at the head; then they are live. Between the last read and going live there is no gap: what the Bus says
 * meanwhile leads to one more round where the last one has not come past it: else, with much arriving, no round would be the last.
 */
export function createRefills({
  timeline,
  hotGiven,
  deletionsTold,
  follows,
  goLive,
  clock,
  log,
  stop,
}: {
  timeline: Pick<Timeline, 'arrivals' | 'encode'>
  /** The last position of the hot log that live sockets were given. */
  hotGiven: () => number
  /** The stamp up to which live sockets were told of all deletions. */
  deletionsTold: () => Id
  /** Makes known which hot authors the socket's reader follows. */
  follows: (socket: Socket) => Promise<unknown>
  goLive: (socket: Socket) => void
  clock: Clock
  log: Log
  stop: AbortSignal
}): Refills {
  const queue = new Fifo<Socket>()
  const current = new Set<Socket>()
  let rounds = 0

  function start(socket: Socket): void {
    if (socket.state === 'closed' || socket.state === 'greeting') return
    socket.state = 'refilling'
    socket.more = true
    if (socket.refillQueued) return
    socket.refillQueued = true
    queue.push(socket)
    next()
  }

  function next(): void {
    while (current.size < refillsMax && queue.length > 0) void run(queue.shift()!)
  }

  async function run(socket: Socket): Promise<void> {
    current.add(socket)
    let problem: unknown
    try {
      while (socket.state === 'refilling' && !socket.full && (await round(socket)));
      socket.refillTries = 0
    } catch (error) {
      problem = error
    }
    socket.refillQueued = false
    current.delete(socket)
    next()
    if (problem !== undefined) await failed(socket, problem)
  }

  /** One read and what it found. Resolves to whether another one is needed at once. */
  async function round(socket: Socket): Promise<boolean> {
    rounds++
    socket.reads()
    const extent = { bytesMax: refillBytesMax, ...(socket.preview >= 0 && { preview: socket.preview }) }
    const found = await timeline.arrivals(socket.reader, socket.cursor, refillMessages, extent)
    if (socket.state !== 'refilling') return false
    // Before the messages: their cursors may say already that these were told.
    for (const id of found.deleted) socket.send(deletedFrame(id))
    for (const { id, author, json, cursor } of found.arrivals) {
      // It goes on from its cursor once it has drained.
      if (socket.full) return false
      const held =
        socket.wasGiven(id) || socket.passes(id) || (author === socket.reader && (await socket.passesLater(id)))
      if (socket.state !== 'refilling') return false
      if (!held) socket.send(messageFrameStart(json) + timeline.encode(cursor) + frameEnd)
      if (cursor.upTo !== undefined) socket.gave(id)
      socket.standAt(cursor)
    }
    socket.standAt(found.cursor)
    // What live sockets are told of these authors goes to those alone who are known to follow them.
    if (found.atHead) await follows(socket)
    if (socket.state !== 'refilling') return false
    const behindOthers = socket.hotPosition < hotGiven() || socket.deletions < deletionsTold()
    if (!found.atHead || socket.behind || behindOthers) return true
    goLive(socket)
    return false
  }

  async function failed(socket: Socket, problem: unknown): Promise<void> {
    if (socket.state === 'closed') return
    if (problem instanceof Refusal && problem.code === 'cursor_expired') {
      socket.send(refusalFrame(problem))
      return socket.close(closeCodes.cursorExpired, problem.message)
    }
    if (!(problem instanceof Refusal)) log.error({ err: problem }, 'a socket could not be refilled')
    if (++socket.refillTries > refillTriesMax) {
      return socket.close(
        closeCodes.draining,
        'Your timeline cannot be read at the moment; come back with your cursor.',
      )
    }
    await clock.sleep(refillRetryMs, stop)
    if (!stop.aborted) start(socket)
  }

  return {
    start,
    *waiting() {
      yield* queue
      yield* current
    },
    stats: () => ({ running: current.size, queued: queue.length, rounds }),
  }
}
