import type { Id, MessageId, UserId } from '../core/ids.ts'

export const reportStates = ['open', 'resolved', 'dismissed'] as const
export type ReportState = (typeof reportStates)[number]

/** What somebody told the moderators, and what became of it. */
export interface ReportRecord {
  readonly id: Id
  readonly reporter: UserId
  /** Whom it is about: the author, where it is about a message. */
  readonly user: UserId
  readonly message: MessageId | undefined
  /** What the message said when it was reported, kept after its deletion; empty where it said nothing, or is none. */
  readonly text: string
  readonly reason: string
  readonly state: ReportState
  /** What moderators wrote beside it; empty for nothing. */
  readonly note: string
  /** Who set the state last, and when (Unix ms); 0 for nobody yet. */
  readonly moderator: UserId
  readonly changedAt: number
}

export type Decision = Pick<ReportRecord, 'state' | 'note' | 'moderator' | 'changedAt'>

/** Reports to moderators: truth. */
export interface ReportStore {
  /** [RE1] Durable. Adding the same id again changes nothing. */
  add(report: ReportRecord): Promise<void>
  one(id: Id): Promise<ReportRecord | undefined>
  /** [RE2] Durable; false when there is no such report. Of two at once one wins as a whole. */
  decide(id: Id, decision: Decision): Promise<boolean>
  /** [RE3] Newest first, ids below `below`, of that state or of all, at most `limit` (1,000). */
  list(state: ReportState | undefined, below: Id, limit: number): Promise<ReportRecord[]>
}
