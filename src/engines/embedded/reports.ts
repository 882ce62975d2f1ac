import type { Database } from 'bun:sqlite'
import type { Id, MessageId, UserId } from '../../core/ids.ts'
import type { ReportRecord, ReportState, ReportStore } from '../../ports/reports.ts'
import type { EmbeddedDatabase } from './database.ts'

export const reportColumns = 'id, reporter, user, message, text, reason, state, note, moderator, changed_at'

/** The writer's operations on reports. */
export function reportOps(db: Database) {
  const insert = db.query(`INSERT OR IGNORE INTO reports (${reportColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`)
  const decide = db.query('UPDATE reports SET state = ?, note = ?, moderator = ?, changed_at = ? WHERE id = ?')
  return {
    addReport(...report: ReturnType<typeof reportCells>): void {
      insert.run(...report)
    },
    decideReport(id: number, state: string, note: string, moderator: number, changedAt: number): boolean {
      return decide.run(state, note, moderator, changedAt, id).changes > 0
    },
  }
}

export function createEmbeddedReports({ reader, writer }: EmbeddedDatabase): ReportStore {
  const one = reader.query(`SELECT ${reportColumns} FROM reports WHERE id = ?`)
  const newest = reader.query(`SELECT ${reportColumns} FROM reports WHERE id < ? ORDER BY id DESC LIMIT ?`)
  const ofState = reader.query(
    `SELECT ${reportColumns} FROM reports WHERE state = ? AND id < ? ORDER BY id DESC LIMIT ?`,
  )
  const records = (rows: unknown[][]) => (rows as Parameters<typeof reportOf>[]).map((row) => reportOf(...row))
  return {
    add: (report) => writer.write('addReport', ...reportCells(report)),
    async one(id) {
      return records(one.values(id))[0]
    },
    decide: (id, { state, note, moderator, changedAt }) =>
      writer.write('decideReport', id, state, note, moderator, changedAt),
    async list(state, below, limit) {
      return records(state === undefined ? newest.values(below, limit) : ofState.values(state, below, limit))
    },
  }
}

/** A row out of its columns, as `reportColumns` names them. */
export function reportOf(
  id: Id,
  reporter: UserId,
  user: UserId,
  message: MessageId | null,
  text: string,
  reason: string,
  state: ReportState,
  note: string,
  moderator: UserId,
  changedAt: number,
): ReportRecord {
  return { id, reporter, user, message: message ?? undefined, text, reason, state, note, moderator, changedAt }
}

export function reportCells(report: ReportRecord) {
  const { id, reporter, user, message = null, text, reason, state, note, moderator, changedAt } = report
  return [id, reporter, user, message, text, reason, state as string, note, moderator, changedAt] as const
}
