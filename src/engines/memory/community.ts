import type { Id } from '../../core/ids.ts'
import type { AuditLog } from '../../ports/audit.ts'
import type { InviteStore } from '../../ports/invites.ts'
import type { ReportStore } from '../../ports/reports.ts'
import { type MemoryTruth, noteId } from './truth.ts'

/** Adds what has no row with its id yet. */
function addOnce<T extends { readonly id: Id }>(truth: MemoryTruth, rows: Map<Id, T>, row: T): void {
  if (!rows.has(row.id)) rows.set(row.id, row)
  noteId(truth, row.id)
}

/** Newest first, below `below`. */
function newest<T extends { readonly id: Id }>(rows: Iterable<T>, below: Id, limit: number): T[] {
  return [...rows]
    .filter(({ id }) => id < below)
    .sort((a, b) => b.id - a.id)
    .slice(0, limit)
}

export function createMemoryReports(truth: MemoryTruth): ReportStore {
  const { reports } = truth
  return {
    async add(report) {
      addOnce(truth, reports, report)
    },
    async one(id) {
      return reports.get(id)
    },
    async decide(id, decision) {
      const report = reports.get(id)
      if (report) reports.set(id, { ...report, ...decision })
      return report !== undefined
    },
    async list(state, below, limit) {
      const wanted = [...reports.values()].filter((report) => state === undefined || report.state === state)
      return newest(wanted, below, limit)
    },
  }
}

export function createMemoryInvites(truth: MemoryTruth): InviteStore {
  const { invites } = truth
  return {
    async add(invite) {
      addOnce(truth, invites, invite)
    },
    async one(id) {
      return invites.get(id)
    },
    async pass(id, from, to, at) {
      const invite = invites.get(id)
      if (invite?.usedBy !== from) return false
      invites.set(id, { ...invite, usedBy: to, usedAt: at })
      return true
    },
    async forget(before) {
      for (const [id, { expiresAt }] of invites) if (expiresAt < before) invites.delete(id)
    },
  }
}

export function createMemoryAudit(truth: MemoryTruth): AuditLog {
  return {
    async add(entry) {
      addOnce(truth, truth.audit, entry)
    },
    async list(below, limit) {
      return newest(truth.audit.values(), below, limit)
    },
  }
}
