import { coalesceBy } from '../../../core/coalesce-by.ts'
import type { UserId } from '../../../core/ids.ts'
import {
  countsHeldMaxMs,
  countsHeldMinMs,
  countsHeldUsersMax,
  followersCountedMax,
  followersPerShardMax,
  recountAgainMs,
  recountRowsPerSecond,
} from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Cassandra, statement } from './client.ts'
import { shardFor, topLevelMax } from './graph-keys.ts'
import type { WriteTime } from './write-times.ts'

interface DirtyRow {
  readonly followee: UserId
  readonly level: number
  readonly shard: number
  readonly marked: number
  /** Write time of the mark, µs. */
  readonly written: number
}

const countShard = statement<{ count: number }>(
  'SELECT count(*) FROM followers WHERE followee = ? AND level = ? AND shard = ?',
)
const readCounts = statement<{ n: number }>('SELECT n FROM follower_counts WHERE followee = ?')
const writeCount = statement(
  'INSERT INTO follower_counts (followee, level, shard, n) VALUES (?, ?, ?, ?) USING TIMESTAMP ?',
)
const keepCounts = statement(
  'UPDATE followers USING TIMESTAMP ? SET counted = true WHERE followee = ? AND level = 0 AND shard = 0',
)
const raiseTop = statement(
  'UPDATE followers USING TIMESTAMP ? SET top = ? WHERE followee = ? AND level = 0 AND shard = 0',
)
const readTop = statement<{ top: number | undefined }>(
  'SELECT top FROM followers WHERE followee = ? AND level = 0 AND shard = 0 LIMIT 1',
)
const writeDirty = statement(
  'INSERT INTO follower_dirty (part, followee, level, shard, marked) VALUES (0, ?, ?, ?, ?) USING TIMESTAMP ?',
)
const readDirty = statement<DirtyRow>(
  'SELECT followee, level, shard, marked, writetime(marked) AS written FROM follower_dirty WHERE part = 0',
)
const deleteDirty = statement(
  'DELETE FROM follower_dirty USING TIMESTAMP ? WHERE part = 0 AND followee = ? AND level = ? AND shard = ?',
)

/** A mark of this process serves its next writes for so long: less than what a recount waits after it. */
const markServesMs = 1_000
const marksKeptMax = 10_000

/**
 * How many follow whom: never a counter. A small author's followers are counted when asked; those of one who has more than
 * `followersCountedMax` in shards, each anew when it has changed. The mark that a shard changes is durable before the edge
 * is; it goes only after a count that began `recountAgainMs` later, when every write it stands for has landed or failed.
 */
export class FollowerCounts {
  readonly #db: Cassandra
  readonly #clock: Clock
  readonly #writeTime: WriteTime
  readonly #held = new RecentMap<UserId, { n: number; at: number }>(countsHeldUsersMax)
  /** Users being counted, and whether an edge changed meanwhile. */
  readonly #counting = new Map<UserId, { stale: boolean }>()
  readonly #marked = new RecentMap<string, number>(marksKeptMax)
  /** By shard the count's moment and its size. */
  readonly #counted = new RecentMap<string, { at: number; n: number }>(marksKeptMax)

  constructor(db: Cassandra, clock: Clock, writeTime: WriteTime) {
    this.#db = db
    this.#clock = clock
    this.#writeTime = writeTime
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
    await this.#markShard(followee, level, shardFor(follower, level))
  }

  /** One round of recounts; to be called each second by the one process that leads them. */
  async recount(): Promise<void> {
    for (const row of await this.#db.read(readDirty, [])) {
      const last = this.#counted.get(keyOf(row))
      // A large shard is not counted each second.
      const pauseMs = last === undefined ? 0 : (last.n / recountRowsPerSecond) * 1_000
      if (last !== undefined && this.#clock.now() - last.at < pauseMs) continue
      await this.#recountShard(row)
    }
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
    const n = (await this.#db.one(countShard, [user, 0, 0]))?.count ?? 0
    if (n > followersCountedMax) {
      await this.#db.write(keepCounts, [began, user])
      // Edges that are being written without a mark, for they began before, are found by this one's last recount.
      await this.#markShard(user, 0, 0)
      await this.#db.write(writeCount, [user, 0, 0, n, began])
    }
    return n
  }

  async #markShard(followee: UserId, level: number, shard: number): Promise<void> {
    const now = this.#clock.now()
    const key = keyOf({ followee, level, shard })
    const before = this.#marked.get(key)
    if (before !== undefined && now >= before && now - before < markServesMs) return
    await this.#db.write(writeDirty, [followee, level, shard, now, this.#writeTime()])
    this.#marked.set(key, now)
  }

  async #recountShard({ followee, level, shard, marked, written }: DirtyRow): Promise<void> {
    const at = this.#clock.now()
    const began = this.#writeTime()
    const n = (await this.#db.one(countShard, [followee, level, shard]))?.count ?? 0
    await this.#db.write(writeCount, [followee, level, shard, n, began])
    this.#counted.set(keyOf({ followee, level, shard }), { at, n })
    if (n > followersPerShardMax && level < topLevelMax) await this.#raise(followee, level)
    if (at - marked >= recountAgainMs) await this.#db.write(deleteDirty, [written, followee, level, shard])
  }

  /** New edges go to the next level from now on. The level is the write time: it never sinks, whoever writes last. */
  async #raise(followee: UserId, level: number): Promise<void> {
    const top = (await this.#db.one(readTop, [followee]))?.top ?? 0
    if (top === level) await this.#db.write(raiseTop, [level + 1, level + 1, followee])
  }
}

const keyOf = ({ followee, level, shard }: { followee: UserId; level: number; shard: number }) =>
  `${followee}.${level}.${shard}`
