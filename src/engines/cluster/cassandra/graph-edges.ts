import { cursorAgeMaxMs } from '../../../core/cursor.ts'
import type { Id, UserId } from '../../../core/ids.ts'
import { unfollowedKeptMs } from '../../../core/limits.ts'
import { type Cassandra, statement } from './client.ts'
import { followerPlace, notifyShardOf } from './graph-keys.ts'
import { markNotified } from './graph-notified.ts'
import type { WriteTime } from './write-times.ts'

interface EdgeRow {
  readonly level: number
  readonly since: Id
  readonly notify: boolean
  /** Write time, µs. */
  readonly written: number
}

const readEdge = statement<EdgeRow>(
  'SELECT level, since, notify, writetime(level) AS written FROM following WHERE follower = ? AND followee = ?',
)
const readFollower = statement<Omit<EdgeRow, 'level'>>(
  'SELECT since, notify, writetime(since) AS written FROM followers WHERE followee = ? AND level = ? AND shard = ? AND s = ? AND follower = ?',
)
interface Shared {
  readonly top: number | undefined
  readonly counted: boolean | undefined
  /** Whether anybody follows with `notify`, or did. */
  readonly notified: boolean | undefined
}
const readShared = statement<Shared>(
  'SELECT top, counted, notified FROM followers WHERE followee = ? AND level = 0 AND shard = 0 LIMIT 1',
)
const writeFollower = statement(
  'INSERT INTO followers (followee, level, shard, s, follower, since, notify) VALUES (?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?',
)
const deleteFollower = statement(
  'DELETE FROM followers USING TIMESTAMP ? WHERE followee = ? AND level = ? AND shard = ? AND s = ? AND follower = ?',
)
const writeFollowing = statement(
  'INSERT INTO following (follower, followee, level, since, notify) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?',
)
const writeGone = statement(
  'INSERT INTO following (follower, followee, level, since, notify) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ? AND TTL ?',
)
const writeNotify = statement(
  'INSERT INTO notify_followers (followee, shard, follower) VALUES (?, ?, ?) USING TIMESTAMP ?',
)
const deleteNotify = statement(
  'DELETE FROM notify_followers USING TIMESTAMP ? WHERE followee = ? AND shard = ? AND follower = ?',
)
const writeRecent = statement(
  'INSERT INTO recent_follows (follower, followee, since) VALUES (?, ?, ?) USING TIMESTAMP ? AND TTL ?',
)
const deleteRecent = statement('DELETE FROM recent_follows USING TIMESTAMP ? WHERE follower = ? AND followee = ?')

/** In `following.level`: unfollowed a short while ago; the row only tells when. */
export const goneLevel = -1

export interface Edge {
  readonly notify: boolean
}

export interface EdgesParts {
  readonly db: Cassandra
  readonly writeTime: WriteTime
  /** An edge to this author is about to be written, where counts of its followers are kept. */
  readonly mark: (followee: UserId, level: number, follower: UserId) => Promise<void>
}

/**
 * Edges stand in two partitions, the followee's `followers` and the follower's `following`, whose row makes the edge valid.
 * Following writes `followers` first, unfollowing takes `following` away first: so what a process that dies leaves behind
 * is always a row in `followers` alone, which hurts nobody (what it brings is hidden when read). Both rows bear one write
 * time, above that of the edge as it was: so whoever wished last prevails in both, in whatever order the writes arrive.
 * An unfollowed edge's row stays for a while, to tell its time to the next follow by a host whose clock is behind.
 *
 * A row in `followers` alone is completed by the next follow, unfollow or list that meets it: its `following` is written
 * with its own time. That either makes the edge that was wished, or loses against the unfollow that was; then it goes.
 */
export class Edges {
  readonly #db: Cassandra
  readonly #writeTime: WriteTime
  readonly #mark: EdgesParts['mark']

  constructor({ db, writeTime, mark }: EdgesParts) {
    this.#db = db
    this.#writeTime = writeTime
    this.#mark = mark
  }

  async find(follower: UserId, followee: UserId): Promise<Edge | undefined> {
    const row = await this.#db.one(readEdge, [follower, followee])
    return row && row.level !== goneLevel ? { notify: row.notify } : undefined
  }

  /** Whether anything changed. */
  async follow(follower: UserId, followee: UserId, since: Id, notify: boolean): Promise<boolean> {
    const [old, shared] = await Promise.all([
      this.#db.one(readEdge, [follower, followee]),
      this.#db.one(readShared, [followee]),
    ])
    const written = this.#writeTime(old?.written)
    const notified = [followee, notifyShardOf(follower), follower] as const
    if (old !== undefined && old.level !== goneLevel) {
      if (old.notify === notify) return false
      const place = followerPlace(followee, old.level, follower)
      await Promise.all([
        this.#db.write(writeFollower, [...place, old.since, notify, written]),
        notify ? this.#notify(notified, shared, written) : this.#db.write(deleteNotify, [written, ...notified]),
      ])
      await this.#db.write(writeFollowing, [follower, followee, old.level, old.since, notify, written])
      return true
    }
    const level = shared?.top ?? 0
    if (shared?.counted) await this.#mark(followee, level, follower)
    await Promise.all([
      this.#db.write(writeFollower, [...followerPlace(followee, level, follower), since, notify, written]),
      this.#db.write(writeRecent, [follower, followee, since, written, Math.ceil(cursorAgeMaxMs / 1_000)]),
      notify ? this.#notify(notified, shared, written) : undefined,
      // Another process that did not know of this level yet may be following for the same reader.
      ...levelsBelow(level).map((lower) =>
        this.#db.write(deleteFollower, [written, ...followerPlace(followee, lower, follower)]),
      ),
    ])
    await this.#db.write(writeFollowing, [follower, followee, level, since, notify, written])
    return true
  }

  async #notify(place: readonly [UserId, number, UserId], shared: Shared | undefined, written: number): Promise<void> {
    if (!shared?.notified) await markNotified(this.#db, place[0], written)
    await this.#db.write(writeNotify, [...place, written])
  }

  /** Whether anything changed. */
  async unfollow(follower: UserId, followee: UserId): Promise<boolean> {
    const [old, shared] = await Promise.all([
      this.#db.one(readEdge, [follower, followee]),
      this.#db.one(readShared, [followee]),
    ])
    const levels = [...levelsBelow(shared?.top ?? 0), shared?.top ?? 0]
    /** Those at which the edge stands. */
    let standing = [old?.level ?? 0]
    const valid = old !== undefined && old.level !== goneLevel
    let after = old?.written ?? 0
    if (!valid) {
      const rows = await Promise.all(
        levels.map((level) => this.#db.one(readFollower, followerPlace(followee, level, follower))),
      )
      const left = rows.filter((row) => row !== undefined)
      if (left.length === 0) return false
      // Left by a follow or an unfollow that did not end, or that is under way: it goes as any other.
      standing = levels.filter((_, i) => rows[i] !== undefined)
      after = Math.max(after, ...left.map((row) => row.written))
    }
    const written = this.#writeTime(after)
    if (shared?.counted) {
      for (const level of standing) await this.#mark(followee, level, follower)
    }
    const gone = [follower, followee, goneLevel, old?.since ?? 0, false, written, Math.ceil(unfollowedKeptMs / 1_000)]
    await this.#db.write(writeGone, gone)
    await Promise.all([
      ...levels.map((level) => this.#db.write(deleteFollower, [written, ...followerPlace(followee, level, follower)])),
      old?.notify ? this.#db.write(deleteNotify, [written, followee, notifyShardOf(follower), follower]) : undefined,
      this.#db.write(deleteRecent, [written, follower, followee]),
    ])
    return valid
  }

  /** Completes what a list of followers has met; resolves to whether the edge is valid. */
  async complete(follower: UserId, followee: UserId): Promise<boolean> {
    const isValid = async () => (await this.find(follower, followee)) !== undefined
    if (await isValid()) return true
    const shared = await this.#db.one(readShared, [followee])
    const top = shared?.top ?? 0
    for (const level of [top, ...levelsBelow(top)]) {
      const place = followerPlace(followee, level, follower)
      const row = await this.#db.one(readFollower, place)
      if (row === undefined) continue
      await this.#db.write(writeFollowing, [follower, followee, level, row.since, row.notify, row.written])
      if (await isValid()) return true
      await this.#db.write(deleteFollower, [row.written, ...place])
    }
    return isValid()
  }
}

const levelsBelow = (level: number): number[] => Array.from({ length: level }, (_, lower) => lower)
