import { coalesceBy } from '../../../core/coalesce-by.ts'
import { cursorAgeMaxMs } from '../../../core/cursor.ts'
import { Followees } from '../../../core/followees.ts'
import { type Id, idAt, type UserId } from '../../../core/ids.ts'
import { fanoutPageReaders, followsKeptBytesMax, followsKeptMs } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { FollowGraph, Follows, FollowsTold } from '../../../ports/graph.ts'
import { readHidden } from './blocks.ts'
import { statement } from './client.ts'
import { type CountsParts, FollowerCounts } from './graph-counts.ts'
import { Edges, goneLevel } from './graph-edges.ts'
import { followersAfter } from './graph-followers.ts'
import { learnNotified, notifiedAfter } from './graph-notified.ts'
import { KeptFollows } from './kept-follows.ts'

interface FollowingRow {
  readonly followee: UserId
  readonly level: number
}
/** A partition that has nothing but what all its rows share has one without a followee. */
type AnyRow = Partial<FollowingRow> & { readonly hides: boolean | undefined }

const readFollowing = statement<AnyRow>('SELECT followee, level, hides FROM following WHERE follower = ?')
const readFollowingSince = statement<AnyRow & { readonly since: Id | undefined }>(
  'SELECT followee, level, hides, since FROM following WHERE follower = ?',
)
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

/** What readers' inboxes tell of their edges, and must be told; see redis/edge-changes.ts. */
export interface FollowsVersions {
  /** As of a moment after the call began; undefined where it is not known. Never refused. */
  look(reader: UserId): Promise<FollowsTold | undefined>
  /** Does `change`, and lets every list die that was kept without it. */
  around<T>(reader: UserId, change: () => Promise<T>): Promise<T>
}

export interface GraphParts extends CountsParts {
  /** Without it, followees are read of a quorum each time. */
  readonly versions?: FollowsVersions | undefined
}

export function createCassandraGraph(parts: GraphParts): CassandraGraph {
  const { db, clock, writeTime, versions } = parts
  const counts = new FollowerCounts(parts)
  const edges = new Edges({ db, writeTime, mark: (...edge) => counts.mark(...edge) })
  /** The last call on each edge that this process changes: the next one begins after it. */
  const changing = new Map<string, Promise<unknown>>()

  const kept = new KeptFollows(followsKeptBytesMax, followsKeptMs, () => performance.now())

  const hiddenBeside = async (reader: UserId, rows: readonly AnyRow[]) =>
    rows[0]?.hides ? readHidden(db, reader) : undefined

  /** Where followees are read, and who of them is hidden: as of now, of a quorum, shared by those who ask for the same reader. */
  const readFollowees = coalesceBy(async (reader: UserId) => {
    const rows = await db.read(readFollowing, [reader])
    const hidden = await hiddenBeside(reader, rows)
    return new Followees(
      Float64Array.from(rows.filter(isValid), (row) => row.followee),
      hidden,
    )
  })

  const readSince = coalesceBy(async (reader: UserId): Promise<ReadonlyMap<UserId, Id>> => {
    const oldest = idAt(clock.now() - cursorAgeMaxMs)
    const rows = await db.read(readRecent, [reader])
    return new Map(rows.filter(({ since }) => since >= oldest).map(({ followee, since }) => [followee, since]))
  })

  /** Out of the rows that make the edges: each one tells its own time. */
  const readFollows = coalesceBy(async (reader: UserId): Promise<Follows> => {
    const oldest = idAt(clock.now() - cursorAgeMaxMs)
    const all = await db.read(readFollowingSince, [reader])
    const hidden = await hiddenBeside(reader, all)
    const rows = all.filter(isValid)
    const since = new Map<UserId, Id>()
    for (const row of rows) if (row.since && row.since >= oldest) since.set(row.followee, row.since)
    return {
      followees: new Followees(
        Float64Array.from(rows, (row) => row.followee),
        hidden,
      ),
      since,
    }
  })

  /** What is kept may be used where the inbox told its version, in a read that the caller has made or now. */
  async function followees(reader: UserId, given?: FollowsTold): Promise<Followees> {
    const told = given ?? (await versions?.look(reader))
    if (!told?.follows) return readFollowees(reader)
    const found = kept.followees(reader, told)
    if (found !== undefined) return found
    const at = kept.now()
    return kept.keepFollowees(reader, told, at, await readFollowees(reader))
  }

  async function followedSince(reader: UserId, given?: FollowsTold): Promise<ReadonlyMap<UserId, Id>> {
    const told = given ?? (await versions?.look(reader))
    if (!told?.follows) return readSince(reader)
    const found = kept.since(reader, told)
    if (found !== undefined) return found
    const at = kept.now()
    const since = await readSince(reader)
    kept.keepSince(reader, told, at, since)
    return since
  }

  async function follows(reader: UserId, given?: FollowsTold): Promise<Follows> {
    const told = given ?? (await versions?.look(reader))
    if (!told?.follows) return readFollows(reader)
    const found = kept.follows(reader, told)
    if (found !== undefined) return found
    const at = kept.now()
    return kept.keepFollows(reader, told, at, await readFollows(reader))
  }

  const changed = <T>(reader: UserId, change: () => Promise<T>) =>
    versions ? versions.around(reader, change) : change()

  /** A row that was left behind is completed, which may make an edge. */
  async function isFollower(follower: UserId, followee: UserId): Promise<boolean> {
    if ((await edges.find(follower, followee)) !== undefined) return true
    return changed(follower, () => edges.complete(follower, followee))
  }

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
      return inTurn(reader, followee, () => changed(reader, () => edges.follow(reader, followee, since, notify)))
    },

    unfollow: (reader, followee) =>
      inTurn(reader, followee, () => changed(reader, () => edges.unfollow(reader, followee))),

    async fanoutPage(author, page) {
      const { users, next, notified } = await followersAfter(db, author, page, fanoutPageReaders)
      if (page !== undefined) return { readers: Float64Array.from(users), next, notifies: false }
      const notifies = notified ?? (await learnNotified(db, author))
      const readers = new Float64Array(users.length + 1)
      readers[0] = author
      readers.set(users, 1)
      return { readers, next, notifies }
    },

    notifyPage: (author, page) => notifiedAfter(db, author, page),

    followees,
    followedSince,
    follows,

    async listFollowers(user, page, length) {
      const { users, next } = await followersAfter(db, user, page, length)
      const valid = await Promise.all(users.map((follower) => isFollower(follower, user)))
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
      return (await followees(user)).followed
    },
  }
}

const isValid = <Row extends Partial<FollowingRow>>(row: Row): row is Row & FollowingRow =>
  row.followee !== undefined && row.level !== goneLevel

/** @throws Refusal `invalid`: a client gave what is no `next` of such a list. */
function readToken(page: string): UserId {
  if (/^[1-9][0-9]{0,15}$/.test(page) && Number(page) <= Number.MAX_SAFE_INTEGER) return Number(page)
  throw new Refusal('invalid', 'Give the `next` of the page before as it came.', { field: 'before' })
}
