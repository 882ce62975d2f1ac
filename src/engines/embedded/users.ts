import type { Database } from 'bun:sqlite'
import type { UserId } from '../../core/ids.ts'
import type { UserNumbers } from '../../core/user-numbers.ts'
import { foldText } from '../../core/words.ts'
import type { UserRecord, UserStore } from '../../ports/users.ts'
import type { EmbeddedDatabase } from './database.ts'
import { nameKey } from './name-keys.ts'

/** Names looked at for one search: a prefix that more of them share finds only some by name (by handle all). */
const nameMatchesMax = 20_000

/** The writer's operations on users and tokens. */
export function userOps(db: Database) {
  const insert = db.query(
    `INSERT INTO users (id, handle, name, name_key, bio, role, password_hash) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (handle) DO NOTHING`,
  )
  const update = db.query(
    `UPDATE users SET name = coalesce(?1, name), name_key = CASE WHEN ?1 IS NULL THEN name_key ELSE ?2 END,
       bio = coalesce(?3, bio), role = coalesce(?4, role), password_hash = coalesce(?5, password_hash),
       avatar = coalesce(?6, avatar) WHERE id = ?7`,
  )
  const insertToken = db.query('INSERT OR REPLACE INTO tokens (token, user, created_at, device) VALUES (?, ?, ?, ?)')
  const deleteToken = db.query('DELETE FROM tokens WHERE token = ?')
  const deleteTokens = db.query('DELETE FROM tokens WHERE user = ?')
  // The number stays taken, and what stands for the handle is none.
  const empty = db.query(
    "UPDATE users SET gone = 1, handle = '~' || number, name = '', name_key = NULL, bio = '', role = 'user', password_hash = NULL, avatar = '' WHERE id = ?",
  )

  return {
    /** The new user's number; 0 when the handle is taken. */
    createUser(id: number, handle: string, name: string, bio: string, role: string, hash: string | null): number {
      const { changes, lastInsertRowid } = insert.run(id, handle, name, nameKey(name), bio, role, hash)
      return changes === 0 ? 0 : Number(lastInsertRowid)
    },
    updateUser(
      id: number,
      name: string | null,
      bio: string | null,
      role: string | null,
      hash: string | null,
      avatar: string | null,
    ): boolean {
      return update.run(name, name && nameKey(name), bio, role, hash, avatar, id).changes > 0
    },
    addToken(token: Uint8Array, user: number, createdAt: number, device: string | null): void {
      insertToken.run(token, user, createdAt, device)
    },
    removeToken(token: Uint8Array): void {
      deleteToken.run(token)
    },
    removeTokens(user: number): void {
      deleteTokens.run(user)
    },
    removeUser(id: number): void {
      empty.run(id)
    },
  }
}

type Row = [id: number, handle: string, name: string, bio: string, role: UserRecord['role'], avatar: string]

/** `messageCount` is the message store's. */
export function createEmbeddedUsers(
  { reader, writer }: EmbeddedDatabase,
  numbers: UserNumbers,
  messageCount: (author: UserId) => number,
): UserStore {
  const columns = 'id, handle, name, bio, role, avatar'
  const byNumber = reader.query(`SELECT ${columns} FROM users WHERE number = ? AND gone = 0`)
  const byHandle = reader.query(`SELECT ${columns} FROM users WHERE handle = ? AND gone = 0`)
  const hashOf = reader.query('SELECT password_hash FROM users WHERE number = ?')
  const countsOf = reader.query('SELECT followers, following FROM users WHERE number = ?')
  const byNumbers = reader.query(
    `SELECT number, ${columns} FROM users WHERE number > ? AND gone = 0 ORDER BY number LIMIT ?`,
  )
  const sessionsOf = reader.query('SELECT lower(hex(token)), created_at, device FROM tokens WHERE user = ? LIMIT ?')
  const userOfToken = reader.query('SELECT user FROM tokens WHERE token = ?')
  const handlesFrom = reader.query(
    `SELECT ${columns} FROM users WHERE handle > ?1 AND handle >= ?2 AND handle < ?3 AND gone = 0 ORDER BY handle LIMIT ?4`,
  )
  const namesFrom = (name: string) =>
    reader.query(
      `SELECT ${columns} FROM users WHERE number IN (
         SELECT number FROM (
           SELECT number, handle FROM users WHERE ${name} >= ?2 AND ${name} < ?3 LIMIT ${nameMatchesMax}
         ) WHERE handle > ?1 ORDER BY handle LIMIT ?4
       ) AND gone = 0 ORDER BY handle`,
    )
  const searches = [handlesFrom, namesFrom('name COLLATE NOCASE'), namesFrom('name_key')]

  const record = ([id, handle, name, bio, role, avatar]: Row): UserRecord =>
    avatar === '' ? { id, handle, name, bio, role } : { id, handle, name, bio, role, avatar }
  const first = (rows: unknown[][]) => (rows.length === 0 ? undefined : record(rows[0] as Row))
  const bytes = (token: string) => Buffer.from(token, 'hex')

  return {
    async create({ id, handle, name, bio, role }, passwordHash) {
      const number = await writer.write('createUser', id, handle, name, bio, role, passwordHash ?? null)
      if (number === 0) return false
      numbers.add(number, id)
      return true
    },

    async many(ids) {
      return ids.map((id) => {
        const number = numbers.number(id)
        return number === 0 ? undefined : first(byNumber.values(number))
      })
    },

    async byHandle(handle) {
      return first(byHandle.values(handle))
    },

    async passwordHash(id) {
      const [row] = hashOf.values(numbers.number(id)) as [string | null][]
      return row?.[0] ?? undefined
    },

    update: (id, { name = null, bio = null, role = null, passwordHash = null, avatar = null }) =>
      writer.write('updateUser', id, name, bio, role, passwordHash, avatar),

    async counts(id) {
      const [row] = countsOf.values(numbers.number(id)) as [number, number][]
      return { followers: row?.[0] ?? 0, following: row?.[1] ?? 0, messages: messageCount(id) }
    },

    async search(prefix, after, length) {
      const wanted = foldText(prefix)
      if (wanted === '') return []
      const bounds = [after ?? '', wanted, `${wanted}\u{10ffff}`, length] as const
      const rows = searches.flatMap((search) => search.values(...bounds) as Row[])
      const found = new Map(rows.map((row) => [row[0], record(row)]))
      return [...found.values()].sort((a, b) => (a.handle < b.handle ? -1 : 1)).slice(0, length)
    },

    async list(page, length) {
      const rows = byNumbers.values(page === undefined ? 0 : Number(page), length + 1) as [number, ...Row][]
      const users = rows.slice(0, length).map(([, ...row]) => record(row))
      return rows.length > length ? { users, next: String(rows[length - 1]![0]) } : { users }
    },

    addToken: (token, user, createdAt, device) =>
      writer.write('addToken', bytes(token), user, createdAt, device ?? null),

    async userOfToken(token) {
      const [row] = userOfToken.values(bytes(token)) as [UserId][]
      return row?.[0]
    },

    removeToken: (token) => writer.write('removeToken', bytes(token)),
    async sessions(user, limit) {
      const rows = sessionsOf.values(user, limit) as [string, number, string | null][]
      return rows.map(([token, createdAt, device]) => ({ token, createdAt, device: device ?? undefined }))
    },
    removeTokens: (user) => writer.write('removeTokens', user),
    remove: (id) => writer.write('removeUser', id),
  }
}
