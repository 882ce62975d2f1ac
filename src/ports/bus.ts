import type { Id, MessageId, UserId } from '../core/ids.ts'

/** Everything that travels to gateways. */
export type BusEvent =
  /** One message reached inboxes of readers at this gateway. Reader i: `to[3i]` = id, `to[3i+1]` = epoch, `to[3i+2]` = position. */
  | { kind: 'delivered'; id: MessageId; author: UserId; crossed: boolean; to: number[] }
  /** The hot log has grown. */
  | { kind: 'hot'; position: number }
  /** `original`: a boost went because what it boosts did; readers are told of both. */
  | { kind: 'deleted'; id: MessageId; author: UserId; stamp: Id; original?: MessageId }
  | { kind: 'likes'; id: MessageId; likes: number }
  | { kind: 'responses'; id: MessageId; boosts: number; replies: number }
  /** Notifications were made or changed. Of number i: `to[2i]` = its reader, `to[2i+1]` = its id. */
  | { kind: 'notified'; to: number[] }
  /** A token (its SHA-256, hex) is dead. */
  | { kind: 'revoked'; token: string }
  /** All tokens that the user had are dead. */
  | { kind: 'sessions'; user: UserId }
  /** The reader's followees changed. */
  | { kind: 'graph'; reader: UserId }
  /** The user is hidden from everybody, or not any more: see who is. */
  | { kind: 'withdrawn'; user: UserId }
  /** The user's name or picture changed. */
  | { kind: 'profile'; user: UserId }

/** Core messaging between processes. [B1] At most once; what is lost is repaired by comparing heads and by cursors. [B2] Never blocks its publisher. */
export interface Bus {
  /** To one gateway, or to all. */
  publish(to: string | 'all', event: BusEvent): void
  /** Hands events for `gateway` to `handle`, in the order they were published by one process; returns the way out. */
  subscribe(gateway: string, handle: (event: BusEvent) => void): () => void
}
