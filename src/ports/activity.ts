import type { Id, UserId } from '../core/ids.ts'

/** In the order in which engines number them. Only ever append. */
export const activityKinds = ['like', 'boost', 'follow', 'message'] as const
export type ActivityKind = (typeof activityKinds)[number]

/**
 * That somebody has done something of which others may be told. Of likes, boosts and follows not whether it was done or
 * taken back: that is looked up when it is worked on.
 */
export interface Activity {
  readonly kind: ActivityKind
  readonly user: UserId
  /** The message liked, boosted or published; the user followed. */
  readonly subject: Id
  /** In Unix ms. */
  readonly at: number
  /** Of a message: where to go on among those who follow its author with `notify`; undefined: at the beginning. */
  readonly page?: string | undefined
}

/** One that waits, with the engine's own name for it. */
export interface WaitingActivity extends Activity {
  readonly key: string
}

/** A log that is read once, in about the order of writing. */
export interface ActivityLog {
  /** [AL1] Durable; cheap enough for every like: no read, nothing to wait for but its own write. */
  put(activity: Activity): Promise<void>
  /**
   * [AL2] The oldest that are not done, at most `limit` (1,000), a cluster's within seconds; asked by one process at a time.
   * Each comes at least once, and a cluster's may come again some seconds after it was done.
   */
  next(limit: number): Promise<WaitingActivity[]>
  /** [AL3] These were worked on. Durable at the latest with the next ones: after a crash some may come again. */
  done(list: readonly WaitingActivity[]): Promise<void>
}
