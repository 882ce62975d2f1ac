import type { UserId } from '../../../core/ids.ts'
import { Refusal } from '../../../core/refusal.ts'
import { type Cassandra, statement } from './client.ts'
import { shardsOf, topLevelMax } from './graph-keys.ts'

interface FollowerRow {
  readonly top: number | undefined
  readonly notified?: boolean | undefined
  readonly s: number
  /** Undefined: a partition that has nothing but what all its rows share. */
  readonly follower: UserId | undefined
}

const firstRows = statement<FollowerRow>(
  'SELECT top, notified, s, follower FROM followers WHERE followee = ? AND level = 0 AND shard = 0 LIMIT ?',
)
const rowsAfter = statement<FollowerRow>(
  'SELECT s, follower FROM followers WHERE followee = ? AND level = ? AND shard = ? AND (s, follower) > (?, ?) LIMIT ?',
)

/** The last follower of a page, by level, shard and row; and the author's top level when the first page was read. */
interface Place {
  readonly top: number
  readonly level: number
  readonly shard: number
  readonly s: number
  readonly follower: UserId
}

export interface Followers {
  readonly users: UserId[]
  /** Where the next page starts; undefined after the last one. */
  readonly next: string | undefined
  /** On a first page, whether anybody may follow with `notify`; undefined where that is not known. */
  readonly notified: boolean | undefined
}

/**
 * `length` followers, level by level, shard by shard, in the order of their rows. A page's token is the last row of the
 * page, so that nobody who stays is moved from one to another by those who come and go; and as edges never change their
 * shard, neither by a level that is raised meanwhile. The top level as of the first page is enough: a level is raised
 * before the first edge is written to it.
 *
 * @throws Refusal `invalid` when `page` is no token
 */
export async function followersAfter(
  db: Cassandra,
  user: UserId,
  page: string | undefined,
  length: number,
): Promise<Followers> {
  const found: Place[] = []
  let top: number
  let level: number
  let shard: number
  let notified: boolean | undefined
  if (page === undefined) {
    const rows = await db.read(firstRows, [user, length + 1])
    top = rows[0]?.top ?? 0
    notified = rows[0]?.notified
    level = 0
    shard = 0
    add(rows)
  } else {
    const place = readToken(page)
    ;({ top, level, shard } = place)
    add(await db.read(rowsAfter, [user, level, shard, place.s, place.follower, length + 1]))
  }
  while (found.length <= length) {
    shard++
    if (shard === shardsOf(level)) {
      shard = 0
      level++
    }
    if (level > top) break
    add(await db.read(rowsAfter, [user, level, shard, -1, 0, length + 1 - found.length]))
  }
  const kept = found.slice(0, length)
  return {
    users: kept.map(({ follower }) => follower),
    next: found.length > length ? writeToken(kept[length - 1]!) : undefined,
    notified,
  }

  function add(rows: FollowerRow[]): void {
    for (const { s, follower } of rows) if (follower !== undefined) found.push({ top, level, shard, s, follower })
  }
}

function writeToken({ top, level, shard, s, follower }: Place): string {
  return [top, level, shard, s, follower].join('.')
}

/** Clients send these back for lists: nothing in them is trusted. */
function readToken(page: string): Place {
  if (/^[0-9]\.[0-9]\.[0-9]{1,6}\.[0-9]{1,2}\.[1-9][0-9]{0,15}$/.test(page)) {
    const [top, level, shard, s, follower] = page.split('.').map(Number) as [number, number, number, number, number]
    const fits = level <= top && top <= topLevelMax && shard < shardsOf(level)
    if (fits && follower <= Number.MAX_SAFE_INTEGER) return { top, level, shard, s, follower }
  }
  throw new Refusal('invalid', 'Give the `next` of the page before as it came.', { field: 'before' })
}
