import type { Database } from 'bun:sqlite'
import type { Id, UserId } from '../../core/ids.ts'
import type { Act, AuditEntry, AuditLog } from '../../ports/audit.ts'
import type { EmbeddedDatabase } from './database.ts'

export const auditColumns = 'id, actor, act, user, subject, note'

/** The writer's operations on the audit log. */
export function auditOps(db: Database) {
  const insert = db.query(`INSERT OR IGNORE INTO audit (${auditColumns}) VALUES (?, ?, ?, ?, ?, ?)`)
  return {
    addAct(id: number, actor: number, act: string, user: number, subject: number, note: string): void {
      insert.run(id, actor, act, user, subject, note)
    },
  }
}

export function createEmbeddedAudit({ reader, writer }: EmbeddedDatabase): AuditLog {
  const newest = reader.query(`SELECT ${auditColumns} FROM audit WHERE id < ? ORDER BY id DESC LIMIT ?`)
  return {
    add: ({ id, actor, act, user, subject, note }) => writer.write('addAct', id, actor, act, user, subject, note),
    async list(below, limit) {
      return (newest.values(below, limit) as Parameters<typeof auditOf>[]).map((row) => auditOf(...row))
    },
  }
}

export function auditOf(id: Id, actor: UserId, act: Act, user: UserId, subject: Id, note: string): AuditEntry {
  return { id, actor, act, user, subject, note }
}
