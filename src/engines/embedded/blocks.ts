import type { Database } from 'bun:sqlite'
import { Hidden } from '../../core/hidden.ts'
import type { UserId } from '../../core/ids.ts'
import { blockedMax, blockersHeldMax, mutedMax } from '../../core/limits.ts'
import { RecentMap } from '../../core/recent-map.ts'
import type { BlockStore, Standing } from '../../ports/blocks.ts'
import type { EmbeddedDatabase } from './database.ts'

/** Users known to hide nobody and to be hidden from nobody, as most are: asked of at each like and each message by its id. */
const unhiddenHeldMax = 65_536

/** In `hides.kind`. A block stands twice: under who blocked, and under who is blocked. */
export const hideKinds = { muted: 0, blocked: 1, blockedBy: 2 } as const

export const blocksSchema = `
  -- Whom a user does not see, and why: 0 muted, 1 blocked, 2 blocked by them.
  CREATE TABLE hides (
    user INTEGER NOT NULL, kind INTEGER NOT NULL, other INTEGER NOT NULL,
    PRIMARY KEY (user, kind, other)
  ) WITHOUT ROWID;
`

/** The writer's operations on mutes and blocks. */
export function blockOps(db: Database) {
  const add = db.query('INSERT OR IGNORE INTO hides (user, kind, other) VALUES (?, ?, ?)')
  const remove = db.query('DELETE FROM hides WHERE user = ? AND kind = ? AND other = ?')
  const some = db.query('SELECT kind, other FROM hides WHERE user = ? LIMIT ?')
  const set = (on: boolean) => (on ? add : remove)

  return {
    setMuted: (user: number, other: number, muted: boolean): boolean =>
      set(muted).run(user, hideKinds.muted, other).changes > 0,
    setBlocked(user: number, other: number, blocked: boolean): boolean {
      set(blocked).run(other, hideKinds.blockedBy, user)
      return set(blocked).run(user, hideKinds.blocked, other).changes > 0
    },
    /** How many there were, `limit` at most. */
    clearHides(user: number, limit: number): number {
      const rows = some.values(user, limit) as [number, number][]
      for (const [kind, other] of rows) {
        if (kind !== hideKinds.muted) remove.run(other, hideKinds.blocked + hideKinds.blockedBy - kind, user)
        remove.run(user, kind, other)
      }
      return rows.length
    },
  }
}

/** Reads whom a user does not see. */
export function hiddenReader({ reader }: Pick<EmbeddedDatabase, 'reader'>): (user: UserId) => Hidden | undefined {
  // In the order of kinds: what is cut off are some of those who block.
  const rowsOf = reader.query(
    `SELECT kind, other FROM hides WHERE user = ? LIMIT ${mutedMax + blockedMax + blockersHeldMax}`,
  )
  return (user) => {
    const rows = rowsOf.values(user) as [number, UserId][]
    if (rows.length === 0) return undefined
    const those = (wanted: number) => rows.filter(([kind]) => kind === wanted).map(([, other]) => other)
    return Hidden.of(those(hideKinds.muted), those(hideKinds.blocked), those(hideKinds.blockedBy))
  }
}

/** `changed` is told of each user whose view has changed, before the call resolves. */
export function createEmbeddedBlocks(
  { reader, writer }: Pick<EmbeddedDatabase, 'reader' | 'writer'>,
  changed: (user: UserId) => void,
): BlockStore {
  const between = reader.query('SELECT kind FROM hides WHERE user = ? AND kind IN (0, 1, 2) AND other = ?')
  const any = reader.query('SELECT 1 FROM hides WHERE user = ? LIMIT 1')
  const unhidden = new RecentMap<UserId, true>(unhiddenHeldMax)

  function isUnhidden(user: UserId): boolean {
    if (unhidden.get(user)) return true
    if (any.values(user).length > 0) return false
    unhidden.set(user, true)
    return true
  }

  /** To be called after the writer has answered: what was read until then may be of before its commit. */
  function anew(user: UserId): void {
    unhidden.delete(user)
    changed(user)
  }

  return {
    async setMuted(user, other, muted) {
      const done = await writer.write('setMuted', user, other, muted)
      anew(user)
      return done
    },

    async setBlocked(user, other, blocked) {
      const done = await writer.write('setBlocked', user, other, blocked)
      anew(user)
      anew(other)
      return done
    },

    async clear(user, limit) {
      const cleared = await writer.write('clearHides', user, limit)
      anew(user)
      return cleared === limit
    },

    async standings(user, others) {
      const found = new Map<UserId, Standing>()
      if (isUnhidden(user)) return found
      for (const other of others) {
        const rows = between.values(user, other) as [number][]
        if (rows.length === 0) continue
        const is = (kind: number) => rows.some(([one]) => one === kind)
        found.set(other, {
          muted: is(hideKinds.muted),
          blocked: is(hideKinds.blocked),
          blockedBy: is(hideKinds.blockedBy),
        })
      }
      return found
    },
  }
}
