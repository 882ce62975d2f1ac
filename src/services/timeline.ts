import type { Cursor } from '../core/cursor.ts'
import type { MessageId, UserId } from '../core/ids.ts'

export interface PageQuery {
  /** 1 to 100. */
  readonly length: number
  readonly since?: string
  /** A `next` of an earlier page, or a message's id. */
  readonly before?: string
  /** Texts longer than this many code points are cut. */
  readonly preview?: number
  /** The page ends before its messages exceed this many UTF-16 units; one message at least. */
  readonly bytesMax?: number
}

/** A page of the home timeline, newest first; each message is ready JSON. */
export interface TimelinePage {
  readonly messages: string[]
  /** Absent with `before`. */
  readonly cursor?: string
  readonly more?: boolean
  readonly next?: string
  readonly deleted?: MessageId[]
}

/** One message on its way to a reader who reads by arrival, with the cursor that stands after it. */
export interface Arrival {
  readonly id: MessageId
  readonly author: UserId
  readonly json: string
  readonly cursor: Cursor
}

export interface Arrivals {
  /** In order of arrival. */
  readonly arrivals: Arrival[]
  /** Where the reader stands after all of them (further than the last one's when hidden entries followed). */
  readonly cursor: Cursor
  /** Nothing was left when the heads were read. */
  readonly atHead: boolean
  readonly deleted: MessageId[]
}

export interface Timeline {
  /** What `GET /fetch` answers. Throws `cursor_expired`, `invalid` (since, before), `unavailable`. */
  page(reader: UserId, query: PageQuery): Promise<TimelinePage>
  /** The cursor of a reader who has seen everything there is now; makes the inbox if it is absent. */
  stand(reader: UserId): Promise<Cursor>
  /** What arrived after `cursor`, oldest arrival first: at most `limit` messages, ending as `bytesMax` says. */
  arrivals(
    reader: UserId,
    cursor: Cursor,
    limit: number,
    more?: { preview?: number; bytesMax?: number },
  ): Promise<Arrivals>
  /** Wire form and back; see core/cursor.ts. */
  encode(cursor: Cursor): string
  decode(reader: UserId, text: string): Cursor
}
