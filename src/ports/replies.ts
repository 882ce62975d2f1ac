import type { Id, MessageId } from '../core/ids.ts'

/** The replies to each message: a part of the message store, with which they come and go. */
export interface ReplyStore {
  /** [LK1] Ids of stored replies to `message` with `above` < id < `below`, smallest first, at most `limit` (1,000). */
  replies(message: MessageId, above: Id, below: Id, limit: number): Promise<MessageId[]>
}
