import type { UserId } from '../../../core/ids.ts'
import { readerShardOf } from '../reader-shards.ts'
import { hashOf } from './road-keys.ts'

/**
 * Followers stand in levelled shards: level L has 4^L of them. New edges go to the author's top level; older ones stay
 * where they are, so that raising a level moves nobody.
 */
export const shardsOf = (level: number): number => 4 ** level

/** 4^8 shards of 50,000 are half of mankind. */
export const topLevelMax = 8

/** The author's shard of that level in which the follower stands. Not the bits by which rows are sorted within it. */
export const shardFor = (follower: UserId, level: number): number => (hashOf(follower) >>> 8) & (shardsOf(level) - 1)

/** Shards of all levels, numbered on. */
export const shardNumber = (level: number, shard: number): number => (shardsOf(level) - 1) / 3 + shard

export function shardOfNumber(number: number): { level: number; shard: number } {
  let level = 0
  while (shardNumber(level + 1, 0) <= number) level++
  return { level, shard: number - shardNumber(level, 0) }
}

/** The partitions of those who want to be notified: 16 an author, so that one holds 60,000 of a million. */
export const notifyShards = 16
export const notifyShardOf = (follower: UserId): number => (hashOf(follower) >>> 8) & (notifyShards - 1)

/** Where an edge stands among the followers: by the follower's part, so that a page of a large author falls into few. */
export function followerPlace(
  followee: UserId,
  level: number,
  follower: UserId,
): [UserId, number, number, number, UserId] {
  return [followee, level, shardFor(follower, level), readerShardOf(follower), follower]
}
