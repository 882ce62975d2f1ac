import type { Id, UserId } from '../core/ids.ts'
import type { NotificationType } from '../core/notification-types.ts'

/** What reader, type and subject name: there is one notification of it, however many people or repeats caused it. */
export interface NotificationName {
  readonly reader: UserId
  readonly type: NotificationType
  /** The message that it is about; of a follow, who follows. */
  readonly subject: Id
}

export interface NotificationRow extends NotificationName {
  /** Unique for its reader, later than those before: new whenever the notification is made or names somebody new. */
  readonly id: Id
  /** Who caused it; where many did, the newest. */
  readonly user: UserId
  /** When they did, in Unix ms. */
  readonly at: number
}

/** What readers are told of beside their timelines: truth, but for what is beyond the newest `notificationsKeptMax` of a reader. */
export interface NotificationStore {
  /**
   * [J1] Durable. What is not there is added; what is there becomes this one where somebody else caused it, later.
   * [J2] So a repeat changes nothing, however late it comes. Resolves to those that were added or changed, in their order.
   * [J3] Of each reader the newest `notificationsKeptMax` stay. At most 1,000, each name once.
   */
  add(rows: readonly NotificationRow[]): Promise<NotificationRow[]>
  /** [J4] Durable. Where it names `user`, it names `instead` from now on, or goes where that is undefined. At most 1,000. */
  withdraw(
    rows: readonly (NotificationName & { readonly user: UserId; readonly instead: UserId | undefined })[],
  ): Promise<void>
  /** [J5] The reader's, newest first, `above` < id < `below`, at most `limit` (1,000). */
  list(reader: UserId, above: Id, below: Id, limit: number): Promise<NotificationRow[]>
  /** [J6] Up to which id the reader has read; 0 before the first time. */
  readUpTo(reader: UserId): Promise<Id>
  /** [J7] Durable. Never moves back, nor past the newest there is. Resolves to where it is then. */
  setRead(reader: UserId, upTo: Id): Promise<Id>
  /** [J8] Durable. All of the reader's go, and how far they had read. */
  clear(reader: UserId): Promise<void>
}
