import type { Id, MessageId, UserId } from '../core/ids.ts'
import type { InboxHead } from './inbox.ts'

/** What an author's inbox told of their own messages when it was read. */
export type OwnTold = Pick<InboxHead, 'epoch' | 'own'>

/** How a message reaches its readers, decided once when it is published. */
export type Mode = 'pushed' | 'hot'

/** The record of one message's fan-out; also the whole of its job in the queue. */
export interface Job {
  readonly id: MessageId
  readonly author: UserId
  readonly mode: Mode
  /** The author's stored messages that no other one names as its `prev`: all must be done before this job starts; not those long done. */
  readonly prev: readonly MessageId[]
  /**
   * Whether some `prev`, or the author's newest message before this one, has the other mode: gateways then read ring and hot
   * log up to their heads before they send.
   */
  readonly crossed: boolean
}

export interface NewMessage extends Job {
  /** The message's own JSON without braces, author, counts and `you` (core/message.ts); stored and cached as it is. */
  readonly body: string
}

/** A message as readers need it. */
export interface MessageRecord {
  readonly id: MessageId
  readonly author: UserId
  readonly body: string
}

/** One entry of an outbox. */
export interface OutboxEntry {
  readonly id: MessageId
  readonly mode: Mode
  readonly prev: readonly MessageId[]
}

export interface Deletion {
  /** Time-ordered and unique: what a cursor's `deletions` holds. */
  readonly stamp: Id
  readonly id: MessageId
  readonly author: UserId
}

/**
 * Messages, outboxes (an author's own messages, newest first) and deletions: truth. All ids in `below`/`above` are
 * exclusive bounds. Cluster: `messages`, `by_author`, `outbox`, `deletions`; no call needs a transaction across
 * partitions.
 */
export interface MessageStore {
  /**
   * [M1] Resolves only when outbox row, message and author-index row are durable; the outbox row is written first (or
   * all in one commit). [M2] Storing the same id again changes nothing, unless it was abandoned: then the message stays
   * away. [M3] Before it resolves, `OutboxRows.lowestUndone` already counts the row. Throws `disk_full`, `unavailable`.
   */
  store(message: NewMessage): Promise<void>
  /** [M4] Message and author-index rows are deleted for good; the outbox row stays, as an empty job. */
  abandon(id: MessageId, author: UserId): Promise<void>
  /** [M5] In the order asked; undefined for what is missing or deleted. At most 1,000 ids. */
  many(ids: readonly MessageId[]): Promise<(MessageRecord | undefined)[]>
  /**
   * [M6] The message leaves store and outbox, and a deletion with `stamp` is logged, durably. Resolves to false (and logs
   * nothing) when there was no such message.
   */
  delete(id: MessageId, author: UserId, stamp: Id): Promise<boolean>
  /** [M7] The author's stored messages, newest first, ids below `below`, at most `limit` (1,000). */
  outbox(author: UserId, below: Id, limit: number): Promise<OutboxEntry[]>
  /**
   * [M8] The newest ids among all `authors`' outboxes with `above` < id < `below`, largest first, at most `limit`: what
   * repeated calls of `outbox` and a merge would give. Cheap for ids the engine still holds in memory: no store read per
   * author.
   */
  newest(authors: Float64Array, below: Id, above: Id, limit: number): Promise<MessageId[]>
  /**
   * [M14] The author's own ids with `above` < id < `below`, largest first, at most `limit`: all of them that were answered
   * when the author's inbox was read, which gave `told`. Asked by every newest page; usually there are none.
   */
  own(author: UserId, below: Id, above: Id, limit: number, told: OwnTold): Promise<MessageId[]>
  /**
   * What `newest` gives (no bounds) out of what the engine holds in memory alone, and the largest id that memory does not
   * cover: [M12] no message of `authors` above `reach` is missing, but below the last of `limit` ids. Never a store read
   * per author.
   */
  recent(authors: Float64Array, limit: number): Promise<{ ids: MessageId[]; reach: MessageId }>
  /**
   * [M13] The author's newest stored id (0: none), its mode, and the stored messages that no other one names as its
   * `prev`; those already done and below the watermark may be left out. Asked by every publish: cheap.
   */
  tips(author: UserId): Promise<{ newest: MessageId; mode: Mode; tips: { id: MessageId; mode: Mode }[] }>
  /** [M9] The same upward: the smallest ids above `above`, smallest first, at most `limit`. */
  upward(authors: Float64Array, above: Id, limit: number): Promise<MessageId[]>
  /** [M10] Deletions with a stamp above `above`, oldest first, at most `limit`. Kept for `deletionsAgeMs` at least. */
  deletions(above: Id, limit: number): Promise<Deletion[]>
  /** [M11] The largest deletion stamp known to be complete: no smaller one appears later. 0 when there is none. */
  deletionsHead(): Promise<Id>
}
