import type { UserId } from '../../core/ids.ts'

/**
 * Parts into which readers are divided, for all that is kept by reader: keys of one part lie on one Redis node, and pages of
 * followers are sorted by it. A power of two, fixed when the installation is made: with many more, one call would carry few
 * deliveries; with fewer, a Redis Cluster could not spread them.
 */
export const readerShards = 64

/** The part of a reader, from 0: the lowest bits of a mix of all 53 bits of the id (the finaliser of MurmurHash3). */
export function readerShardOf(reader: UserId): number {
  let h = (reader >>> 0) ^ Math.imul((reader / 4294967296) >>> 0, 0x9e3779b1)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) & (readerShards - 1)
}
