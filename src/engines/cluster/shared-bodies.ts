import type { MessageId } from '../../core/ids.ts'
import type { MessageRecord } from '../../ports/messages.ts'

/** Reads one message from its row; the read of a quorum begins after the call. */
export type ReadBody = (id: MessageId) => Promise<MessageRecord | undefined>

/** A cache in front of the rows that the processes of an installation share. */
export interface SharedBodies {
  /** From there, or by `read`; in the order asked, undefined for what is missing. Refused only where `read` is. */
  many(ids: readonly MessageId[], read: ReadBody): Promise<(MessageRecord | undefined)[]>
  /**
   * Resolves once no process is given the body from there any more. To be called after the rows are gone for a quorum, and
   * whatever is stored late stays away. @throws Refusal `unavailable`: not sure, to be called again
   */
  forget(id: MessageId): Promise<void>
  /** The message was deleted or abandoned, and forgotten, by whichever process. */
  gone(id: MessageId): void
}
