import type { Id, MessageId } from '../core/ids.ts'
import type { Job } from './messages.ts'

export interface OutboxRow extends Job {
  /** Pages of followers delivered; the token where the next one starts (undefined: at the first). */
  readonly nextPage: string | undefined
  readonly done: boolean
}

/**
 * Outbox rows: the durable record of each message's fan-out. [O1] A row appears with `MessageStore.store` and is never
 * lost while undone. [O2] `done` is a mark: marking twice, or an unknown id, is harmless.
 */
export interface OutboxRows {
  /** The row; undefined when there is none, or it is done and forgotten. */
  row(id: MessageId): Promise<OutboxRow | undefined>
  /** [O3] Remembers where the job goes on. May be lost in a crash: pages are then delivered again. */
  progress(id: MessageId, nextPage: string): Promise<void>
  /** [O4] After it resolved, the rows no longer count as undone in this installation (for `lowestUndone`: some seconds later at most). */
  done(ids: readonly MessageId[]): Promise<void>
  /** [O5] Undone rows with an id above `above`, smallest first, at most `limit` (1,000). */
  undone(above: Id, limit: number): Promise<OutboxRow[]>
  /**
   * [O6] No undone row has a smaller id: the smallest id of all undone rows, or less where that one is younger than
   * `settleMs` (what another process is storing is not known yet); above all ids older than that, or Infinity, when none is
   * undone. Cheap: asked by every fetch.
   */
  lowestUndone(): Promise<Id>
  /** [O7] All rows below are done and none appears there any more. Never moves back, survives a restart. */
  watermark(): Promise<Id>
  setWatermark(id: Id): Promise<void>
  /** [O8] Jobs given up after `jobTriesMax` tries: done for all that wait, and listed here until tried again. */
  dead(id: MessageId, why: string): Promise<void>
  deadJobs(limit: number): Promise<{ id: MessageId; why: string }[]>
}
