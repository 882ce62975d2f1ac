import type { Id, UserId } from '../core/ids.ts'

export const acts = [
  'role',
  'suspend',
  'restore',
  'delete_message',
  'report',
  'invite',
  'password',
  'delete_account',
] as const
export type Act = (typeof acts)[number]

/** One act of a moderator, an admin or the operator at the shell: who, what, whom, when (the id), why. */
export interface AuditEntry {
  readonly id: Id
  /** 0: the shell of the machine itself. */
  readonly actor: UserId
  readonly act: Act
  /** Whom it befell; 0 for nobody. */
  readonly user: UserId
  /** The message or the report; 0 for none. */
  readonly subject: Id
  /** The reason, the note or the new role. */
  readonly note: string
}

/** What moderators and operators did: truth, kept for good (some 100 B an act, and people act by hand). */
export interface AuditLog {
  /** [AU1] Durable. Adding the same id again changes nothing. */
  add(entry: AuditEntry): Promise<void>
  /** [AU2] Newest first, ids below `below`, at most `limit` (1,000). */
  list(below: Id, limit: number): Promise<AuditEntry[]>
}
