import type { Followees } from '../core/followees.ts'
import { idMax, type MessageId, type UserId } from '../core/ids.ts'
import { inboxMadeIds, pageEntriesMax } from '../core/limits.ts'
import { mergeNewestFirst } from '../core/merge.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { Inbox, InboxHead } from '../ports/inbox.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { OutboxRows } from '../ports/outbox-rows.ts'
import { type Bodies, type Body, isSeen } from './bodies.ts'
import type { Made } from './kept-pages.ts'
import type { Present } from './present.ts'
import { authorsAmong, type EnsureInbox } from './rebuild.ts'
import { isAway, noInbox, type StandIn } from './stand-in.ts'
import type { Extent } from './timeline.ts'

/** The heads that a newest page was read at. */
export interface Stand {
  readonly epoch: number
  readonly position: number
  readonly hotEpoch: number
  readonly hotPosition: number
}

export interface IdPage {
  /** Ready JSON, newest (largest id) first. */
  readonly messages: string[]
  /** Give it as `before` for the following page; absent at the end. */
  readonly next?: string
}

/**
 * A reader's timeline by id: skeleton (inbox and hot log above the floor, outboxes at and below it) → hydrate → rules →
 * present. [P1] Pages have neither holes nor repeats. [P2] A page is filled past what is hidden, up to `pageEntriesMax`
 * entries looked at. [P3] The newest page contains the reader's own messages, whether or not their fan-out is done.
 */
export interface PagesById {
  newest(reader: UserId, extent: Extent): Promise<IdPage & { made: Made }>
  before(reader: UserId, before: MessageId, extent: Extent): Promise<IdPage>
}

export function createPages({
  inbox,
  hotLog,
  graph,
  messages,
  outboxRows,
  bodies,
  present,
  ensure,
  standIn,
}: {
  inbox: Pick<Inbox, 'page' | 'lower'>
  hotLog: Pick<HotLog, 'epoch' | 'head' | 'page' | 'reach'>
  graph: Pick<FollowGraph, 'followees'>
  messages: Pick<MessageStore, 'newest' | 'own'>
  outboxRows: Pick<OutboxRows, 'lowestUndone'>
  bodies: Pick<Bodies, 'many'>
  present: Pick<Present, 'bodies'>
  ensure: EnsureInbox
  standIn: StandIn
}): PagesById {
  /** The ring's ids below `below`, made first if the inbox is absent; `noInbox` and nothing where it cannot be reached. */
  async function ring(reader: UserId, below: MessageId, limit: number) {
    try {
      for (;;) {
        const read = await inbox.page(reader, below, limit)
        if (read !== undefined) return read
        if ((await ensure(reader)) === noInbox) break
      }
    } catch (error) {
      if (!isAway(error)) throw error
    }
    return { head: noInbox, ids: [] }
  }

  interface Skeleton {
    readonly ids: MessageId[]
    readonly stand: Stand
    readonly head: InboxHead
    readonly followees: Followees
  }

  /** The newest `limit` ids below `below`; fewer only where the timeline ends. */
  async function skeleton(reader: UserId, below: MessageId, limit: number): Promise<Skeleton> {
    // Before the ring is read: what is done by then stands in it.
    const undone = await outboxRows.lowestUndone()
    const hotPosition = hotLog.head()
    const { head, ids } = await ring(reader, below, limit)
    const stand = { epoch: head.epoch, position: head.position, hotEpoch: hotLog.epoch, hotPosition }
    // Own messages whose fan-out is not done: only these can be missing from the ring.
    const own = undone >= below ? [] : await messages.own(reader, below, undone - 1, limit, head)
    // Whom the reader follows is known as of the ring, or later, and so as of the stand: what stands before it and is hidden
    // by an older answer would come neither here nor after the stand.
    const followees = await graph.followees(reader, head)
    const bound = Math.max(head.floor, hotLog.reach())
    const hot = hotLog.page(below, (author) => author !== reader && followees.has(author), limit)
    const above =
      hot.length === 0 && own.length === 0 && bound === head.floor
        ? ids
        : mergeNewestFirst([ids, hot, own], limit).filter((id) => id > bound)
    if (above.length === limit || bound === 0) return { ids: above, stand, head, followees }
    const authors = authorsAmong(followees, reader)
    const wanted = limit - above.length
    if (below <= bound || bound !== head.floor) {
      const read = () => messages.newest(authors, Math.min(below, bound + 1), 0, wanted)
      return { ids: above.concat(await (head === noInbox ? standIn(read) : read())), stand, head, followees }
    }
    // The page goes past what the inbox holds: the next one need not, so more than the page is read, and put beneath.
    const beneath = await messages.newest(authors, bound + 1, 0, Math.max(inboxMadeIds, wanted))
    await fillBeneath(reader, head, beneath.slice(0, inboxMadeIds))
    return { ids: above.concat(beneath.slice(0, wanted)), stand, head, followees }
  }

  /** Never with a message whose fan-out is still to come: a ring that holds an id does not take it as an arrival. */
  async function fillBeneath(reader: UserId, seen: InboxHead, ids: readonly MessageId[]): Promise<void> {
    const undone = await outboxRows.lowestUndone()
    if (ids.length > 0 && ids[0]! >= undone) return
    const to = ids.length < inboxMadeIds ? 0 : ids[ids.length - 1]! - 1
    await inbox.lower(reader, seen, ids, to)
  }

  async function page(reader: UserId, before: MessageId, extent: Extent): Promise<IdPage & { made: Made }> {
    const out: string[] = []
    const bodiesShown: Body[] = []
    let below = before
    let looked = 0
    let bytes = 0
    let first: Skeleton | undefined
    // Past what is hidden, in ever larger steps: an author who wrote much and is hidden now costs few of them.
    for (let step = 1; ; step *= 4) {
      const room = extent.limit - out.length
      const wanted = Math.min(room * step, Math.max(room, pageEntriesMax - looked))
      // One more than wanted tells whether there is a following page.
      const found = await skeleton(reader, below, wanted + 1)
      const { followees } = found
      first ??= found
      const { stand, head } = first
      const made = { stand, head, followees: first.followees, bodies: bodiesShown }
      const ids = found.ids.length > wanted ? found.ids.slice(0, wanted) : found.ids
      const list = await bodies.many(ids)
      const shown: Body[] = []
      let read = 0
      for (; read < list.length && shown.length < room; read++) {
        const body = list[read]
        if (isSeen(body, followees) && (body.author === reader || followees.has(body.author))) shown.push(body)
      }
      const json = await present.bodies(reader, shown, extent.preview)
      if (extent.bytesMax !== undefined) {
        for (let i = 0; i < json.length; i++) {
          bytes += Buffer.byteLength(json[i]!) + 1
          if (bytes > extent.bytesMax && out.length > 0) return { messages: out, next: after(shown, i, below), made }
          out.push(json[i]!)
        }
      } else if (out.length === 0) out.push(...json)
      else for (const one of json) out.push(one)
      for (const body of shown) {
        bodiesShown.push(body)
        if (body.original !== undefined) bodiesShown.push(body.original)
      }
      if (read === found.ids.length) return { messages: out, made }
      below = ids[read - 1]!
      looked += read
      if (out.length === extent.limit || looked >= pageEntriesMax) return { messages: out, next: String(below), made }
    }
  }

  return {
    newest: (reader, extent) => page(reader, idMax + 1, extent),
    async before(reader, before, extent) {
      const { messages, next } = await page(reader, before, extent)
      return next === undefined ? { messages } : { messages, next }
    },
  }
}

/** Where the following page starts when the one in hand ends before `shown[i]`. */
function after(shown: readonly Body[], i: number, below: MessageId): string {
  return String(i === 0 ? below : shown[i - 1]!.id)
}
