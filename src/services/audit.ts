import type { Id, UserId } from '../core/ids.ts'
import type { Act, AuditLog } from '../ports/audit.ts'

/** The operator at the shell of the machine itself, among those who act. */
export const shell: UserId = 0

/**
 * Writes down an act before it is done, so that none is ever done unseen: one that then fails, or is cut off by a crash,
 * stands there too.
 */
export type NoteAct = (
  actor: UserId,
  act: Act,
  what: { readonly user?: UserId; readonly subject?: Id; readonly note?: string },
) => Promise<void>

export function createNoteAct({ audit, takeId }: { audit: Pick<AuditLog, 'add'>; takeId: () => Promise<Id> }): NoteAct {
  return async function noteAct(actor, act, { user = 0, subject = 0, note = '' }) {
    await audit.add({ id: await takeId(), actor, act, user, subject, note })
  }
}
