import type { MessageId } from '../core/ids.ts'
import type { MessageCounts } from '../core/message.ts'

/** What every message that is sent shows of likes, boosts and replies: one look-up for all three, and for many messages. */
export interface CountStore {
  /** [LK2] In the order asked; zeros for what nobody liked, boosted or answered. Exact once writes stop. At most 1,000 ids. */
  of(messages: readonly MessageId[]): Promise<MessageCounts[]>
}
