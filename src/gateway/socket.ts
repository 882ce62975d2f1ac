import type { Cursor } from '../core/cursor.ts'
import type { Hidden } from '../core/hidden.ts'
import type { Id, MessageId, UserId } from '../core/ids.ts'
import { givenIdsMax, sentIdsMax, socketQueueBytesMax } from '../core/limits.ts'
import type { Fifo } from './fifo.ts'
import type { Poll } from './socket-poll.ts'
import type { Watch } from './socket-watch.ts'

/** What the gateway needs of a connection; Bun's `ServerWebSocket` has it. */
export interface Wire {
  /** The bytes sent; −1 when they wait behind others; 0 when the frame was dropped. */
  sendText(frame: string): number
  /** What is sent in `send` goes out in one write. */
  cork(send: () => void): void
  ping(): number
  getBufferedAmount(): number
  pause(): void
  resume(): void
  close(code: number, reason: string): void
  terminate(): void
}

/** A token in the request that became the socket. */
export interface Offered {
  readonly token: string
  readonly byCookie: boolean
}

/**
 * `greeting`: no accepted hello yet. `opening`: hello is being answered. `refilling`: being given what arrived since its
 * cursor. `live`: given each message as it arrives. `lagged`: too slow for live; goes on once it has drained.
 */
export type SocketState = 'greeting' | 'opening' | 'refilling' | 'live' | 'lagged' | 'closed'

/**
 * One socket: one flat object, and what few sockets need is made when it is needed, because there are many of them. Its
 * place in the timeline is a `Cursor` spread over its own fields.
 */
export class Socket {
  wire: Wire | undefined = undefined
  state: SocketState = 'greeting'
  /** A token that came with the upgrade, until the hello is accepted. */
  offered: Offered | undefined
  /** SHA-256 of the token, in hex; empty before the hello is accepted. */
  token = ''
  /** When its token ends by itself, in Unix ms; undefined for a token of ours, which does not. */
  tokenUntil: number | undefined = undefined

  reader: UserId = 0
  epoch = 0
  position = 0
  hotEpoch = 0
  hotPosition = 0
  watermark = 0
  deletions = 0
  /** Up to here it is sure that nothing of the hot log was passed over. */
  hotConfirmed = 0
  /** The whole cursor while the socket catches up by id; it is never live then. */
  private byId: Cursor | undefined = undefined
  /** Parts of the cursor's wire form; empty when they must be made anew. */
  head = ''
  tail = ''

  /** Texts longer than this are cut; −1: none is. */
  preview = -1
  /** Another socket of the same reader. */
  sibling: Socket | undefined = undefined
  /** Its place in the sweep. */
  bucket = 0
  place = 0
  /** Unix ms, as exact as the sweep's beat. */
  openedAt = 0
  heardAt = 0
  /** Something waits in the connection's queue. */
  blocked = false
  /** When the sweep first saw it blocked since it last drained a little; 0 when it is not. */
  blockedAt = 0
  /** Live frames of this moment, not sent yet, and their UTF-16 units. */
  batch: string | string[] | undefined = undefined
  batchLength = 0
  /** Something may have arrived or gone since the refill's last read. */
  more = false
  /** Where in the reader's inbox the Bus told of an arrival since then: an epoch, 0 for none, and the last position. */
  private toldEpoch = 0
  private toldPosition = 0
  /** Waits for a turn, or is being refilled. */
  refillQueued = false
  refillTries = 0
  /** Whom the reader follows has changed since messages below this id: they go through the filters of a refill. */
  filterBelow: MessageId = 0
  /** Whom the reader does not see: what they write goes through those filters too. */
  hidden: Hidden | undefined = undefined
  /** Hot authors whom the reader has muted: up to which position of the hot log the socket was given what they wrote. */
  mutedHot: Map<UserId, number> | undefined = undefined
  /** The number of the Bus's gaps when that was read, NaN where it is to be read: unlike it, word of a change may be missing. */
  sight = Number.NaN
  /** How often word came that whom the reader follows or sees has changed. */
  changes = 0
  /** Whom the reader follows is being read, for as long as this is not resolved. */
  followsRead: Promise<unknown> | undefined = undefined
  /** When it went live, as a number that counts such moments. */
  liveAt = 0

  /** Requests in work, and the bytes that their answers may have. */
  inWork = 0
  owed = 0
  framesBeforeHello = 0
  /** Frames that were read and wait for their turn; while there are some, nothing more is read. */
  waiting: Fifo<string> | undefined = undefined
  /** Publishes under way. */
  private publishes: Set<Promise<void>> | undefined = undefined
  /** Ids that this socket has in another way: it sent them, or is read once more past them. */
  private held: Set<MessageId> | undefined = undefined
  /** Ids that it was given while it caught up by id: each such pass begins at the watermark, and would find them again. */
  private given: Set<MessageId> | undefined = undefined
  watch: Watch | undefined = undefined
  poll: Poll | undefined = undefined

  constructor(offered: Offered | undefined) {
    this.offered = offered
  }

  get cursor(): Cursor {
    if (this.byId !== undefined) return this.byId
    const { reader, epoch, position, hotEpoch, hotPosition, watermark, deletions } = this
    return { reader, epoch, position, hotEpoch, hotPosition, watermark, deletions }
  }

  /** From now on the socket stands at `cursor`. */
  standAt(cursor: Cursor): void {
    this.byId = cursor.upTo === undefined ? undefined : cursor
    this.epoch = cursor.epoch
    this.position = cursor.position
    this.hotEpoch = cursor.hotEpoch
    this.hotPosition = cursor.hotPosition
    this.hotConfirmed = cursor.hotPosition
    this.watermark = cursor.watermark
    this.deletions = cursor.deletions
    this.head = ''
    this.tail = ''
    this.forgetGiven()
  }

  /** A refill is about to read: what it is told of from now on may be news. */
  reads(): void {
    this.more = false
    this.toldEpoch = 0
    this.toldPosition = 0
  }

  /** The Bus tells of an arrival while the socket is not live: news, unless the refill comes past it by itself. */
  hears(epoch: number, position: number): void {
    if (this.toldEpoch !== 0 && this.toldEpoch !== epoch) this.more = true
    this.toldEpoch = epoch
    this.toldPosition = Math.max(this.toldPosition, position)
  }

  /** Whether there is something that the refill's last read may have missed. */
  get behind(): boolean {
    const missed = this.toldEpoch !== this.epoch || this.toldPosition > this.position
    return this.more || (this.toldEpoch !== 0 && missed)
  }

  get byPosition(): boolean {
    return this.byId === undefined
  }

  /** Whether so much waits that nothing more may be added. */
  get full(): boolean {
    return this.blocked && this.wire !== undefined && this.wire.getBufferedAmount() > socketQueueBytesMax
  }

  /** Sends a frame. It is not lost as long as the caller looked at `full` before it began the work. */
  send(frame: string): void {
    if (this.wire === undefined || this.state === 'closed') return
    const outcome = this.wire.sendText(frame)
    if (outcome < 0) this.blocked = true
    // Dropped, so the stream has a hole: the client must come back with its cursor.
    else if (outcome === 0) this.wire.terminate()
  }

  /** Sends frames in one write. */
  sendAll(frames: readonly string[]): void {
    this.wire?.cork(() => {
      for (const frame of frames) this.send(frame)
    })
  }

  /** Closes the connection; what was sent before still goes out. Its place is given up when the connection is gone. */
  close(code: number, reason: string): void {
    if (this.state === 'closed') return
    this.state = 'closed'
    this.blockedAt = 0
    this.wire?.close(code, reason)
  }

  /** This socket publishes: `published` resolves to the id once it is known. */
  sends(published: Promise<MessageId>): void {
    this.publishes ??= new Set()
    const settled = published.then(
      (id) => this.hold(id),
      () => {},
    )
    const { publishes } = this
    publishes.add(settled)
    void settled.then(() => publishes.delete(settled))
  }

  /** Its next delivery to this socket is passed in silence. */
  hold(id: MessageId): void {
    this.held ??= new Set()
    if (this.held.size >= sentIdsMax) this.held.delete(this.held.values().next().value!)
    this.held.add(id)
  }

  /** Whether this socket has the message, so that it is passed in silence; asked once for each. */
  passes(id: MessageId): boolean {
    return this.held?.delete(id) ?? false
  }

  /** Nothing below `watermark` is delivered any more. */
  letGo(watermark: Id): void {
    this.forgetGiven()
    if (this.held === undefined) return
    for (const id of this.held) if (id < watermark) this.held.delete(id)
    if (this.held.size === 0) this.held = undefined
  }

  /** It was given the message by a pass by id. */
  gave(id: MessageId): void {
    this.given ??= new Set()
    if (this.given.size >= givenIdsMax) this.given.delete(this.given.values().next().value!)
    this.given.add(id)
  }

  wasGiven(id: MessageId): boolean {
    return this.given?.has(id) ?? false
  }

  /** No pass finds again what lies below the watermark. */
  private forgetGiven(): void {
    if (this.given === undefined) return
    // In the order in which they were given, which is that of ids but for a few.
    for (const id of this.given) {
      if (id >= this.watermark) return
      this.given.delete(id)
    }
    this.given = undefined
  }

  get publishing(): boolean {
    return this.publishes !== undefined && this.publishes.size > 0
  }

  /** The same once the publishes that are under way now have their ids: a delivery may overtake them. */
  async passesLater(id: MessageId): Promise<boolean> {
    if (this.publishes !== undefined) await Promise.all(this.publishes)
    return this.passes(id)
  }
}
