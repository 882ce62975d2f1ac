import type { MessageId, UserId } from '../core/ids.ts'
import type { MessageRecord } from '../ports/messages.ts'

/** Turns records into the JSON that one reader sees: author, counts and `you` put around the stored body. */
export interface Present {
  /** Ready JSON, in the order given; undefined for a message that is gone. */
  byIds(reader: UserId, ids: readonly MessageId[], preview?: number): Promise<(string | undefined)[]>
  /** The JSON of one record. */
  record(reader: UserId, record: MessageRecord): Promise<string>
  /**
   * The part of a live frame that all readers share: the whole Message JSON as a reader sees it who did not like it, and
   * its likes; undefined when it is gone. Where `likes` is above 0, use `byIds` for each reader instead.
   */
  live(id: MessageId): Promise<{ json: string; likes: number } | undefined>
}
