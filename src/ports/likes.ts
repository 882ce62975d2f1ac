import type { MessageId, UserId } from '../core/ids.ts'

/** Likes: edges and counts, a store of their own. [L1] A like counts once however often it is sent. */
export interface LikeStore {
  /** [L2] Durable and idempotent; resolves to the count after it. */
  like(user: UserId, message: MessageId): Promise<number>
  /** [L3] Durable and idempotent; resolves to the count after it. */
  unlike(user: UserId, message: MessageId): Promise<number>
  /** [L4] In the order asked; 0 for what nobody likes. Exact once writes stop. At most 1,000 ids. */
  counts(messages: readonly MessageId[]): Promise<number[]>
  /** [L5] Which of `messages` the user likes: one look-up for all of them. At most 1,000 ids. */
  likedAmong(user: UserId, messages: readonly MessageId[]): Promise<ReadonlySet<MessageId>>
  /** [L7] What the user likes, in the engine's order, and the token of the next page. Length: 1,000 at most. */
  likedBy(user: UserId, page: string | undefined, length: number): Promise<{ messages: MessageId[]; next?: string }>
  /** [L6] Who likes it, in the engine's order, and the token of the next page. */
  likers(message: MessageId, page: string | undefined, length: number): Promise<{ users: UserId[]; next?: string }>
}
