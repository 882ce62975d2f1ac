import type { UserId } from '../../../core/ids.ts'
import { hashOf } from './road-keys.ts'

/**
 * Followers stand in levelled shards: level L has 4^L of them. New edges go to the author's top level; older ones stay
 * where they are, so that raising a level moves nobody.
 */
export const shardsOf = (level: number): number => 4 ** level

/** 4^8 shards of 50,000 are more people than there are. */
export const topLevelMax = 8

/** The author's shard of that level in which the follower stands. The hash's upper bits: the lower ones choose `s`. */
export const shardFor = (follower: UserId, level: number): number => (hashOf(follower) >>> 8) & (shardsOf(level) - 1)

/** The follower's shard of inboxes; rows stand in its order, so that a page of a large author falls into few of them. */
export const inboxShardOf = (follower: UserId): number => hashOf(follower) & 63

/** The partitions of those who want to be notified: 16 an author, so that one holds 60,000 of a million. */
export const notifyShardOf = (follower: UserId): number => (hashOf(follower) >>> 8) & 15

/** Where an edge stands among the followers. */
export function followerPlace(
  followee: UserId,
  level: number,
  follower: UserId,
): [UserId, number, number, number, UserId] {
  return [followee, level, shardFor(follower, level), inboxShardOf(follower), follower]
}
