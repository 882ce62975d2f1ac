import { cursorAgeMaxMs } from '../../core/cursor.ts'
import { Followees } from '../../core/followees.ts'
import { type Id, idAt, type UserId } from '../../core/ids.ts'
import { notifyPageReaders } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'
import type { UserNumbers } from '../../core/user-numbers.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FollowGraph, Follows } from '../../ports/graph.ts'
import { hiddenReader } from './blocks.ts'
import type { EmbeddedDatabase } from './database.ts'
import { GraphCache } from './graph-cache.ts'
import { GraphCounts } from './graph-counts.ts'
import { NotifyMarks } from './graph-notifies.ts'
import { countMembers, memberNumbers } from './graph-pages.ts'
import { PageReader } from './graph-reader.ts'
import { RowCache } from './graph-rows.ts'
import { warmRows } from './graph-warm.ts'

const nobody: ReadonlyMap<UserId, Id> = new Map()

/** The graph, and what only its engine asks of it. */
export interface EmbeddedGraph extends FollowGraph {
  /**
   * Reads follower lists into memory, a little at a time beside whatever the server does; resolves once they are all
   * there, or their share of memory is used, or `stop` has aborted.
   */
  warm(stop: AbortSignal): Promise<void>
  /** Whom the user sees has changed. */
  forget(user: UserId): void
}

/**
 * The follow graph in packed pages. Reads are point reads on this thread; `cacheBytes` bounds the lists held in memory.
 * Reader numbers are `users.number`.
 */
export function createEmbeddedGraph(
  { reader: db, writer, scanner }: Pick<EmbeddedDatabase, 'reader' | 'writer' | 'scanner'>,
  numbers: UserNumbers,
  clock: Clock,
  cacheBytes: number,
): EmbeddedGraph {
  const rows = new RowCache(cacheBytes / 2, numbers.largest)
  const followers = new PageReader(db, 'follower_pages', rows)
  const following = new PageReader(db, 'following_pages')
  const recent = db.query('SELECT followee, since FROM recent_follows WHERE reader = ? AND since >= ?')
  const isNotified = db.query('SELECT 1 FROM notify_follows WHERE followee = ? AND reader = ?')
  const notifiedAfter = db.query(
    'SELECT reader FROM notify_follows WHERE followee = ? AND reader > ? ORDER BY reader LIMIT ?',
  )
  // From one followee to the next, past all who follow each.
  const notified = db.query(
    `WITH RECURSIVE found (n) AS (
       SELECT min(followee) FROM notify_follows
       UNION ALL SELECT (SELECT min(followee) FROM notify_follows WHERE followee > n) FROM found WHERE n IS NOT NULL
     ) SELECT n FROM found WHERE n IS NOT NULL LIMIT ?`,
  )
  const notifies = new NotifyMarks(
    (followee) => notifiedAfter.values(followee, 0, 1).length > 0,
    (most) => notified.values(most).flat() as number[],
  )
  const hiddenFrom = hiddenReader({ reader: db })
  const cache = new GraphCache(cacheBytes / 2)
  const counts = new GraphCounts(db)

  /** @throws Refusal `no_such_user` */
  function known(user: UserId): number {
    const number = numbers.number(user)
    if (number === 0) throw new Refusal('no_such_user', 'There is no such user.')
    return number
  }

  function readFollowees(reader: number): Followees {
    const members = following.all(reader)
    const ids = new Float64Array(members.length)
    let sorted = true
    for (let i = 0; i < members.length; i++) {
      ids[i] = numbers.id(members[i]!)
      if (i > 0 && ids[i]! < ids[i - 1]!) sorted = false
    }
    // Numbers are given in the order of ids, or nearly so.
    if (!sorted) ids.sort()
    return new Followees(ids, hiddenFrom(numbers.id(reader)))
  }

  function followees(user: UserId): Followees {
    const reader = numbers.number(user)
    const held = cache.get(reader)?.followees
    if (held !== undefined) return held
    const read = readFollowees(reader)
    cache.setFollowees(reader, read)
    return read
  }

  function readSince(reader: number): ReadonlyMap<UserId, Id> {
    const rows = recent.values(reader, idAt(clock.now() - cursorAgeMaxMs)) as [number, Id][]
    return rows.length === 0 ? nobody : new Map(rows.map(([followee, id]) => [numbers.id(followee), id]))
  }

  /** Of one snapshot: the writer commits on a thread of its own. */
  const readFollows = db.transaction(
    (reader: number): Follows => ({ followees: readFollowees(reader), since: readSince(reader) }),
  )

  function list(pages: PageReader, user: UserId, page: string | undefined, length: number) {
    const members = pages.after(numbers.number(user), readToken(page), length + 1)
    const users = Array.from(members.subarray(0, length), (member) => numbers.id(member))
    return members.length <= length ? { users } : { users, next: String(members[length - 1]) }
  }

  /** An edge came or went. What is held is read anew rather than adjusted: it may have been read since that commit. */
  function changed(reader: number, followee: number, followersLeft: number, followingLeft: number): void {
    cache.delete(reader)
    rows.delete(followee)
    counts.set(reader, followee, followersLeft, followingLeft)
  }

  return {
    warm: (stop) => warmRows(scanner, rows, clock, stop),
    forget: (user) => cache.delete(numbers.number(user)),

    async follow(readerId, followeeId, since, notify) {
      if (readerId === followeeId) throw new Refusal('self_follow', 'One cannot follow oneself.', { field: 'id' })
      const reader = known(readerId)
      const followee = known(followeeId)
      const agedBelow = idAt(clock.now() - cursorAgeMaxMs)
      // Before the edge is there: no page that is read after it may say that there is none.
      if (notify) notifies.set(followee)
      const [change, hers, his] = await writer.write('follow', reader, followee, since, notify, agedBelow)
      if (change === 1) changed(reader, followee, hers, his)
      return change !== 0
    },

    async unfollow(readerId, followeeId) {
      const reader = numbers.number(readerId)
      const followee = numbers.number(followeeId)
      if (reader === 0 || followee === 0) return false
      const [change, hers, his] = await writer.write('unfollow', reader, followee)
      if (change === 1) changed(reader, followee, hers, his)
      return change === 1
    },

    async fanoutPage(authorId, page) {
      const author = numbers.number(authorId)
      if (author === 0) return { readers: new Uint32Array(0), next: undefined, notifies: false }
      const found = followers.fanout(author, page)
      return { readers: found.readers, next: found.next, notifies: page === undefined && notifies.of(author) }
    },

    async notifyPage(authorId, page) {
      const rows = notifiedAfter.values(numbers.number(authorId), readToken(page), notifyPageReaders + 1) as [number][]
      const found = rows.slice(0, notifyPageReaders)
      return {
        users: found.map(([reader]) => numbers.id(reader)),
        next: rows.length > found.length ? String(found.at(-1)![0]) : undefined,
      }
    },

    async followees(user) {
      return followees(user)
    },

    async followedSince(user) {
      const reader = numbers.number(user)
      const held = cache.get(reader)?.since
      if (held !== undefined) return held
      const since = readSince(reader)
      cache.setSince(reader, since)
      return since
    },

    async follows(user) {
      const reader = numbers.number(user)
      const held = cache.get(reader)?.follows
      if (held !== undefined) return held
      const read = readFollows(reader)
      cache.setFollows(reader, read)
      return read
    },

    async listFollowers(user, page, length) {
      return list(followers, user, page, length)
    },

    async listFollowing(user, page, length) {
      return list(following, user, page, length)
    },

    async edge(readerId, followeeId) {
      const reader = numbers.number(readerId)
      const followee = numbers.number(followeeId)
      const held = cache.get(reader)?.followees
      // Who is hidden may be followed all the same.
      const there = held === undefined || held.hidden ? following.has(reader, followee) : held.has(followeeId)
      return there ? { notify: isNotified.values(followee, reader).length > 0 } : undefined
    },

    async followerCount(user) {
      const number = numbers.number(user)
      const known = counts.knownFollowers(number)
      if (known !== undefined) return known
      const row = rows.get(number)
      return row === undefined ? counts.followers(number) : countMembers(row)
    },

    async followingCount(user) {
      return counts.following(numbers.number(user))
    },
  }
}

/** @throws Refusal `invalid`: a client gave what is no `next` of such a list. */
function readToken(page: string | undefined): number {
  if (page === undefined) return 0
  if (/^[1-9][0-9]{0,8}$/.test(page) && Number(page) < memberNumbers) return Number(page)
  throw new Refusal('invalid', 'Give the `next` of the page before as it came.', { field: 'before' })
}
