import { coalesceBy } from '../../../core/coalesce-by.ts'
import { cursorAgeMaxMs } from '../../../core/cursor.ts'
import { Followees } from '../../../core/followees.ts'
import { type Id, idAt, type UserId } from '../../../core/ids.ts'
import { fanoutPageReaders } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { FollowGraph } from '../../../ports/graph.ts'
import { statement } from './client.ts'
import { type CountsParts, FollowerCounts } from './graph-counts.ts'
import { Edges, goneLevel } from './graph-edges.ts'
import { followersAfter } from './graph-followers.ts'

interface FollowingRow {
  readonly followee: UserId
  readonly level: number
}

const readFollowing = statement<FollowingRow>('SELECT followee, level FROM following WHERE follower = ?')
const readFollowingAfter = statement<FollowingRow>(
  'SELECT followee, level FROM following WHERE follower = ? AND followee > ? LIMIT ?',
)
const readRecent = statement<{ followee: UserId; since: Id }>(
  'SELECT followee, since FROM recent_follows WHERE follower = ?',
)

export interface CassandraGraph extends FollowGraph {
  /** For the recounter: counts again what was marked as dirty of the kind `followers`. */
  recount(followee: UserId, shard: number): Promise<void>
}

export function createCassandraGraph(parts: CountsParts): CassandraGraph {
  const { db, clock, writeTime } = parts
  const counts = new FollowerCounts(parts)
  const edges = new Edges({ db, writeTime, mark: (...edge) => counts.mark(...edge) })
  /** The last call on each edge that this process changes: the next one begins after it. */
  const changing = new Map<string, Promise<unknown>>()

  /** The one place where followees are read: as of now, of a quorum, shared by those who ask for the same reader. */
  const followees = coalesceBy(async (reader: UserId) => {
    const rows = await db.read(readFollowing, [reader])
    return new Followees(Float64Array.from(rows.filter(isValid), (row) => row.followee))
  })

  const followedSince = coalesceBy(async (reader: UserId): Promise<ReadonlyMap<UserId, Id>> => {
    const oldest = idAt(clock.now() - cursorAgeMaxMs)
    const rows = await db.read(readRecent, [reader])
    return new Map(rows.filter(({ since }) => since >= oldest).map(({ followee, since }) => [followee, since]))
  })

  async function inTurn<T>(reader: UserId, followee: UserId, change: () => Promise<T>): Promise<T> {
    const edge = `${reader}.${followee}`
    const before = changing.get(edge) ?? Promise.resolve()
    const mine = before.then(change, change)
    changing.set(edge, mine)
    try {
      return await mine
    } finally {
      counts.changed(followee)
      if (changing.get(edge) === mine) changing.delete(edge)
    }
  }

  return {
    recount: (followee, shard) => counts.recount(followee, shard),

    async follow(reader, followee, since, notify) {
      if (reader === followee) throw new Refusal('self_follow', 'One cannot follow oneself.', { field: 'id' })
      return inTurn(reader, followee, () => edges.follow(reader, followee, since, notify))
    },

    unfollow: (reader, followee) => inTurn(reader, followee, () => edges.unfollow(reader, followee)),

    async fanoutPage(author, page) {
      const { users, next } = await followersAfter(db, author, page, fanoutPageReaders)
      if (page !== undefined) return { readers: Float64Array.from(users), next }
      const readers = new Float64Array(users.length + 1)
      readers[0] = author
      readers.set(users, 1)
      return { readers, next }
    },

    followees,
    followedSince,

    async listFollowers(user, page, length) {
      const { users, next } = await followersAfter(db, user, page, length)
      const valid = await Promise.all(users.map((follower) => edges.complete(follower, user)))
      const shown = users.filter((_, i) => valid[i])
      return next === undefined ? { users: shown } : { users: shown, next }
    },

    async listFollowing(user, page, length) {
      const users: UserId[] = []
      let above = page === undefined ? 0 : readToken(page)
      while (users.length <= length) {
        const wanted = length + 1 - users.length
        const rows = await db.read(readFollowingAfter, [user, above, wanted])
        users.push(...rows.filter(isValid).map((row) => row.followee))
        if (rows.length < wanted) break
        above = rows.at(-1)!.followee
      }
      if (users.length <= length) return { users }
      const shown = users.slice(0, length)
      return { users: shown, next: String(shown.at(-1)) }
    },

    edge: (reader, followee) => edges.find(reader, followee),
    followerCount: (user) => counts.of(user),

    async followingCount(user) {
      return (await followees(user)).size
    },
  }
}

const isValid = ({ level }: FollowingRow) => level !== goneLevel

/** @throws Refusal `invalid`: a client gave what is no `next` of such a list. */
function readToken(page: string): UserId {
  if (/^[1-9][0-9]{0,15}$/.test(page) && Number(page) <= Number.MAX_SAFE_INTEGER) return Number(page)
  throw new Refusal('invalid', 'Give the `next` of the page before as it came.', { field: 'before' })
}
