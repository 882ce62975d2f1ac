import type { Id } from '../core/ids.ts'
import {
  closeWithinMs,
  drainWithinMs,
  headsEveryMs,
  helloWithinMs,
  silenceMaxMs,
  sweepEveryMs,
} from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { closeCodes, Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { LowWatermark } from '../services/marks.ts'
import type { Socket } from './socket.ts'
import type { Deletions } from './socket-deletions.ts'
import type { Live } from './socket-live.ts'
import { bucketsCount, type Sockets } from './sockets.ts'

const beatsOfHeads = headsEveryMs / sweepEveryMs

/**
 * The one timer of all sockets. On each beat one bucket is pinged, a share of the buckets has its places compared with the
 * heads of inboxes and hot log, and all are looked through for those that are silent, late or never drain.
 */
export function createSweep({
  gateway,
  sockets,
  live,
  deletions,
  refill,
  drained,
  inbox,
  hotLog,
  lowWatermark,
  clock,
  log,
  stop,
}: {
  gateway: string
  sockets: Sockets
  live: Pick<Live, 'hot' | 'hotGiven' | 'follows'>
  deletions: Pick<Deletions, 'compare'>
  refill: (socket: Socket) => void
  /** Nothing waits in the connection's queue any more. */
  drained: (socket: Socket) => void
  inbox: Pick<Inbox, 'head' | 'online'>
  hotLog: Pick<HotLog, 'head'>
  lowWatermark: LowWatermark
  clock: Clock
  log: Log
  stop: AbortSignal
}): { run(): Promise<void> } {
  function look(socket: Socket, now: number): void {
    // A socket that is not read from cannot be heard.
    if (socket.waiting !== undefined) socket.heardAt = now
    if (socket.blocked && socket.wire?.getBufferedAmount() === 0) drained(socket)
    if (socket.blocked || socket.state === 'closed') socket.blockedAt ||= now
    const stuckFor = socket.blockedAt === 0 ? 0 : now - socket.blockedAt
    if (socket.state === 'closed') {
      // Its close frame was not answered in time.
      if (stuckFor > closeWithinMs) socket.wire?.terminate()
    } else if (socket.reader === 0 && now - socket.openedAt > helloWithinMs) {
      socket.close(closeCodes.unauthorized, 'No hello came in time.')
    } else if (socket.tokenUntil !== undefined && socket.tokenUntil <= now) {
      socket.close(closeCodes.unauthorized, 'Your token has expired: ask for a new one.')
    } else if (stuckFor > drainWithinMs) {
      socket.close(closeCodes.draining, 'You read too slowly: come back with your cursor.')
    } else if (now - socket.heardAt > silenceMaxMs) {
      socket.close(closeCodes.draining, 'Nothing was heard of you for a minute.')
    }
  }

  /** Compares one socket's place with the head of its inbox; `watermark` was read before. */
  async function compare(socket: Socket, watermark: Id, hotHead: number): Promise<void> {
    const head = await inbox.head(socket.reader)
    if (socket.state !== 'live') return
    if (head === undefined || head.epoch !== socket.epoch) {
      // Presence may be gone together with the inbox.
      await inbox.online(socket.reader, gateway)
      return refill(socket)
    }
    if (head.position > socket.position) return refill(socket)
    await live.follows(socket)
    if (!isLive(socket) || live.hotGiven() < hotHead) return
    socket.watermark = Math.max(socket.watermark, watermark)
    socket.hotPosition = Math.max(socket.hotPosition, hotHead)
    socket.hotConfirmed = Math.max(socket.hotConfirmed, hotHead)
    socket.tail = ''
    socket.letGo(socket.watermark)
  }

  async function compareHeads(beat: number): Promise<void> {
    await deletions.compare()
    // The watermark first, with which the hot log is read: what it promises holds for heads that are read after it.
    const watermark = await lowWatermark()
    const hotHead = hotLog.head()
    live.hot(hotHead)
    const compared: Promise<void>[] = []
    for (let i = beat % beatsOfHeads; i < bucketsCount; i += beatsOfHeads) {
      for (const socket of sockets.buckets[i]!)
        if (socket.state === 'live') compared.push(compare(socket, watermark, hotHead))
    }
    for (const outcome of await Promise.allSettled(compared)) if (outcome.status === 'rejected') quiet(outcome.reason)
  }

  function quiet(error: unknown): void {
    // An engine that does not answer: the next beat asks again.
    if (!(error instanceof Refusal)) log.error({ err: error }, 'heads could not be compared')
  }

  let comparing = false

  function beat(n: number): void {
    const now = clock.now()
    sockets.now = now
    // Backwards, because closing one moves the last into its place.
    for (const bucket of sockets.buckets) for (let i = bucket.length - 1; i >= 0; i--) look(bucket[i]!, now)
    for (const socket of sockets.buckets[n % bucketsCount]!) if (socket.state !== 'closed') socket.wire?.ping()
    // An engine that answers late holds up no ping.
    if (comparing) return
    comparing = true
    void compareHeads(n)
      .catch(quiet)
      .then(() => {
        comparing = false
      })
  }

  return {
    async run() {
      for (let n = 0; !stop.aborted; n++) {
        try {
          beat(n)
        } catch (error) {
          quiet(error)
        }
        await clock.sleep(sweepEveryMs, stop)
      }
    },
  }
}

/** Asked after an await, where the compiler would trust what it saw before. */
function isLive(socket: Socket): boolean {
  return socket.state === 'live'
}
