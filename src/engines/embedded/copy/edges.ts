import type { Database } from 'bun:sqlite'
import type { Id, UserId } from '../../../core/ids.ts'
import { copyPageRows } from '../../../core/limits.ts'
import type { EdgeRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import { memberNumbers, rowMembersMax, unpackMembers } from '../graph-pages.ts'
import { pagesOf } from '../graph-writer.ts'
import { type Marks, tableWriter } from './table.ts'

/** Follow lists, page by page of the stored rows: whole rows, as many as hold about `copyPageRows` edges. */
export function edgesReader(db: Database): KindReader<EdgeRow> {
  const count = db.query('SELECT coalesce(sum(following), 0) FROM users')
  const rowsAfter = db.query('SELECT key, members FROM following_pages WHERE key > ? ORDER BY key LIMIT 1')
  const idOf = db.query('SELECT id, followers FROM users WHERE number = ?')
  const sinceOf = db.query('SELECT since FROM recent_follows WHERE reader = ? AND followee = ?')
  const notifies = db.query('SELECT 1 FROM notify_follows WHERE followee = ? AND reader = ?')
  const members = new Uint32Array(rowMembersMax)

  function edge(reader: number, follower: UserId, member: number): EdgeRow {
    const [[followee, followers]] = idOf.values(member) as [[UserId, number]]
    const [since] = sinceOf.values(reader, member) as [Id][]
    const notify = notifies.values(member, reader).length > 0
    return { follower, followee, notify, since: since?.[0] ?? 0, followers }
  }

  return {
    async parts() {
      const [[rows]] = count.values() as [[number]]
      return [{ name: 'all', rows }]
    },

    async page(_, page) {
      const rows: EdgeRow[] = []
      let last = page === undefined ? 0 : Number(page)
      while (rows.length < copyPageRows) {
        const [found] = rowsAfter.values(last) as [number, Uint8Array][]
        if (found === undefined) return { rows, next: undefined }
        const [key, bytes] = found
        const reader = Math.floor(key / memberNumbers)
        const [[follower]] = idOf.values(reader) as [[UserId]]
        const end = unpackMembers(bytes, key, members, 0)
        for (let i = 0; i < end; i++) rows.push(edge(reader, follower, members[i]!))
        last = key
      }
      return { rows, next: String(last) }
    },
  }
}

export function edgesWriter(db: Database, marks: Marks): KindWriter<EdgeRow> {
  const followers = pagesOf(db, 'follower_pages')
  const following = pagesOf(db, 'following_pages')
  const numberOf = db.query('SELECT number FROM users WHERE id = ?')
  const addNotify = db.query('INSERT INTO notify_follows (followee, reader) VALUES (?, ?)')
  const addRecent = db.query('INSERT INTO recent_follows (reader, followee, since) VALUES (?, ?, ?)')
  const count = db.query('UPDATE users SET followers = followers + ?, following = following + ? WHERE number = ?')

  function number(user: UserId): number {
    const [found] = numberOf.values(user) as [number][]
    if (found === undefined) throw new Error(`an edge names the user ${user}, who is not among the users`)
    return found[0]
  }

  return tableWriter(db, marks, 'edges', (edge: EdgeRow) => {
    const reader = number(edge.follower)
    const followee = number(edge.followee)
    if (!following.add(reader, followee)) return
    followers.add(followee, reader)
    count.run(0, 1, reader)
    count.run(1, 0, followee)
    if (edge.notify) addNotify.run(followee, reader)
    if (edge.since > 0) addRecent.run(reader, followee, edge.since)
  })
}
