import type { Id, MessageId, UserId } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import type { ReaderNumbers } from './graph.ts'

/** What is known of one inbox at one moment. Positions count appends; the first one of an epoch may be any number. */
export interface InboxHead {
  readonly epoch: number
  /** The position of the newest append; `first − 1` when there was none. */
  readonly position: number
  /** The oldest arrival still held; `position + 1` when none is. A cursor at `oldest − 1` or above has missed nothing. */
  readonly oldest: number
  /** The largest id ever dropped, or left out when the inbox was made or backfilled: below and at it, ask the outboxes. */
  readonly floor: Id
  /** The largest id held or dropped; 0 when there was none. */
  readonly largest: MessageId
  /**
   * The same number of the same epoch, where it is not 0: whom the reader follows is what it was (`FollowGraph.followees`).
   * 0 where that is not told, and while an edge of the reader is being written.
   */
  readonly follows: number
  /** The same number of the same epoch, where it is not 0: no follow has put anything beneath since (`backfill`). */
  readonly backfills: number
  /**
   * Every message of the reader's own that was answered by then has this id or a smaller one, and each one makes it another
   * number of the same epoch; `idMax` where that is not told.
   */
  readonly own: Id
}

/** What must be as it was for the floor to be lowered. */
export type FloorSeen = Pick<InboxHead, 'epoch' | 'floor' | 'backfills'>

/** One delivery that reached a reader with an open socket. */
export interface Delivered {
  readonly id: MessageId
  readonly gateway: string
  readonly reader: UserId
  readonly epoch: number
  readonly position: number
}

/** `unknown` counts as online: nobody is woken by a push who reads already. */
export type Presence = 'online' | 'offline' | 'unknown'

export interface Delivery {
  readonly id: MessageId
  readonly readers: ReaderNumbers
}

/**
 * Some of a batch could not be delivered for now (`unavailable`). What did reach online readers is not reported again when
 * the batch is tried once more, so it is reported here.
 */
export class PartlyDelivered extends Refusal {
  readonly delivered: readonly Delivered[]

  constructor(problem: Refusal, delivered: readonly Delivered[]) {
    super(problem.code, problem.message, { retryAfterSeconds: problem.retryAfterSeconds ?? 1 })
    this.cause = problem
    this.delivered = delivered
  }
}

/**
 * Inboxes: for each warm reader a bounded ring of message ids; derived, never the truth. [I1] A delivery appends only to
 * inboxes that exist (ready or building) and only where the id is nowhere in the ring. [I2] Positions of one epoch rise
 * by one with each append. [I3] What is put beneath has no position and is never an arrival. [I4] An inbox holds the
 * newest `inboxIdsMin` arrivals at least; what is dropped raises the floor. [I5] An inbox that is gone comes back only
 * under another epoch. [I6] Nothing is read from an inbox that is building.
 */
export interface Inbox {
  /**
   * All deliveries in their order; resolves to those that reached online readers. Cost: no round trip per reader.
   * @throws PartlyDelivered where some could not be made
   */
  deliver(deliveries: readonly Delivery[]): Promise<Delivered[]>
  /** Undefined when absent or building. Counts as a read (keeps the inbox awake). */
  head(reader: UserId): Promise<InboxHead | undefined>
  /**
   * Arrivals after `position`, oldest first, at most `limit`, with the head of the same moment. `ids[i]` has the position
   * `position + 1 + i`. Undefined when absent, building, of another epoch, or when some of them were dropped.
   */
  after(
    reader: UserId,
    epoch: number,
    position: number,
    limit: number,
  ): Promise<{ head: InboxHead; ids: MessageId[] } | undefined>
  /** The largest held ids below `below` and above the floor, largest first, at most `limit`. Undefined as for `head`. */
  page(reader: UserId, below: Id, limit: number): Promise<{ head: InboxHead; ids: MessageId[] } | undefined>
  /**
   * [I7] Creates the inbox in the state building, under `epoch`, unless it is ready or is being built and `now` has not
   * passed that builder's deadline (a builder past it is replaced). Resolves to what the caller found.
   */
  create(
    reader: UserId,
    epoch: number,
    builder: number,
    now: number,
    deadline: number,
  ): Promise<'created' | 'building' | 'ready'>
  /**
   * [I8] In one step, if epoch and builder still match: puts beneath what is not in the ring (`ids` largest first; what
   * does not fit raises the floor), raises the floor to `floor`, and makes it ready. Resolves to whether it matched.
   */
  complete(reader: UserId, epoch: number, builder: number, ids: readonly MessageId[], floor: Id): Promise<boolean>
  /**
   * [I9] Puts ids beneath a ready or building inbox as `complete` does (a follow), and raises the floor to `floor`: the
   * followee's largest id that is not among `ids`, 0 when none is left out. `InboxHead.backfills` is another number then.
   * No inbox: nothing happens.
   */
  backfill(reader: UserId, ids: readonly MessageId[], floor: Id): Promise<void>
  /**
   * [I10] In one step, if the inbox is ready, its epoch and floor are still what was `seen`, and no follow has brought
   * anything since: puts beneath what is not in the ring, and lowers the floor to `to`; what does not fit raises it again.
   * `ids`, largest first, are all that the reader's outboxes hold above `to` up to that floor, every one's fan-out done.
   * Resolves to whether it did.
   */
  lower(reader: UserId, seen: FloorSeen, ids: readonly MessageId[], to: Id): Promise<boolean>
  forget(reader: UserId): Promise<void>
  /** Forgets inboxes of readers who have no open socket and did not read since `before` (Unix ms); resolves to how many. */
  forgetDormant(before: number): Promise<number>
  /** Presence: from now on deliveries to the reader are reported for this gateway, until `offline`. */
  online(reader: UserId, gateway: string): Promise<void>
  offline(reader: UserId, gateway: string): Promise<void>
  /** [I11] Of each whether they are online at any gateway; never refused. At most 1,000. */
  presence(readers: readonly UserId[]): Promise<Presence[]>
}
