import { type CursorKey, cursorHead, cursorTail, joinCursor } from '../core/cursor.ts'
import type { Id, MessageId, UserId } from '../core/ids.ts'
import { liveItemsMax, pageEntriesMax } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { cutBody } from '../core/message.ts'
import { Refusal } from '../core/refusal.ts'
import type { BusEvent } from '../ports/bus.ts'
import type { HotEntry, HotLog } from '../ports/hot-log.ts'
import type { LiveMessage, Present } from '../services/present.ts'
import { Fifo } from './fifo.ts'
import { frameEnd, messageFrameStart } from './frames.ts'
import type { Socket } from './socket.ts'
import { Batch } from './socket-batch.ts'
import type { HotFollowers } from './socket-hot.ts'
import type { Sockets } from './sockets.ts'

/** A message on its way to live sockets. */
interface Item {
  readonly id: MessageId
  readonly author: UserId
  readonly crossed: boolean
  /** Readers, epochs and positions as in the Bus event; undefined for an entry of the hot log. */
  readonly to: number[] | undefined
  readonly hotPosition: number
  state: 'loading' | 'ready' | 'failed'
  /** Deleted since it was heard of. */
  gone: boolean
  /** What was deleted, and who was withdrawn, while this was loading: it may boost that, or one of theirs. */
  goneMeanwhile: Set<Id> | undefined
  boostOf: LiveMessage['boostOf']
  /** The message as readers see it who neither like nor boost it; undefined when it is gone. */
  json: string | undefined
  markers: LiveMessage['markers']
}

export interface Live {
  delivered(event: BusEvent & { kind: 'delivered' }): void
  /** The hot log may have grown up to `position`. */
  hot(position: number): void
  /** Reads whom the socket's reader follows and sees now, and makes up for hot messages that were passed over before this was known. */
  follows(socket: Socket): Promise<void>
  /** The message is gone: it is not sent any more. */
  gone(id: MessageId): void
  /** The same for all of an author's. */
  goneOf(author: UserId): void
  /** The last position of the hot log that live sockets were given. */
  hotGiven(): number
  stats(): { pushed: number; waiting: number }
}

/**
 * Gives live sockets each message as the Bus brings it. [L1] A socket is given position n + 1 after n, else it is refilled.
 * [L2] Nothing is given before what stands earlier in the hot log, and a message that crosses from one log to the other
 * comes by a refill, which reads both. [L3] Items keep the order in which they were heard of.
 */
export function createLive({
  sockets,
  hotFollowers,
  refill,
  present,
  hotLog,
  cursorKey,
  soon,
  log,
}: {
  sockets: Sockets
  hotFollowers: HotFollowers
  refill: (socket: Socket) => void
  present: Pick<Present, 'live'>
  hotLog: Pick<HotLog, 'head' | 'after' | 'refresh'>
  cursorKey: CursorKey
  /** Runs it once what has come in has been looked at. */
  soon: (run: () => void) => void
  log: Log
}): Live {
  const items = new Fifo<Item>()
  const batch = new Batch()
  /** The last positions of the hot log that were put into `items`, and that were given. */
  let hotHeard = hotLog.head()
  let hotGiven = hotHeard
  let pushed = 0

  function add(id: MessageId, author: UserId, crossed: boolean, to: number[] | undefined, hotPosition: number): void {
    const item: Item = {
      id,
      author,
      crossed,
      to,
      hotPosition,
      state: 'loading',
      gone: false,
      goneMeanwhile: undefined,
      boostOf: undefined,
      json: undefined,
      markers: undefined,
    }
    items.push(item)
    void load(item)
  }

  async function load(item: Item): Promise<void> {
    try {
      if (item.crossed) await hotLog.refresh()
      if (item.to === undefined) await hotFollowers.learn(item.author)
      const found = await present.live(item.id)
      item.boostOf = found?.boostOf
      item.markers = found?.markers
      const { boostOf, goneMeanwhile } = item
      if (boostOf && (goneMeanwhile?.has(boostOf.id) || goneMeanwhile?.has(boostOf.author))) item.gone = true
      if (!item.gone) item.json = found?.json
      item.state = 'ready'
    } catch (error) {
      if (!(error instanceof Refusal)) log.error({ err: error }, 'a live message could not be read')
      item.state = 'failed'
    }
    giveSoon()
  }

  let giving = false

  /** Not at once: messages that were heard of together are ready together, a moment later, and share their sockets' writes. */
  function giveSoon(): void {
    if (giving) return
    giving = true
    soon(() => {
      giving = false
      try {
        giveReady()
      } catch (error) {
        log.error({ err: error }, 'live messages could not be given')
      }
    })
  }

  function hearHot(): void {
    while (hotHeard < hotLog.head() && items.length < liveItemsMax) {
      const entries: HotEntry[] = hotLog.after(hotHeard, pageEntriesMax)
      // What was forgotten by age is left out.
      if (entries.length === 0) hotHeard = hotLog.head()
      for (const { id, author, crossed, position } of entries) {
        add(id, author, crossed, undefined, position)
        hotHeard = position
      }
    }
    if (items.length === 0) hotGiven = hotHeard
  }

  function giveReady(): void {
    try {
      for (let item = items.first; item !== undefined && item.state !== 'loading'; item = items.first) {
        items.shift()
        if (item.to !== undefined) giveDelivered(item, item.to)
        else giveHot(item)
      }
    } finally {
      batch.flush()
    }
    if (items.length === 0) hotGiven = hotHeard
  }

  function giveDelivered(item: Item, to: number[]): void {
    const frames = framesOf(item)
    for (let i = 0; i < to.length; i += 3) {
      for (let socket = sockets.of(to[i]!); socket !== undefined; socket = socket.sibling) {
        if (socket.state !== 'live') socket.hears(to[i + 1]!, to[i + 2]!)
        else giveNext(socket, item, to[i + 1]!, to[i + 2]!, frames)
      }
    }
  }

  function giveNext(socket: Socket, item: Item, epoch: number, position: number, frames: Frames): void {
    if (epoch === socket.epoch && position <= socket.position) return
    if (epoch !== socket.epoch || position !== socket.position + 1 || needsRefill(socket, item)) refill(socket)
    else if (socket.passes(item.id)) socket.position = position
    // The answer that tells which message this socket sent may still be on its way; a refill waits for it.
    else if (item.author === socket.reader && socket.publishing) refill(socket)
    else if (item.json === undefined || socket.wasGiven(item.id)) socket.position = position
    else if (socket.full) socket.state = 'lagged'
    else {
      socket.position = position
      push(socket, frames)
    }
  }

  function giveHot(item: Item): void {
    const frames = framesOf(item)
    for (const socket of hotFollowers.of(item.author) ?? []) {
      // An author's own hot messages come through their inbox.
      if (socket.reader === item.author) continue
      // A refill sees by `hotGiven` whether it came past it.
      if (socket.state !== 'live' || item.hotPosition <= socket.hotPosition) continue
      if (needsRefill(socket, item)) refill(socket)
      else if (item.json === undefined || socket.wasGiven(item.id)) continue
      else if (socket.passes(item.id)) passHot(socket, item)
      else if (socket.full) socket.state = 'lagged'
      else {
        passHot(socket, item)
        push(socket, frames)
      }
    }
    // Who follows the author is not known for sure.
    if (item.state === 'failed') for (const socket of sockets) if (socket.state === 'live') refill(socket)
    hotGiven = item.hotPosition
  }

  function passHot(socket: Socket, item: Item): void {
    socket.hotPosition = item.hotPosition
    socket.tail = ''
  }

  async function follows(socket: Socket): Promise<void> {
    const added = await hotFollowers.update(socket)
    if (added.size === 0 || socket.state !== 'live') return
    for (const { id, author, position } of hotLog.after(socket.hotConfirmed, pageEntriesMax)) {
      if (position > socket.hotPosition) break
      const given = added.has(author)
        ? position <= (socket.mutedHot?.get(author) ?? 0)
        : hotFollowers.has(author, socket)
      if (given) socket.hold(id)
    }
    for (const author of added) socket.mutedHot?.delete(author)
    socket.hotPosition = socket.hotConfirmed
    refill(socket)
  }

  function needsRefill(socket: Socket, item: Item): boolean {
    if (item.state === 'failed' || item.crossed) return true
    if (item.markers !== undefined && (item.markers === 'many' || item.markers.has(socket.reader))) return true
    // A refill asks whom the reader follows and sees; a message given as it is would move the cursor past what nobody knew of.
    if (item.id < socket.filterBelow || !hotFollowers.isSure(socket)) return true
    const { hidden } = socket
    return (
      hidden !== undefined &&
      (hidden.has(item.author) || (item.boostOf !== undefined && hidden.has(item.boostOf.author)))
    )
  }

  function push(socket: Socket, frames: Frames): void {
    if (socket.head === '') socket.head = cursorHead(cursorKey, socket.reader, socket.epoch)
    if (socket.tail === '') socket.tail = sharedTail(socket)
    batch.add(socket, frames(socket.preview) + joinCursor(cursorKey, socket.head, socket.tail, socket) + frameEnd)
    pushed++
  }

  /** Neighbours stand at the same place more often than not: one text for all of them saves time and memory. */
  let lastTail = ''
  let lastOf = { hotEpoch: 0, hotPosition: 0, watermark: 0, deletions: 0 }
  function sharedTail({ hotEpoch, hotPosition, watermark, deletions }: Socket): string {
    if (
      lastOf.watermark !== watermark ||
      lastOf.hotPosition !== hotPosition ||
      lastOf.deletions !== deletions ||
      lastOf.hotEpoch !== hotEpoch
    ) {
      lastOf = { hotEpoch, hotPosition, watermark, deletions }
      lastTail = cursorTail(lastOf)
    }
    return lastTail
  }

  return {
    delivered({ id, author, crossed, to }) {
      hearHot()
      // Beyond the limit it is dropped: who missed it is found when heads are compared, or at the next position.
      if (items.length >= liveItemsMax || !anyHere(to)) return
      add(id, author, crossed, to, 0)
    },
    hot(position) {
      if (position <= hotLog.head()) return hearHot()
      hotLog.refresh().then(hearHot, (error) => {
        if (!(error instanceof Refusal)) log.error({ err: error }, 'the hot log could not be read')
      })
    },
    follows,
    gone: (id) => drop(id, (item) => item.id === id || item.boostOf?.id === id),
    goneOf: (author) => drop(author, (item) => item.author === author || item.boostOf?.author === author),
    hotGiven: () => hotGiven,
    stats: () => ({ pushed, waiting: items.length }),
  }

  function drop(gone: Id, which: (item: Item) => boolean): void {
    for (const item of items) {
      if (item.state === 'loading') (item.goneMeanwhile ??= new Set()).add(gone)
      if (!which(item)) continue
      item.gone = true
      item.json = undefined
    }
  }

  function anyHere(to: number[]): boolean {
    for (let i = 0; i < to.length; i += 3) if (sockets.of(to[i]!) !== undefined) return true
    return false
  }
}

/** The shared part of an item's frames, for each length of preview. */
type Frames = (preview: number) => string

function framesOf(item: Item): Frames {
  if (item.json === undefined) return () => ''
  const { json } = item
  const whole = messageFrameStart(json)
  let cut: Map<number, string> | undefined
  return (preview) => {
    if (preview < 0) return whole
    cut ??= new Map()
    let frame = cut.get(preview)
    if (frame === undefined) {
      frame = messageFrameStart(`{${cutBody(json.slice(1, -1), preview)}}`)
      cut.set(preview, frame)
    }
    return frame
  }
}
