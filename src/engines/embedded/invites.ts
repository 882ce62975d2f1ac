import type { Database } from 'bun:sqlite'
import type { Id, UserId } from '../../core/ids.ts'
import type { InviteRecord, InviteStore } from '../../ports/invites.ts'
import type { EmbeddedDatabase } from './database.ts'

export const inviteColumns = 'id, secret, made_by, expires_at, used_by, used_at'

/** The writer's operations on invitations. */
export function inviteOps(db: Database) {
  const insert = db.query(`INSERT OR IGNORE INTO invites (${inviteColumns}) VALUES (?, ?, ?, ?, ?, ?)`)
  const pass = db.query('UPDATE invites SET used_by = ?, used_at = ? WHERE id = ? AND used_by = ?')
  const forget = db.query('DELETE FROM invites WHERE expires_at < ?')
  return {
    addInvite(id: number, secret: string, by: number, expiresAt: number, usedBy: number, usedAt: number): void {
      insert.run(id, secret, by, expiresAt, usedBy, usedAt)
    },
    passInvite(id: number, from: number, to: number, at: number): boolean {
      return pass.run(to, at, id, from).changes > 0
    },
    forgetInvites(before: number): void {
      forget.run(before)
    },
  }
}

export function createEmbeddedInvites({ reader, writer }: EmbeddedDatabase): InviteStore {
  const one = reader.query(`SELECT ${inviteColumns} FROM invites WHERE id = ?`)
  return {
    add: ({ id, secret, by, expiresAt, usedBy, usedAt }) =>
      writer.write('addInvite', id, secret, by, expiresAt, usedBy, usedAt),
    async one(id) {
      const [row] = one.values(id) as Parameters<typeof inviteOf>[]
      return row && inviteOf(...row)
    },
    pass: (id, from, to, at) => writer.write('passInvite', id, from, to, at),
    forget: (before) => writer.write('forgetInvites', before),
  }
}

export function inviteOf(
  id: Id,
  secret: string,
  by: UserId,
  expiresAt: number,
  usedBy: UserId,
  usedAt: number,
): InviteRecord {
  return { id, secret, by, expiresAt, usedBy, usedAt }
}
