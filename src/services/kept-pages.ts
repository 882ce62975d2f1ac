import type { Followees } from '../core/followees.ts'
import { idMax, type UserId } from '../core/ids.ts'
import { keptPageBytesMax, pollCursorMs } from '../core/limits.ts'
import { RecentMap } from '../core/recent-map.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { Inbox, InboxHead } from '../ports/inbox.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { OutboxRows } from '../ports/outbox-rows.ts'
import type { Bodies, Body } from './bodies.ts'
import type { Stand } from './pages.ts'
import { isAway, noInbox } from './stand-in.ts'
import type { TimelinePage } from './timeline.ts'

/** What a newest page was made of. */
export interface Made {
  readonly stand: Stand
  /** Of the inbox, at the time of the stand. */
  readonly head: Pick<InboxHead, 'floor' | 'backfills'>
  /** What is shown, in the page's order; what a boost boosts behind it. */
  readonly bodies: readonly Body[]
  readonly followees: Followees
}

/** What may change while a page is being made. */
export interface Versions {
  readonly bodies: number
  readonly authors: number
}

/**
 * Newest pages by reader, given again as the very same object for as long as nothing they were made of has changed: most
 * readers look more often than something arrives. The cursor in it is then the former one, which is as good (API.md,
 * ETag), for `pollCursorMs`; the watermark in it moves on no later than that.
 */
export interface KeptPages {
  get(reader: UserId, length: number): Promise<TimelinePage | undefined>
  /** To be asked before a page is made. */
  versions(): Versions
  /** `before`: the versions of then. A page that something overtook in the making is not kept. */
  keep(reader: UserId, length: number, page: TimelinePage, made: Made, before: Versions): void
}

interface Kept extends Made {
  readonly page: TimelinePage
  readonly length: number
  /** When the page was made, in Unix ms. */
  readonly at: number
  readonly revisions: readonly number[]
  /** When all bodies were last seen unchanged. */
  versions: Versions
}

export function createKeptPages({
  inbox,
  hotLog,
  graph,
  messages,
  outboxRows,
  bodies,
  authorsVersion,
  clock,
  bytesMax,
}: {
  inbox: Pick<Inbox, 'head'>
  hotLog: Pick<HotLog, 'epoch' | 'head'>
  graph: Pick<FollowGraph, 'followees'>
  messages: Pick<MessageStore, 'own'>
  outboxRows: Pick<OutboxRows, 'lowestUndone'>
  bodies: Pick<Bodies, 'peek' | 'version'>
  /** Changes whenever some author's name or picture does. */
  authorsVersion: () => number
  clock: Pick<Clock, 'now'>
  bytesMax: number
}): KeptPages {
  const kept = new RecentMap<UserId, Kept>(Math.max(1, Math.floor(bytesMax / 2 / keptPageBytesMax)))

  async function readHead(reader: UserId): Promise<InboxHead | undefined> {
    try {
      return await inbox.head(reader)
    } catch (error) {
      // The page is made in another way then.
      if (!isAway(error)) throw error
    }
  }

  const versions = (): Versions => ({ bodies: bodies.version(), authors: authorsVersion() })

  function sameStand({ stand, head: made }: Kept, head: InboxHead): boolean {
    return (
      head.epoch === stand.epoch &&
      head.position === stand.position &&
      head.floor === made.floor &&
      // Whom the reader follows may have been read after an edge was there, and the inbox before what it brought beneath.
      head.backfills === made.backfills &&
      hotLog.epoch === stand.hotEpoch &&
      hotLog.head() === stand.hotPosition
    )
  }

  function sameBodies(page: Kept): boolean {
    const now = versions()
    if (page.versions.authors !== now.authors) return false
    if (page.versions.bodies === now.bodies) return true
    for (let i = 0; i < page.bodies.length; i++) {
      const body = page.bodies[i]!
      if (body.revision !== page.revisions[i] || bodies.peek(body.id) !== body) return false
    }
    page.versions = now
    return true
  }

  return {
    async get(reader, length) {
      const page = kept.get(reader)
      if (page === undefined || page.length !== length || clock.now() - page.at > pollCursorMs) return undefined
      // Before the inbox is read: what is done by then stands in it.
      const undone = await outboxRows.lowestUndone()
      const head = await readHead(reader)
      if (head === undefined || !sameStand(page, head)) return undefined
      // An own message whose fan-out is not done stands in no inbox yet.
      if (undone <= idMax && (await messages.own(reader, idMax + 1, undone - 1, 1, head)).length > 0) return undefined
      if ((await graph.followees(reader, head)) !== page.followees) return undefined
      return sameBodies(page) ? page.page : undefined
    },

    versions,

    keep(reader, length, page, made, before) {
      const now = versions()
      if (now.bodies !== before.bodies || now.authors !== before.authors) return
      if (made.stand.epoch === noInbox.epoch || made.head.backfills === 0) return
      let bytes = 0
      for (const json of page.messages) bytes += json.length
      if (bytes > keptPageBytesMax) return
      const revisions = made.bodies.map((body) => body.revision)
      kept.set(reader, { ...made, page: { ...page, kept: true }, length, at: clock.now(), revisions, versions: now })
    },
  }
}
