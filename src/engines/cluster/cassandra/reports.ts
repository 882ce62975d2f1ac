import type { Id, MessageId, UserId } from '../../../core/ids.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { ReportRecord, ReportState, ReportStore } from '../../../ports/reports.ts'
import { throughBuckets } from './buckets.ts'
import { type Cassandra, statement } from './client.ts'
import { bucketOf } from './likes.ts'

export interface ReportRow {
  id: Id
  reporter: UserId
  user_id: UserId
  msg_id: MessageId | undefined
  /** Null in rows of before. */
  body: string | null | undefined
  reason: string
  state: ReportState
  note: string
  moderator: UserId
  changed_at: number
}
type Stands = Pick<ReportRow, 'state' | 'note' | 'moderator' | 'changed_at'>

export const reportColumns = 'id, reporter, user_id, msg_id, body, reason, state, note, moderator, changed_at'
const find = statement<ReportRow>(`SELECT ${reportColumns} FROM reports WHERE bucket = ? AND id = ?`)
const newest = statement<ReportRow>(`SELECT ${reportColumns} FROM reports WHERE bucket = ? AND id < ? LIMIT ?`)
/** Sifted by the node that has the partition, a month's reports at most. */
const newestOf = statement<ReportRow>(
  `SELECT ${reportColumns} FROM reports WHERE bucket = ? AND id < ? AND state = ? LIMIT ? ALLOW FILTERING`,
)
const insert = statement<ReportRow>(
  `INSERT INTO reports (bucket, ${reportColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS`,
)
const decide = statement<Stands>(
  'UPDATE reports SET state = ?, note = ?, moderator = ?, changed_at = ? WHERE bucket = ? AND id = ? IF EXISTS',
)
const stands = statement<Stands>('SELECT state, note, moderator, changed_at FROM reports WHERE bucket = ? AND id = ?')

export function reportOf({
  user_id: user,
  msg_id: message,
  body,
  changed_at: changedAt,
  ...rest
}: ReportRow): ReportRecord {
  return { ...rest, user, message: message ?? undefined, text: body ?? '', changedAt }
}

/** Adds a report that is not there yet. */
export async function addReport(db: Cassandra, report: ReportRecord): Promise<void> {
  const { id, reporter, user, message = null, text, reason, state, note, moderator, changedAt } = report
  const bucket = bucketOf(id)
  await db.lwt(insert, [bucket, id, reporter, user, message, text, reason, state, note, moderator, changedAt], {
    read: find,
    values: [bucket, id],
    mine: (row) => row !== undefined,
  })
}

export function createCassandraReports({ db, clock }: { db: Cassandra; clock: Clock }): ReportStore {
  return {
    add: (report) => addReport(db, report),

    async one(id) {
      const row = await db.one(find, [bucketOf(id), id], 'serial')
      return row && reportOf(row)
    },

    async decide(id, { state, note, moderator, changedAt }) {
      const decided = await db.lwt(decide, [state, note, moderator, changedAt, bucketOf(id), id], {
        read: stands,
        values: [bucketOf(id), id],
        mine: (row) => row?.moderator === moderator && row.changed_at === changedAt && row.state === state,
      })
      return decided.applied
    },

    async list(state, below, limit) {
      const rows = await throughBuckets(below, limit, clock.now(), (bucket, most) =>
        state === undefined ? db.read(newest, [bucket, below, most]) : db.read(newestOf, [bucket, below, state, most]),
      )
      return rows.map(reportOf)
    },
  }
}
