import { coalesceBy } from '../../../core/coalesce-by.ts'
import type { UserId } from '../../../core/ids.ts'
import {
  countsHeldMaxMs,
  countsHeldMinMs,
  countsHeldUsersMax,
  followersCountedMax,
  followersPerShardMax,
} from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Cassandra, statement } from './client.ts'
import type { Dirty } from './dirty.ts'
import { shardFor, shardNumber, shardOfNumber, topLevelMax } from './graph-keys.ts'
import type { WriteTime } from './write-times.ts'

const countShard = statement<{ n: number }>(
  'SELECT count(follower) AS n FROM followers WHERE followee = ? AND level = ? AND shard = ?',
)
const readCounts = statement<{ n: number }>('SELECT n FROM follower_counts WHERE followee = ?')
const writeCount = statement('INSERT INTO follower_counts (followee, shard, n) VALUES (?, ?, ?) USING TIMESTAMP ?')
const keepCounts = statement(
  'UPDATE followers USING TIMESTAMP ? SET counted = true WHERE followee = ? AND level = 0 AND shard = 0',
)
const raiseTop = statement(
  'UPDATE followers USING TIMESTAMP ? SET top = ? WHERE followee = ? AND level = 0 AND shard = 0',
)
const readTop = statement<{ top: number | undefined }>(
  'SELECT top FROM followers WHERE followee = ? AND level = 0 AND shard = 0 LIMIT 1',
)

/** A mark of this process serves its next writes for so long; with the time a write takes, far less than a recount waits. */
const markServesMs = 1_000
const marksHeldMax = 10_000

export interface CountsParts {
  readonly db: Cassandra
  readonly clock: Clock
  readonly writeTime: WriteTime
  readonly dirty: Dirty
  /** Others than the limits, for tests. */
  readonly countedMax?: number
  readonly perShardMax?: number
}

/**
 * How many follow whom: never a counter. A small author's followers are counted when asked; those of one who has more than
 * `followersCountedMax`, shard by shard, each anew after it has changed (dirty.ts).
 */
export class FollowerCounts {
  readonly #db: Cassandra
  readonly #clock: Clock
  readonly #writeTime: WriteTime
  readonly #dirty: Dirty
  readonly #held = new RecentMap<UserId, { n: number; at: number }>(countsHeldUsersMax)
  /** Users being counted, and whether an edge changed meanwhile. */
  readonly #counting = new Map<UserId, { stale: boolean }>()
  readonly #marked = new RecentMap<string, number>(marksHeldMax)

  readonly #countedMax: number
  readonly #perShardMax: number

  constructor(parts: CountsParts) {
    this.#countedMax = parts.countedMax ?? followersCountedMax
    this.#perShardMax = parts.perShardMax ?? followersPerShardMax
    this.#db = parts.db
    this.#clock = parts.clock
    this.#writeTime = parts.writeTime
    this.#dirty = parts.dirty
  }

  /** What other processes changed lately may be missing: 2 s where it is cheap to count, up to 30 s where it is not. */
  async of(user: UserId): Promise<number> {
    const held = this.#held.get(user)
    if (held !== undefined) {
      const age = this.#clock.now() - held.at
      if (age >= 0 && age < Math.min(countsHeldMaxMs, Math.max(countsHeldMinMs, held.n * 10))) return held.n
    }
    return this.#read(user)
  }

  /** This process changed an edge. */
  changed(followee: UserId): void {
    this.#held.delete(followee)
    const counting = this.#counting.get(followee)
    if (counting) counting.stale = true
  }

  /** To be awaited before an edge of an author is written whose counts are kept. */
  async mark(followee: UserId, level: number, follower: UserId): Promise<void> {
    const now = this.#clock.now()
    const shard = shardNumber(level, shardFor(follower, level))
    const key = `${followee}.${shard}`
    const before = this.#marked.get(key)
    if (before !== undefined && now >= before && now - before < markServesMs) return
    await this.#dirty.mark('followers', followee, shard)
    this.#marked.set(key, now)
  }

  /** Counts a shard (`shardNumber`) again; a full one makes new edges go to the next level. */
  async recount(followee: UserId, number: number): Promise<void> {
    const { level, shard } = shardOfNumber(number)
    const began = this.#writeTime()
    const n = (await this.#db.one(countShard, [followee, level, shard]))?.n ?? 0
    await this.#db.write(writeCount, [followee, number, n, began])
    if (n > this.#perShardMax && level < topLevelMax) await this.#raise(followee, level)
  }

  readonly #read = coalesceBy(async (user: UserId) => {
    const mine = { stale: false }
    this.#counting.set(user, mine)
    try {
      const at = this.#clock.now()
      const kept = await this.#db.read(readCounts, [user])
      const n = kept.length > 0 ? kept.reduce((sum, row) => sum + row.n, 0) : await this.#countSmall(user)
      if (!mine.stale) this.#held.set(user, { n, at })
      return n
    } finally {
      this.#counting.delete(user)
    }
  })

  async #countSmall(user: UserId): Promise<number> {
    const began = this.#writeTime()
    const n = (await this.#db.one(countShard, [user, 0, 0]))?.n ?? 0
    if (n > this.#countedMax) {
      await this.#db.write(keepCounts, [began, user])
      // Edges that are being written without a mark, for they began before, are found by the recount that this one brings.
      await this.#dirty.mark('followers', user, 0)
      await this.#db.write(writeCount, [user, 0, n, began])
    }
    return n
  }

  /** The level is the write time too: it never sinks, whoever writes last. */
  async #raise(followee: UserId, level: number): Promise<void> {
    const top = (await this.#db.one(readTop, [followee]))?.top ?? 0
    if (top === level) await this.#db.write(raiseTop, [level + 1, level + 1, followee])
  }
}
