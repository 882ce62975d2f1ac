import type { Database } from 'bun:sqlite'
import type { AuditEntry } from '../../../ports/audit.ts'
import type { Kind, KindReader, KindWriter } from '../../../ports/copy.ts'
import type { InviteRecord } from '../../../ports/invites.ts'
import type { ReportRecord } from '../../../ports/reports.ts'
import { auditColumns, auditOf } from '../audit.ts'
import { inviteColumns, inviteOf } from '../invites.ts'
import { reportCells, reportColumns, reportOf } from '../reports.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

/** Reports, invitations and the audit log: each a table by id. */

function byId<Row extends { readonly id: number }>(
  db: Database,
  table: string,
  columns: string,
  row: (...cells: never[]) => Row,
): KindReader<Row> {
  return tableReader(db, [
    {
      name: 'all',
      select: `SELECT ${columns} FROM ${table} WHERE id > ? ORDER BY id LIMIT ?`,
      count: `SELECT count(*) FROM ${table}`,
      first: [0],
      key: ({ id }) => [id],
      row,
    },
  ])
}

function writer<Row>(
  db: Database,
  marks: Marks,
  kind: Kind,
  columns: string,
  cells: (row: Row) => readonly (string | number | null)[],
): KindWriter<Row> {
  const places = columns.split(',').map(() => '?')
  const insert = db.query(`INSERT INTO ${kind} (${columns}) VALUES (${places})`)
  return tableWriter(db, marks, kind, (row: Row) => {
    insert.run(...cells(row))
  })
}

export const reportsReader = (db: Database): KindReader<ReportRecord> => byId(db, 'reports', reportColumns, reportOf)
export const reportsWriter = (db: Database, marks: Marks): KindWriter<ReportRecord> =>
  writer(db, marks, 'reports', reportColumns, reportCells)

export const invitesReader = (db: Database): KindReader<InviteRecord> => byId(db, 'invites', inviteColumns, inviteOf)
export const invitesWriter = (db: Database, marks: Marks): KindWriter<InviteRecord> =>
  writer(db, marks, 'invites', inviteColumns, ({ id, secret, by, expiresAt, usedBy, usedAt }) => [
    id,
    secret,
    by,
    expiresAt,
    usedBy,
    usedAt,
  ])

export const auditReader = (db: Database): KindReader<AuditEntry> => byId(db, 'audit', auditColumns, auditOf)
export const auditWriter = (db: Database, marks: Marks): KindWriter<AuditEntry> =>
  writer(db, marks, 'audit', auditColumns, ({ id, actor, act, user, subject, note }) => [
    id,
    actor,
    act,
    user,
    subject,
    note,
  ])
