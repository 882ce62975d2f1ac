import { cursorAgeMaxMs } from '../../../core/cursor.ts'
import { type Id, timeOf, type UserId } from '../../../core/ids.ts'
import { copyScanRows, followersPerShardMax } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { EdgeRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { createDirty } from '../cassandra/dirty.ts'
import { FollowerCounts } from '../cassandra/graph-counts.ts'
import { goneLevel } from '../cassandra/graph-edges.ts'
import { followerPlace, notifyShardOf, shardFor, shardNumber, topLevelMax } from '../cassandra/graph-keys.ts'
import { createWriteTimes } from '../cassandra/write-times.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

interface EdgeFound {
  readonly follower: UserId
  /** Undefined: the follower follows nobody, and hides somebody. */
  readonly followee: UserId | undefined
  readonly level: number
  readonly since: Id | undefined
  readonly notify: boolean | undefined
}

/** At the beginning of time, so that whatever changes an edge comes later. */
const once = `USING TIMESTAMP 1`
const insertFollower = statement(
  `INSERT INTO followers (followee, level, shard, s, follower, since, notify) VALUES (?, ?, ?, ?, ?, ?, ?) ${once}`,
)
const insertFollowing = statement(
  `INSERT INTO following (follower, followee, level, since, notify) VALUES (?, ?, ?, ?, ?) ${once}`,
)
const insertNotify = statement(`INSERT INTO notify_followers (followee, shard, follower) VALUES (?, ?, ?) ${once}`)
const insertRecent = statement(
  `INSERT INTO recent_follows (follower, followee, since) VALUES (?, ?, ?) ${once} AND TTL ?`,
)
const keepCounts = statement(
  `UPDATE followers ${once} SET counted = true WHERE followee = ? AND level = 0 AND shard = 0`,
)
// The level is its own time of writing, as where the engine raises it.
const setTop = statement(
  'UPDATE followers USING TIMESTAMP ? SET top = ? WHERE followee = ? AND level = 0 AND shard = 0',
)
const noteShard = statement(`INSERT INTO follower_counts (followee, shard, n) VALUES (?, ?, 0) ${once}`)
const notedShards = statement<{ followee: UserId; shard: number }>('SELECT followee, shard FROM follower_counts')

/** The row in `following` makes an edge; one in `followers` alone was left by a process that died. */
export function edgesReader(db: Cassandra): KindReader<EdgeRow> {
  return scanReader<EdgeFound, EdgeRow>(db, {
    columns: 'follower, followee, level, since, notify',
    table: 'following',
    key: 'follower',
    rows: (found) =>
      found
        .filter(({ followee, level }) => followee !== undefined && level !== goneLevel)
        .map(({ follower, followee, since = 0, notify = false }) => ({
          follower,
          followee: followee!,
          since,
          notify,
          followers: 0,
        })),
  })
}

export interface EdgesParts {
  readonly db: Cassandra
  readonly marks: Marks
  readonly clock: Clock
  /** Fewer than the limit, for tests. */
  readonly perShardMax?: number | undefined
}

/**
 * A large author's followers are spread over the shards of one level at once, half full at most. Each of these shards is
 * noted first where its count belongs, and counted when all edges are there.
 */
export function edgesWriter({ db, marks, clock, perShardMax }: EdgesParts): KindWriter<EdgeRow> {
  const counts = new FollowerCounts({
    db,
    clock,
    writeTime: createWriteTimes(clock),
    dirty: createDirty({ db, clock }),
    ...(perShardMax !== undefined && { perShardMax }),
  })
  const half = (perShardMax ?? followersPerShardMax) / 2

  function levelFor(followers: number): number {
    let level = 0
    while (level < topLevelMax && followers > half * 4 ** level) level++
    return level
  }

  async function write({ follower, followee, since, notify, followers }: EdgeRow): Promise<void> {
    const level = levelFor(followers)
    const left = Math.ceil((timeOf(since) + cursorAgeMaxMs - clock.now()) / 1_000)
    await Promise.all([
      db.write(insertFollower, [...followerPlace(followee, level, follower), since, notify]),
      db.write(insertFollowing, [follower, followee, level, since, notify]),
      notify ? db.write(insertNotify, [followee, notifyShardOf(follower), follower]) : undefined,
      since > 0 && left > 0 ? db.write(insertRecent, [follower, followee, since, left]) : undefined,
    ])
  }

  async function noteLarge(rows: readonly EdgeRow[]): Promise<void> {
    const levels = new Map<UserId, number>()
    const shards = new Map<string, readonly [UserId, number]>()
    for (const { follower, followee, followers } of rows) {
      const level = levelFor(followers)
      if (level === 0) continue
      const shard = shardNumber(level, shardFor(follower, level))
      levels.set(followee, level)
      shards.set(`${followee}.${shard}`, [followee, shard])
    }
    await Promise.all([
      ...[...levels].map(([followee, level]) => db.write(setTop, [level, level, followee])),
      ...[...levels.keys()].map((followee) => db.write(keepCounts, [followee])),
      ...[...shards.values()].map((shard) => db.write(noteShard, shard)),
    ])
  }

  async function countLarge(): Promise<void> {
    for (let page: string | undefined; ; ) {
      const { rows, next } = await db.page(notedShards, [], copyScanRows, page)
      await Promise.all(rows.map(({ followee, shard }) => counts.recount(followee, shard)))
      if (next === undefined) return
      page = next
    }
  }

  return pageWriter(marks, 'edges', write, { after: noteLarge, end: countLarge })
}
