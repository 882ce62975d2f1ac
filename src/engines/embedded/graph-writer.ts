import type { Database } from 'bun:sqlite'
import { packMembers, placeOf, rowKey, rowMembersMax, unpackMembers } from './graph-pages.ts'

/** What an operation on an edge came to: 0 nothing changed, 1 the edge came or went, 2 only its `notify` changed. */
export type EdgeChange = 0 | 1 | 2

/** With the counts after it: the followee's followers and the reader's followees. */
export type EdgeResult = [change: EdgeChange, followers: number, following: number]

/** Rows of `recent_follows` that are past their age and go with one follow: more than come, so that few remain. */
const agedRemovedAtOnce = 4

/** The writer's operations on edges: both directions, the counts and the marks of an edge in one commit. */
export function graphOps(db: Database) {
  const followers = pagesOf(db, 'follower_pages')
  const following = pagesOf(db, 'following_pages')
  const countFollowers = db.query('UPDATE users SET followers = followers + ? WHERE number = ? RETURNING followers')
  const countFollowing = db.query('UPDATE users SET following = following + ? WHERE number = ? RETURNING following')
  const addNotify = db.query('INSERT OR IGNORE INTO notify_follows (followee, reader) VALUES (?, ?)')
  const removeNotify = db.query('DELETE FROM notify_follows WHERE followee = ? AND reader = ?')
  const addRecent = db.query('INSERT OR REPLACE INTO recent_follows (reader, followee, since) VALUES (?, ?, ?)')
  const removeRecent = db.query('DELETE FROM recent_follows WHERE reader = ? AND followee = ?')
  const removeAged = db.query(
    `DELETE FROM recent_follows WHERE (reader, followee) IN
      (SELECT reader, followee FROM recent_follows WHERE since < ? ORDER BY since LIMIT ${agedRemovedAtOnce})`,
  )

  function count(reader: number, followee: number, by: 1 | -1): EdgeResult {
    const [[hers]] = countFollowers.values(by, followee) as [[number]]
    const [[his]] = countFollowing.values(by, reader) as [[number]]
    return [1, hers, his]
  }

  return {
    /** `agedBelow`: edges made before it need no `since` any more. */
    follow(reader: number, followee: number, since: number, notify: boolean, agedBelow: number): EdgeResult {
      const mark = notify ? addNotify : removeNotify
      if (!following.add(reader, followee)) return [mark.run(followee, reader).changes > 0 ? 2 : 0, 0, 0]
      followers.add(followee, reader)
      if (notify) mark.run(followee, reader)
      removeAged.run(agedBelow)
      addRecent.run(reader, followee, since)
      return count(reader, followee, 1)
    },

    unfollow(reader: number, followee: number): EdgeResult {
      if (!following.remove(reader, followee)) return [0, 0, 0]
      followers.remove(followee, reader)
      removeNotify.run(followee, reader)
      removeRecent.run(reader, followee)
      return count(reader, followee, -1)
    },
  }
}

/** The rows of one direction. Each edit reads and writes one row. */
export function pagesOf(db: Database, table: 'follower_pages' | 'following_pages') {
  const find = db.query(`SELECT key, members FROM ${table} WHERE key <= ? AND key >= ? ORDER BY key DESC LIMIT 1`)
  const save = db.query(`INSERT OR REPLACE INTO ${table} (key, members) VALUES (?, ?)`)
  const drop = db.query(`DELETE FROM ${table} WHERE key = ?`)
  const members = new Uint32Array(rowMembersMax + 1)
  const bytes = new Uint8Array(5 * members.length)
  let key = 0
  let length = 0

  /** Reads the row to which `member` belongs, into `key` and `members`; returns the member's place in it. */
  function read(owner: number, member: number): number {
    const [row] = find.values(rowKey(owner, member), rowKey(owner, 0)) as [number, Uint8Array][]
    key = row?.[0] ?? rowKey(owner, 0)
    length = row === undefined ? 0 : unpackMembers(row[1], key, members, 0)
    return placeOf(members, 0, length, member)
  }

  function write(rowKey: number, from: number, to: number): void {
    save.run(rowKey, bytes.subarray(0, packMembers(members, from, to, rowKey, bytes)))
  }

  return {
    /** Whether the member was not there. */
    add(owner: number, member: number): boolean {
      const place = read(owner, member)
      if (place < length && members[place] === member) return false
      members.copyWithin(place + 1, place, length)
      members[place] = member
      length++
      if (length <= rowMembersMax) {
        write(key, 0, length)
      } else {
        const half = length >>> 1
        write(rowKey(owner, members[half]!), half, length)
        write(key, 0, half)
      }
      return true
    },

    /** Whether the member was there. */
    remove(owner: number, member: number): boolean {
      const place = read(owner, member)
      if (place === length || members[place] !== member) return false
      members.copyWithin(place, place + 1, length)
      length--
      if (length > 0) write(key, 0, length)
      else drop.run(key)
      return true
    },
  }
}
