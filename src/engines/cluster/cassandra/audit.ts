import type { Id, UserId } from '../../../core/ids.ts'
import type { Act, AuditEntry, AuditLog } from '../../../ports/audit.ts'
import type { Clock } from '../../../ports/clock.ts'
import { throughBuckets } from './buckets.ts'
import { type Cassandra, statement } from './client.ts'
import { bucketOf } from './likes.ts'

export interface AuditRow {
  id: Id
  actor: UserId
  act: Act
  user_id: UserId
  subject: Id
  note: string
}

export const auditColumns = 'id, actor, act, user_id, subject, note'
const find = statement<AuditRow>(`SELECT ${auditColumns} FROM audit WHERE bucket = ? AND id = ?`)
const newest = statement<AuditRow>(`SELECT ${auditColumns} FROM audit WHERE bucket = ? AND id < ? LIMIT ?`)
const insert = statement<AuditRow>(
  `INSERT INTO audit (bucket, ${auditColumns}) VALUES (?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
)

export const auditOf = ({ user_id: user, ...rest }: AuditRow): AuditEntry => ({ ...rest, user })

/** Adds an act that is not there yet. */
export async function addAct(db: Cassandra, { id, actor, act, user, subject, note }: AuditEntry): Promise<void> {
  const bucket = bucketOf(id)
  await db.lwt(insert, [bucket, id, actor, act, user, subject, note], {
    read: find,
    values: [bucket, id],
    mine: (row) => row !== undefined,
  })
}

export function createCassandraAudit({ db, clock }: { db: Cassandra; clock: Clock }): AuditLog {
  return {
    add: (entry) => addAct(db, entry),
    async list(below, limit) {
      const rows = await throughBuckets(below, limit, clock.now(), (bucket, most) =>
        db.read(newest, [bucket, below, most]),
      )
      return rows.map(auditOf)
    },
  }
}
