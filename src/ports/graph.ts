import type { Followees } from '../core/followees.ts'
import type { Id, UserId } from '../core/ids.ts'
import type { InboxHead } from './inbox.ts'

/**
 * Reader numbers: what an engine calls readers between its graph and its inboxes (memory, cluster: the user id; embedded:
 * a dense number). They never leave the fan-out.
 */
export type ReaderNumbers = Uint32Array | Float64Array

/** What a reader's inbox told of their edges when it was read. */
export type FollowsTold = Pick<InboxHead, 'epoch' | 'follows'>

/** Whom a reader follows, and since when where that is recent. */
export interface Follows {
  readonly followees: Followees
  readonly since: ReadonlyMap<UserId, Id>
}

export interface FollowerPage {
  readonly readers: ReaderNumbers
  /** Where the next page starts; undefined after the last one. */
  readonly next: string | undefined
  /** Whether anybody may follow the author with `notify`; true only on a first page. */
  readonly notifies: boolean
}

/** Who follows whom: truth. [G1] Both directions of an edge agree once a call has resolved, or a later read completes it. */
export interface FollowGraph {
  /**
   * [G2] Durable and idempotent; resolves to whether anything changed. `since` is remembered for `cursorAgeMaxMs`
   * (`followedSince`): nothing of the followee below it is an arrival. `notify` is kept with the edge.
   */
  follow(reader: UserId, followee: UserId, since: Id, notify: boolean): Promise<boolean>
  /** [G3] Durable and idempotent; resolves to whether anything changed. */
  unfollow(reader: UserId, followee: UserId): Promise<boolean>
  /**
   * [G4] One page of readers for fan-out, about `fanoutPageReaders`; the author's own number stands first on the first
   * page. [G5] Someone who follows from before the first page until after the last stands on exactly one of them.
   */
  fanoutPage(author: UserId, page: string | undefined): Promise<FollowerPage>
  /**
   * [G12] Who follows the author with `notify`, 1,000 at most, and where to go on. [G13] When `fanoutPage` said no on a first
   * page, nobody did before it was asked for. Who does from the first page until the last stands on exactly one.
   */
  notifyPage(author: UserId, page: string | undefined): Promise<{ users: UserId[]; next: string | undefined }>
  /**
   * [G6] Whom the reader follows and sees, as of every call on edges, mutes and blocks that has resolved; with `told`, as of every one that had resolved
   * when the reader's inbox was read: cheap, where the store is elsewhere. Bounded by what one may follow. The same object
   * as before means that nothing has changed; another one means nothing.
   */
  followees(reader: UserId, told?: FollowsTold): Promise<Followees>
  /** [G7] Edges the reader made lately: followee → `since`. As of when: like `followees`. */
  followedSince(reader: UserId, told?: FollowsTold): Promise<ReadonlyMap<UserId, Id>>
  /** [G11] Both at once, so that no recent edge is there without its `since`. As of when: like `followees`. */
  follows(reader: UserId, told?: FollowsTold): Promise<Follows>
  /** [G8] For the API's lists: users in the engine's order, and the token of the next page. */
  listFollowers(user: UserId, page: string | undefined, length: number): Promise<{ users: UserId[]; next?: string }>
  listFollowing(user: UserId, page: string | undefined, length: number): Promise<{ users: UserId[]; next?: string }>
  /** [G9] The edge from one to the other, or undefined. */
  edge(reader: UserId, followee: UserId): Promise<{ notify: boolean } | undefined>
  /** [G10] How many follow the user; exact once writes stop. Cheap: asked by every publish. */
  followerCount(user: UserId): Promise<number>
  followingCount(user: UserId): Promise<number>
}
