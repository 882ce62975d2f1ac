import type { Id, MessageId } from '../core/ids.ts'
import type { MessageRecord } from './messages.ts'

export interface Found {
  /** Newest first. */
  readonly ids: MessageId[]
  /** Everything below it is still to be looked at; undefined: nothing is. */
  readonly rest: Id | undefined
}

export interface SearchStats {
  /** Messages that this process has put into the index. */
  readonly added: number
  /** The oldest message that is stored and waits for its turn; undefined where none does. */
  readonly waiting: MessageId | undefined
  /** Whether messages of before there was an index are still being added. */
  readonly older: boolean
}

/**
 * Messages by the words that core/words.ts makes of their texts. Derived from the messages, and made anew from them where
 * it is absent: after a load, a copy, or an installation of a version without it.
 */
export interface SearchIndex {
  /**
   * [X1] Stored messages that it resolved for are found: at once, or within seconds where the index is written behind, and
   * then also after a crash. [X2] Adding again changes nothing, and adds nothing that was deleted. Called by the fan-out,
   * before the job is done; at most 1,000 messages.
   */
  add(messages: readonly MessageRecord[]): Promise<void>
  /**
   * [X3] Ids below `below` of messages that hold every one of `words` (1 to `searchWordsMax` of core/words.ts), newest
   * first, at most `limit` (1,000). [X4] The work is bounded: there may be fewer while there is a `rest`, which goes on as
   * `below`; by that nothing is skipped and nothing repeated. [X5] What was deleted is gone within seconds: until then
   * callers find no body.
   */
  find(words: readonly string[], below: Id, limit: number): Promise<Found>
  stats(): SearchStats
}
