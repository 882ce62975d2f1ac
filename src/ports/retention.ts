import type { Id, MessageId } from '../core/ids.ts'

/** What one call took away. */
export interface Expired {
  readonly taken: readonly MessageId[]
  /** Whether another call would find something. */
  readonly more: boolean
}

/** Retention: what is older than an operator keeps leaves the store for good. */
export interface Retention {
  /**
   * [RT1] Messages with an id below `below` leave store and outboxes, and then the likes of messages that are gone, durably;
   * nothing else does. Repeated until `more` is false, all of them have; stopped anywhere, the next call goes on.
   * [RT2] One call takes about `limit` rows at most. No deletion is logged: cursors that old have ended. Deviation where one
   * table does not hold all messages in order (cluster): not the oldest first.
   */
  expire(below: Id, limit: number): Promise<Expired>
  /** Bytes of the disk that the store's data takes, at once; undefined where that is not known. */
  bytes(): number | undefined
}
