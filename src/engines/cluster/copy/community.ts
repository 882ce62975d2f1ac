import type { AuditEntry } from '../../../ports/audit.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { InviteRecord } from '../../../ports/invites.ts'
import type { ReportRecord } from '../../../ports/reports.ts'
import { type AuditRow, addAct, auditColumns, auditOf } from '../cassandra/audit.ts'
import type { Cassandra } from '../cassandra/client.ts'
import { addInvite, type InviteRow, inviteColumns, inviteOf } from '../cassandra/invites.ts'
import { addReport, type ReportRow, reportColumns, reportOf } from '../cassandra/reports.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

/** Reports, invitations and the audit log; by compare-and-set as all writes of these tables, whose clock is the nodes'. */

export function reportsReader(db: Cassandra): KindReader<ReportRecord> {
  return scanReader<ReportRow, ReportRecord>(db, {
    columns: reportColumns,
    table: 'reports',
    key: 'bucket',
    rows: (found) => found.map(reportOf),
  })
}

export function reportsWriter(db: Cassandra, marks: Marks): KindWriter<ReportRecord> {
  return pageWriter(marks, 'reports', (report) => addReport(db, report))
}

export function invitesReader(db: Cassandra): KindReader<InviteRecord> {
  return scanReader<InviteRow, InviteRecord>(db, {
    columns: inviteColumns,
    table: 'invites',
    key: 'id',
    rows: (found) => found.map(inviteOf).filter((invite) => invite !== undefined),
  })
}

export function invitesWriter(db: Cassandra, marks: Marks, clock: Clock): KindWriter<InviteRecord> {
  return pageWriter(marks, 'invites', (invite) => addInvite(db, invite, clock.now()))
}

export function auditReader(db: Cassandra): KindReader<AuditEntry> {
  return scanReader<AuditRow, AuditEntry>(db, {
    columns: auditColumns,
    table: 'audit',
    key: 'bucket',
    rows: (found) => found.map(auditOf),
  })
}

export function auditWriter(db: Cassandra, marks: Marks): KindWriter<AuditEntry> {
  return pageWriter(marks, 'audit', (entry) => addAct(db, entry))
}
