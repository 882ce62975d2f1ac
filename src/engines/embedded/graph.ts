import type { Database } from 'bun:sqlite'
import { cursorAgeMaxMs } from '../../core/cursor.ts'
import { Followees } from '../../core/followees.ts'
import { type Id, idAt, type UserId } from '../../core/ids.ts'
import { fanoutPageReaders } from '../../core/limits.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FollowGraph } from '../../ports/graph.ts'
import type { EmbeddedDatabase } from './database.ts'
import { GraphCache } from './graph-cache.ts'
import { GraphCounts } from './graph-counts.ts'
import { memberNumbers, placeOf, rowKey, rowMembersMax, unpackMembers } from './graph-pages.ts'
import type { UserNumbers } from './user-numbers.ts'

const nobody: ReadonlyMap<UserId, Id> = new Map()

/**
 * The follow graph in packed pages. Reads are point reads on this thread; `cacheBytes` bounds the followees held in
 * memory. Reader numbers are `users.number`.
 */
export function createEmbeddedGraph(
  { reader: db, writer }: Pick<EmbeddedDatabase, 'reader' | 'writer'>,
  numbers: UserNumbers,
  clock: Clock,
  cacheBytes: number,
): FollowGraph {
  const followers = pagesOf(db, 'follower_pages')
  const following = pagesOf(db, 'following_pages')
  const recent = db.query('SELECT followee, since FROM recent_follows WHERE reader = ? AND since >= ?')
  const notifies = db.query('SELECT 1 FROM notify_follows WHERE followee = ? AND reader = ?')
  const cache = new GraphCache(cacheBytes)
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
    return new Followees(ids)
  }

  function followees(user: UserId): Followees {
    const reader = numbers.number(user)
    const held = cache.get(reader)?.followees
    if (held !== undefined) return held
    const read = readFollowees(reader)
    cache.setFollowees(reader, read)
    return read
  }

  function list(pages: Pages, user: UserId, page: string | undefined, length: number) {
    const members = pages.after(numbers.number(user), readToken(page), length + 1)
    const users = Array.from(members.subarray(0, length), (member) => numbers.id(member))
    return members.length <= length ? { users } : { users, next: String(members[length - 1]) }
  }

  return {
    async follow(readerId, followeeId, since, notify) {
      if (readerId === followeeId) throw new Refusal('self_follow', 'One cannot follow oneself.', { field: 'id' })
      const reader = known(readerId)
      const followee = known(followeeId)
      const agedBelow = idAt(clock.now() - cursorAgeMaxMs)
      const [change, hers, his] = await writer.write('follow', reader, followee, since, notify, agedBelow)
      if (change === 1) {
        cache.delete(reader)
        counts.set(reader, followee, hers, his)
      }
      return change !== 0
    },

    async unfollow(readerId, followeeId) {
      const reader = numbers.number(readerId)
      const followee = numbers.number(followeeId)
      if (reader === 0 || followee === 0) return false
      const [change, hers, his] = await writer.write('unfollow', reader, followee)
      if (change === 0) return false
      cache.delete(reader)
      counts.set(reader, followee, hers, his)
      return true
    },

    async fanoutPage(authorId, page) {
      const author = numbers.number(authorId)
      if (author === 0) return { readers: new Uint32Array(0), next: undefined }
      return followers.fanout(author, page)
    },

    async followees(user) {
      return followees(user)
    },

    async followedSince(user) {
      const reader = numbers.number(user)
      const held = cache.get(reader)?.since
      if (held !== undefined) return held
      const rows = recent.values(reader, idAt(clock.now() - cursorAgeMaxMs)) as [number, Id][]
      const since = rows.length === 0 ? nobody : new Map(rows.map(([followee, id]) => [numbers.id(followee), id]))
      cache.setSince(reader, since)
      return since
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
      const there = held === undefined ? following.has(reader, followee) : held.has(followeeId)
      return there ? { notify: notifies.values(followee, reader).length > 0 } : undefined
    },

    async followerCount(user) {
      return counts.followers(numbers.number(user))
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

type Pages = ReturnType<typeof pagesOf>

/** The rows of one direction, read in order of the members' numbers. */
function pagesOf(db: Database, table: 'follower_pages' | 'following_pages') {
  const every = db.query(`SELECT key, members FROM ${table} WHERE key >= ? AND key < ? ORDER BY key`)
  const find = db.query(`SELECT key, members FROM ${table} WHERE key <= ? AND key >= ? ORDER BY key DESC LIMIT 1`)
  const two = db.query(`SELECT key, members FROM ${table} WHERE key >= ? AND key < ? ORDER BY key LIMIT 2`)
  let members = new Uint32Array(2 * rowMembersMax)

  function reserve(length: number): void {
    if (length <= members.length) return
    const larger = new Uint32Array(2 * length)
    larger.set(members)
    members = larger
  }

  /**
   * Reads members above `last` into `members` from `at` on, row by row while `wanted` says so; returns where they end and
   * whether there are more.
   */
  function readAfter(
    owner: number,
    last: number,
    at: number,
    wanted: (length: number, next: number) => boolean,
  ): { end: number; more: boolean } {
    const limit = rowKey(owner + 1, 0)
    let from = rowKey(owner, 0)
    if (last > 0) from = (find.values(rowKey(owner, last), from) as [number][])[0]?.[0] ?? from
    let end = at
    for (let first = true; ; first = false) {
      const [row, following] = two.values(from, limit) as [number, Uint8Array][]
      if (row === undefined) return { end, more: false }
      reserve(end + row[1].length)
      let rowEnd = unpackMembers(row[1], row[0], members, end)
      if (first && last > 0) {
        const skip = placeOf(members, end, rowEnd, last + 1) - end
        members.copyWithin(end, end + skip, rowEnd)
        rowEnd -= skip
      }
      if (end > at && !wanted(end - at, rowEnd - at)) return { end, more: true }
      end = rowEnd
      if (following === undefined) return { end, more: false }
      from = following[0]
    }
  }

  return {
    has(owner: number, member: number): boolean {
      const [row] = find.values(rowKey(owner, member), rowKey(owner, 0)) as [number, Uint8Array][]
      if (row === undefined) return false
      reserve(row[1].length)
      const end = unpackMembers(row[1], row[0], members, 0)
      const place = placeOf(members, 0, end, member)
      return place < end && members[place] === member
    },

    /** Valid until the next call. */
    all(owner: number): Uint32Array {
      let end = 0
      for (const [key, bytes] of every.values(rowKey(owner, 0), rowKey(owner + 1, 0)) as [number, Uint8Array][]) {
        reserve(end + bytes.length)
        end = unpackMembers(bytes, key, members, end)
      }
      return members.subarray(0, end)
    },

    /** At most `limit` members above `last`. Valid until the next call. */
    after(owner: number, last: number, limit: number): Uint32Array {
      const { end } = readAfter(owner, last, 0, (length) => length < limit)
      return members.subarray(0, Math.min(end, limit))
    },

    /** One page for fan-out: a stored row, or several small ones; the owner first on the first. */
    fanout(owner: number, page: string | undefined): { readers: Uint32Array; next: string | undefined } {
      const at = page === undefined ? 1 : 0
      members[0] = owner
      const last = page === undefined ? 0 : Number(page)
      const { end, more } = readAfter(
        owner,
        last,
        at,
        (length, next) => length < fanoutPageReaders && next <= rowMembersMax,
      )
      return { readers: members.slice(0, end), next: more ? String(members[end - 1]) : undefined }
    },
  }
}
