import { Hidden } from '../../../core/hidden.ts'
import type { UserId } from '../../../core/ids.ts'
import { blockedMax, blockersHeldMax, mutedMax, unfollowedKeptMs } from '../../../core/limits.ts'
import type { BlockStore, Standing } from '../../../ports/blocks.ts'
import { chunks } from './chunks.ts'
import { type Cassandra, statement } from './client.ts'
import type { FollowsVersions } from './graph.ts'
import type { WriteTime } from './write-times.ts'

/** In `hides.kind`. A block stands twice: under who blocked, and under who is blocked. */
export const hideKinds = { muted: 0, blocked: 1, blockedBy: 2 } as const
const allKinds = Object.values(hideKinds)
/** Looked up by one statement: with their kinds below the hundred rows that ScyllaDB lets one name. */
const othersAtOnce = 30

export interface HideRow {
  readonly kind: number
  readonly other: UserId
  /** False: not any more; the row only tells when. */
  readonly hidden: boolean
}

const readAll = statement<HideRow>(
  `SELECT kind, other, hidden FROM hides WHERE user_id = ? LIMIT ${mutedMax + blockedMax + blockersHeldMax}`,
)
const readFirst = statement<HideRow>('SELECT kind, other, hidden FROM hides WHERE user_id = ? LIMIT ?')
const readSome = statement<HideRow>(
  'SELECT kind, other, hidden FROM hides WHERE user_id = ? AND kind IN ? AND other IN ?',
)
const readOne = statement<{ hidden: boolean; written: number }>(
  'SELECT hidden, writetime(hidden) AS written FROM hides WHERE user_id = ? AND kind = ? AND other = ?',
)
const writeOn = statement('INSERT INTO hides (user_id, kind, other, hidden) VALUES (?, ?, ?, true) USING TIMESTAMP ?')
const writeOff = statement(
  `INSERT INTO hides (user_id, kind, other, hidden) VALUES (?, ?, ?, false) USING TIMESTAMP ? AND TTL ${unfollowedKeptMs / 1_000}`,
)

const removeRow = statement('DELETE FROM hides USING TIMESTAMP ? WHERE user_id = ? AND kind = ? AND other = ?')

/** Told with the list of followees, so that who hides nobody costs no further read; never taken back. */
export const markHides = statement('UPDATE following SET hides = true WHERE follower = ?')

/** Whom a user does not see, of a quorum. */
export async function readHidden(db: Cassandra, user: UserId): Promise<Hidden | undefined> {
  const rows = (await db.read(readAll, [user])).filter(({ hidden }) => hidden)
  const those = (wanted: number) => rows.filter(({ kind }) => kind === wanted).map(({ other }) => other)
  return Hidden.of(those(hideKinds.muted), those(hideKinds.blocked), those(hideKinds.blockedBy))
}

type Place = readonly [user: UserId, kind: number, other: UserId]

/**
 * A row each, with a write time above that of the row as it was, so that whoever wished last prevails, by whatever clock;
 * one that was taken back stays for a while to tell its time. Of a block the row under who blocked comes last, and goes
 * first: what a process that dies leaves behind is finished by the next call, which looks at both.
 */
export function createCassandraBlocks({
  db,
  writeTime,
  versions,
}: {
  db: Cassandra
  writeTime: WriteTime
  /** Lets every list of followees die that was kept without the change. */
  versions?: FollowsVersions | undefined
}): BlockStore {
  const changed = <T>(user: UserId, change: () => Promise<T>) => (versions ? versions.around(user, change) : change())

  async function set(places: readonly Place[], on: boolean): Promise<boolean> {
    const rows = await Promise.all(places.map((place) => db.one(readOne, place)))
    const is = rows.map((row) => row?.hidden ?? false)
    if (is.every((one) => one === on)) return false
    const at = writeTime(Math.max(...rows.map((row) => row?.written ?? 0)))
    if (on) await Promise.all(places.map(([user]) => db.write(markHides, [user])))
    for (const place of places) await db.write(on ? writeOn : writeOff, [...place, at])
    return is.at(-1) !== on
  }

  return {
    setMuted: (user, other, muted) => changed(user, () => set([[user, hideKinds.muted, other]], muted)),

    async setBlocked(user, other, blocked) {
      const last: Place = [user, hideKinds.blocked, other]
      const theirs: Place = [other, hideKinds.blockedBy, user]
      return changed(user, () => changed(other, () => set(blocked ? [theirs, last] : [last, theirs], blocked)))
    },

    async clear(user, limit) {
      const rows = await db.read(readFirst, [user, limit])
      await Promise.all(
        rows.map(async ({ kind, other }) => {
          const mirror: Place = [other, hideKinds.blocked + hideKinds.blockedBy - kind, user]
          if (kind !== hideKinds.muted) await set([mirror], false)
          await db.write(removeRow, [writeTime(), user, kind, other])
        }),
      )
      return rows.length === limit
    },

    async standings(user, others) {
      const found = new Map<UserId, Standing>()
      const reads = chunks([...new Set(others)], othersAtOnce).map((some) => db.read(readSome, [user, allKinds, some]))
      for (const { kind, other, hidden } of (await Promise.all(reads)).flat()) {
        if (!hidden) continue
        const { muted, blocked, blockedBy } = found.get(other) ?? { muted: false, blocked: false, blockedBy: false }
        found.set(other, {
          muted: muted || kind === hideKinds.muted,
          blocked: blocked || kind === hideKinds.blocked,
          blockedBy: blockedBy || kind === hideKinds.blockedBy,
        })
      }
      return found
    },
  }
}
