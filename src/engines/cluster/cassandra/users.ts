import type { UserId } from '../../../core/ids.ts'
import { idsPerRead } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { UserCounts, UserRecord, UserStore } from '../../../ports/users.ts'
import { chunks } from './chunks.ts'
import { type Cassandra, statement } from './client.ts'
import { createUserWords } from './user-words.ts'

interface Row {
  user_id: UserId
  handle: string
  name: string
  bio: string
  role: UserRecord['role']
  searchable?: boolean
  avatar?: string
}
interface Written extends Row {
  name_at: number
  bio_at: number
  role_at: number
  /** Absent where there is no password. */
  hash_at?: number
  /** Absent where there was never a picture. */
  avatar_at?: number
}
export type Handle = { user_id: UserId }

const columns = 'user_id, handle, name, bio, role, searchable, avatar'
const someRows = statement<Row>(`SELECT ${columns} FROM users WHERE user_id IN ?`)
const oneRow = statement<Written>(
  `SELECT ${columns}, WRITETIME(name) AS name_at, WRITETIME(bio) AS bio_at, WRITETIME(role) AS role_at,
   WRITETIME(password_hash) AS hash_at, WRITETIME(avatar) AS avatar_at FROM users WHERE user_id = ?`,
)
const hashOf = statement<{ password_hash?: string }>('SELECT password_hash FROM users WHERE user_id = ?')
export const insertUser = statement(
  'INSERT INTO users (user_id, handle, name, bio, role, password_hash) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?',
)
const removeUser = statement('DELETE FROM users USING TIMESTAMP ? WHERE user_id = ?')
const setName = statement('UPDATE users USING TIMESTAMP ? SET name = ? WHERE user_id = ?')
const setBio = statement('UPDATE users USING TIMESTAMP ? SET bio = ? WHERE user_id = ?')
const setRole = statement('UPDATE users USING TIMESTAMP ? SET role = ? WHERE user_id = ?')
const setHash = statement('UPDATE users USING TIMESTAMP ? SET password_hash = ? WHERE user_id = ?')
const setAvatar = statement('UPDATE users USING TIMESTAMP ? SET avatar = ? WHERE user_id = ?')
const setSearchable = statement('UPDATE users SET searchable = true WHERE user_id = ?')

export const findHandle = statement<Handle>('SELECT user_id FROM handles WHERE handle = ?')
const freeHandle = statement<Handle>('DELETE FROM handles WHERE handle = ? IF user_id = ?')
const allHandles = statement<Handle>('SELECT user_id FROM handles')
export const claimHandle = statement<Handle>('INSERT INTO handles (handle, user_id) VALUES (?, ?) IF NOT EXISTS')

const insertToken = statement(
  'INSERT INTO tokens (digest, user_id, created_at, device) VALUES (?, ?, ?, ?) USING TIMESTAMP ?',
)
const findToken = statement<Handle>('SELECT user_id FROM tokens WHERE digest = ?')
const removeToken = statement('DELETE FROM tokens WHERE digest = ?')
/** By an index of each node's own rows: asked when somebody goes, takes their data along or looks at their sessions, and never otherwise. */
const sessionsOf = statement<{ digest: string; created_at: number; device?: string }>(
  'SELECT digest, created_at, device FROM tokens WHERE user_id = ? LIMIT ?',
)
const tokensOf = statement<{ digest: string }>('SELECT digest FROM tokens WHERE user_id = ?')

/**
 * Rows that are written once are written at the beginning of time, so that whatever removes or changes them comes later,
 * also by the clock of another process that is behind, and a write that lands late loses.
 */
export const once = 1

const record = ({ user_id: id, handle, name, bio, role, avatar }: Row): UserRecord =>
  avatar ? { id, handle, name, bio, role, avatar } : { id, handle, name, bio, role }

/** `counts` asks the follow graph and the message store. */
export function createCassandraUsers({
  db,
  clock,
  counts,
}: {
  db: Cassandra
  clock: Clock
  counts: (id: UserId) => Promise<UserCounts>
}): UserStore {
  const words = createUserWords(db)

  async function many(ids: readonly UserId[]): Promise<(UserRecord | undefined)[]> {
    const found = new Map<UserId, UserRecord>()
    const reads = chunks([...new Set(ids)], idsPerRead).map((some) => db.read(someRows, [some]))
    for (const rows of await Promise.all(reads)) {
      // A row without a handle: something was written beside its removal.
      for (const row of rows) if (row.handle) found.set(row.user_id, record(row))
    }
    return ids.map((id) => found.get(id))
  }

  async function makeSearchable({ user_id, handle, name }: Pick<Row, 'user_id' | 'handle' | 'name'>, at: number) {
    await Promise.all([words.add('h', handle, handle, user_id, once), words.add('n', name, handle, user_id, at)])
    await db.write(setSearchable, [user_id])
  }

  return {
    async create(user, passwordHash) {
      const { id, handle, name, bio, role } = user
      if ((await db.one(findHandle, [handle])) !== undefined) return false
      // The user first: whoever finds the handle finds them. Until then nobody knows the id.
      await db.write(insertUser, [id, handle, name, bio, role, passwordHash, once])
      const claimed = await db.lwt(claimHandle, [handle, id], {
        read: findHandle,
        values: [handle],
        mine: (row) => row?.user_id === id,
      })
      if (!claimed.applied) {
        await db.write(removeUser, [once + 1, id])
        return false
      }
      await makeSearchable({ user_id: id, handle, name }, once)
      return true
    },

    many,

    async byHandle(handle) {
      const found = await db.one(findHandle, [handle])
      if (found === undefined) return undefined
      const row = await db.one(oneRow, [found.user_id])
      if (!row?.handle) return undefined
      // Whoever made this user did not get to the end of it.
      if (row.searchable !== true) await makeSearchable(row, row.name_at)
      return record(row)
    },

    async passwordHash(id) {
      return (await db.one(hashOf, [id]))?.password_hash
    },

    async update(id, { name, bio, role, passwordHash, avatar }) {
      const row = await db.one(oneRow, [id])
      if (row === undefined) return false
      const now = clock.now() * 1_000
      const writes: Promise<void>[] = []
      if (bio !== undefined) writes.push(db.write(setBio, [Math.max(now, row.bio_at + 1), bio, id]))
      if (role !== undefined) writes.push(db.write(setRole, [Math.max(now, row.role_at + 1), role, id]))
      if (passwordHash !== undefined) {
        writes.push(db.write(setHash, [Math.max(now, (row.hash_at ?? 0) + 1), passwordHash, id]))
      }
      if (avatar !== undefined) {
        writes.push(db.write(setAvatar, [Math.max(now, (row.avatar_at ?? 0) + 1), avatar, id]))
      }
      if (name !== undefined) {
        const at = Math.max(now, row.name_at + 1)
        // Found by the new name before it has it, and by the old one until it has lost it.
        await words.add('n', name, row.handle, id, at)
        writes.push(db.write(setName, [at, name, id]))
      }
      await Promise.all(writes)
      if (name !== undefined && name !== row.name) await words.remove('n', row.name, row.handle, row.name_at)
      return true
    },

    counts,

    async search(prefix, after, length) {
      const found = await words.find(prefix, after, length)
      const users: UserRecord[] = []
      for (const some of chunks(found, length)) {
        for (const user of await many(some.map((word) => word.user_id))) {
          // Names that were changed meanwhile may be found once more.
          if (user !== undefined && words.matches(user, prefix)) users.push(user)
        }
        if (users.length >= length) break
      }
      return users.slice(0, length)
    },

    async list(page, length) {
      const found = await db.page(allHandles, [], length, page)
      const users = (await many(found.rows.map((row) => row.user_id))).filter((user) => user !== undefined)
      return found.next === undefined ? { users } : { users, next: found.next }
    },

    addToken: (token, user, createdAt, device) => db.write(insertToken, [token, user, createdAt, device, once]),

    async userOfToken(token) {
      return (await db.one(findToken, [token]))?.user_id
    },

    removeToken: (token) => db.write(removeToken, [token]),

    async sessions(user, limit) {
      const rows = await db.read(sessionsOf, [user, limit])
      return rows.map(({ digest, created_at, device }) => ({ token: digest, createdAt: created_at, device }))
    },

    async removeTokens(user) {
      for (const some of chunks(await db.read(tokensOf, [user]), idsPerRead)) {
        await Promise.all(some.map(({ digest }) => db.write(removeToken, [digest])))
      }
    },

    async remove(id) {
      const row = await db.one(oneRow, [id])
      if (!row?.handle) return
      const { handle, name } = row
      const written = Math.max(row.name_at, row.bio_at, row.role_at, row.hash_at ?? 0, row.avatar_at ?? 0)
      const at = Math.max(clock.now() * 1_000, written + 1)
      await Promise.all([words.remove('h', handle, handle, at), words.remove('n', name, handle, at)])
      await db.lwt(freeHandle, [handle, id], {
        read: findHandle,
        values: [handle],
        mine: (found) => found?.user_id !== id,
      })
      // Last: what is left undone before it is found by it.
      await db.write(removeUser, [at, id])
    },
  }
}
