import type { Database } from 'bun:sqlite'
import type { UserId } from '../../core/ids.ts'
import type { UserNumbers } from '../../core/user-numbers.ts'
import { type HostUsers, handlesFor, noHandleLeft } from '../../ports/host-users.ts'
import type { EmbeddedDatabase } from './database.ts'
import { nameKey } from './name-keys.ts'

export const hostUsersSchema = `
  -- Who the users of a host product are. name: the host's for them, since named_at (Unix seconds).
  CREATE TABLE subs (
    sub TEXT PRIMARY KEY, user INTEGER NOT NULL, name TEXT NOT NULL, named_at INTEGER NOT NULL
  ) WITHOUT ROWID;
`

/** The writer's operations on users of a host product. */
export function hostUserOps(db: Database) {
  const userOf = db.query('SELECT user FROM subs WHERE sub = ?')
  const insertUser = db.query(
    `INSERT INTO users (id, handle, name, name_key, bio, role) VALUES (?, ?, ?, ?, ?, ?)
     ON CONFLICT (handle) DO NOTHING`,
  )
  const insertSub = db.query('INSERT INTO subs (sub, user, name, named_at) VALUES (?, ?, ?, ?)')
  const rename = db.query('UPDATE subs SET name = ?, named_at = ? WHERE sub = ? AND named_at < ?')

  return {
    /** The user that `sub` stands for, and their number where they were made now; else 0. */
    createHostUser(
      sub: string,
      id: number,
      handle: string,
      name: string,
      bio: string,
      role: string,
      namedAt: number,
    ): [user: number, number: number] {
      const [former] = userOf.values(sub) as [number][]
      if (former !== undefined) return [former[0], 0]
      for (const one of handlesFor({ handle, id })) {
        const { changes, lastInsertRowid } = insertUser.run(id, one, name, nameKey(name), bio, role)
        if (changes === 0) continue
        insertSub.run(sub, id, name, namedAt)
        return [id, Number(lastInsertRowid)]
      }
      throw noHandleLeft(id)
    },
    nameHostUser(sub: string, name: string, namedAt: number): void {
      rename.run(name, namedAt, sub, namedAt)
    },
  }
}

export function createEmbeddedHostUsers({ reader, writer }: EmbeddedDatabase, numbers: UserNumbers): HostUsers {
  const find = reader.query('SELECT user, name, named_at FROM subs WHERE sub = ?')
  return {
    async find(sub) {
      const [row] = find.values(sub) as [UserId, string, number][]
      return row && { user: row[0], name: row[1], namedAt: row[2] }
    },
    async create(sub, { id, handle, name, bio, role }, namedAt) {
      const [user, number] = await writer.write('createHostUser', sub, id, handle, name, bio, role, namedAt)
      if (number !== 0) numbers.add(number, user)
      return user
    },
    named: (sub, name, namedAt) => writer.write('nameHostUser', sub, name, namedAt),
  }
}
