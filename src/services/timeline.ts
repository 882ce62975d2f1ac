import { type Cursor, type CursorKey, decodeCursor, encodeCursor } from '../core/cursor.ts'
import type { MessageId, UserId } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { KeptPages } from './kept-pages.ts'
import type { LowWatermark } from './marks.ts'
import type { PagesById } from './pages.ts'
import type { EnsureInbox } from './rebuild.ts'

/** How much of a timeline one answer may hold. */
export interface Extent {
  /** Messages: 1 to 100. */
  readonly limit: number
  /** Texts longer than this many code points are cut. */
  readonly preview?: number
  /** The answer ends before its messages exceed this many bytes of UTF-8; one message at least. */
  readonly bytesMax?: number
}

export interface PageQuery {
  /** 1 to 100. */
  readonly length: number
  readonly since?: string
  /** A `next` of an earlier page, or a message's id. */
  readonly before?: MessageId
  readonly preview?: number
  readonly bytesMax?: number
}

/** A page of the home timeline, newest first; each message is ready JSON. */
export interface TimelinePage {
  readonly messages: string[]
  /** Absent with `before`. */
  readonly cursor?: string
  /** Whether calling again with the cursor brings more; never with `before`, whose way on is `next`. */
  readonly more: boolean
  readonly next?: string
  readonly deleted?: MessageId[]
  /** This very object was given before and may be given again: what is made of it is worth keeping with it. */
  readonly kept?: true
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
  arrivals(reader: UserId, cursor: Cursor, limit: number, more?: Omit<Extent, 'limit'>): Promise<Arrivals>
  /** Wire form and back; see core/cursor.ts. */
  encode(cursor: Cursor): string
  decode(reader: UserId, text: string): Cursor
}

function extentOf(limit: number, preview: number | undefined, bytesMax: number | undefined): Extent {
  return { limit, ...(preview !== undefined && { preview }), ...(bytesMax !== undefined && { bytesMax }) }
}

export function createTimeline({
  pages,
  keptPages,
  arrivals,
  ensure,
  lowWatermark,
  hotLog,
  messages,
  cursorKey,
  clock,
}: {
  pages: PagesById
  keptPages: KeptPages
  arrivals: (reader: UserId, from: Cursor, extent: Extent) => Promise<Arrivals>
  ensure: EnsureInbox
  lowWatermark: LowWatermark
  hotLog: Pick<HotLog, 'epoch' | 'head'>
  messages: Pick<MessageStore, 'deletionsHead'>
  cursorKey: CursorKey
  clock: Clock
}): Timeline {
  async function since(reader: UserId, from: Cursor, extent: Extent): Promise<TimelinePage> {
    const { arrivals: list, cursor, atHead, deleted } = await arrivals(reader, from, extent)
    const page = {
      messages: list
        .slice()
        .sort((a, b) => b.id - a.id)
        .map((arrival) => arrival.json),
      cursor: encodeCursor(cursorKey, cursor),
      more: !atHead,
    }
    return deleted.length === 0 ? page : { ...page, deleted }
  }

  async function older(reader: UserId, query: PageQuery): Promise<TimelinePage> {
    const { since: from, before } = query
    if (from !== undefined && before !== undefined) {
      throw new Refusal('invalid', 'Give `since` or `before`, not both.', { field: 'before' })
    }
    const extent = extentOf(query.length, query.preview, query.bytesMax)
    if (before !== undefined) return { ...(await pages.before(reader, before, extent)), more: false }
    return since(reader, decodeCursor(cursorKey, from!, reader, clock.now()), extent)
  }

  async function newest(reader: UserId, { length, preview, bytesMax }: PageQuery): Promise<TimelinePage> {
    const whole = preview === undefined && bytesMax === undefined
    const kept = whole ? await keptPages.get(reader, length) : undefined
    if (kept !== undefined) return kept
    const versions = keptPages.versions()
    const watermark = await lowWatermark()
    const deletions = await messages.deletionsHead()
    const { messages: list, next, made } = await pages.newest(reader, extentOf(length, preview, bytesMax))
    const cursor = encodeCursor(cursorKey, { reader, ...made.stand, watermark, deletions })
    const page =
      next === undefined ? { messages: list, cursor, more: false } : { messages: list, cursor, more: false, next }
    if (whole) keptPages.keep(reader, length, page, made, versions)
    return page
  }

  return {
    page(reader, query) {
      const { since: from, before } = query
      if (from === undefined && before === undefined) return newest(reader, query)
      return older(reader, query)
    },
    async stand(reader) {
      const watermark = await lowWatermark()
      const deletions = await messages.deletionsHead()
      const { epoch, position } = await ensure(reader)
      return { reader, epoch, position, hotEpoch: hotLog.epoch, hotPosition: hotLog.head(), watermark, deletions }
    },
    arrivals: (reader, cursor, limit, more) => arrivals(reader, cursor, { limit, ...more }),
    encode: (cursor) => encodeCursor(cursorKey, cursor),
    decode: (reader, text) => decodeCursor(cursorKey, text, reader, clock.now()),
  }
}
