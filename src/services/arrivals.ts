import type { Cursor } from '../core/cursor.ts'
import { idAt, idMax, type MessageId, type UserId } from '../core/ids.ts'
import { deletionsPerPageMax, hotWaitMs, pageEntriesMax } from '../core/limits.ts'
import { noCounts } from '../core/message.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph, Follows } from '../ports/graph.ts'
import type { HotEntry, HotLog } from '../ports/hot-log.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { MessageStore } from '../ports/messages.ts'
import { type Bodies, type Body, bodyOf, isSeen } from './bodies.ts'
import type { LowWatermark } from './marks.ts'
import type { Present } from './present.ts'
import { authorsAmong, type EnsureInbox } from './rebuild.ts'
import { isAway, noInbox, type StandIn } from './stand-in.ts'
import type { Arrival, Arrivals, Extent } from './timeline.ts'

/** Ring entries read at once. */
const ringEntriesAtOnce = 512
const hotLookMs = 20

/**
 * A reader's timeline by arrival: what came after a cursor, in the order in which it came (DESIGN.md, "Cursor"). While the
 * cursor's positions are good, entries after them; else upward by id from the low watermark, out of the outboxes.
 * [A1] Nothing is skipped. [A2] One author's messages come in order. [A3] What a follow brought is no arrival. [A4] The
 * watermark moves on only when the reader stands at the head that was read after it, or has given all below it by id.
 */
export function createArrivals({
  inbox,
  hotLog,
  graph,
  messages,
  bodies,
  present,
  ensure,
  standIn,
  lowWatermark,
  clock,
}: {
  inbox: Pick<Inbox, 'after'>
  hotLog: HotLog
  graph: Pick<FollowGraph, 'followees' | 'follows'>
  messages: Pick<MessageStore, 'upward' | 'deletions' | 'deletionsHead'>
  bodies: Pick<Bodies, 'many'>
  present: Pick<Present, 'bodies'>
  ensure: EnsureInbox
  standIn: StandIn
  lowWatermark: LowWatermark
  clock: Clock
}) {
  /** What one call has gathered so far. */
  interface Gathering {
    readonly reader: UserId
    readonly extent: Extent
    readonly arrivals: Arrival[]
    bytes: number
    looked: number
    passes: number
    full: boolean
    /** Why the inbox could not be read; goes on without it only where it cannot be reached at all. */
    problem: unknown
  }

  /**
   * Nothing older than the follow arrives, though its fan-out may have found the new follower. What is followed: as of when
   * the ring was read, after all entries of the hot log, or later: an older answer would hide a new followee's.
   */
  const arrived = (g: Gathering, { followees, since }: Follows, { author, id }: { author: UserId; id: MessageId }) =>
    author === g.reader || (followees.has(author) && id >= (since.get(author) ?? 0))

  /** False when the answer is full. */
  function add(g: Gathering, body: Body, json: string, cursor: Cursor): boolean {
    // After a pass by id the positions may bring the same message once more.
    if (g.passes > 1 && g.arrivals.some((arrival) => arrival.id === body.id)) return true
    if (g.arrivals.length === g.extent.limit) return false
    const { bytesMax } = g.extent
    if (bytesMax !== undefined) {
      const bytes = Buffer.byteLength(json) + 1
      if (g.arrivals.length > 0 && g.bytes + bytes > bytesMax) return false
      g.bytes += bytes
    }
    g.arrivals.push({ id: body.id, author: body.author, json, cursor })
    return true
  }

  /** The hot log, at least as far as the cursor has seen it: another process may have been ahead of this one. */
  async function reachHot(position: number): Promise<void> {
    const until = clock.now() + hotWaitMs
    while (hotLog.head() < position && clock.now() < until) {
      await hotLog.refresh()
      if (hotLog.head() < position) await clock.sleep(hotLookMs)
    }
  }

  /**
   * The order in which ring and hot entries are given: the smaller id first, but never a message while an earlier one of
   * its author still stands in the other log (which happens when the author turned hot or normal between them).
   */
  function takeFromHot(ring: readonly Body[], r: number, hot: readonly HotEntry[], h: number): boolean {
    if (r === ring.length) return true
    if (h === hot.length) return false
    const nextRing = ring[r]!
    const nextHot = hot[h]!
    for (let i = h; i < hot.length; i++) {
      if (hot[i]!.author === nextRing.author && hot[i]!.id < nextRing.id) return true
    }
    for (let i = r; i < ring.length; i++) {
      if (ring[i]!.author === nextHot.author && ring[i]!.id < nextHot.id) return false
    }
    return nextHot.id < nextRing.id
  }

  /** Entries after the cursor's positions; undefined when they no longer tell what arrived. */
  async function byPosition(
    g: Gathering,
    from: Cursor,
    watermark: number,
  ): Promise<{ cursor: Cursor; atHead: boolean } | undefined> {
    if (from.hotEpoch !== hotLog.epoch) return undefined
    let cursor = from
    for (;;) {
      // Of the hot log only what stood there before the ring is read: then the ring holds what these come after.
      const hotHead = Math.max(hotLog.head(), cursor.hotPosition)
      let read: Awaited<ReturnType<Inbox['after']>>
      try {
        read = await inbox.after(g.reader, cursor.epoch, cursor.position, ringEntriesAtOnce)
      } catch (error) {
        if (!isAway(error)) throw error
        g.problem = error
      }
      if (read === undefined) {
        if (cursor === from) return undefined
        // The inbox went away under way: what was gathered is given, and the next call goes by id.
        g.full = true
        return { cursor, atHead: false }
      }
      const hotEntries = hotLog.after(cursor.hotPosition, pageEntriesMax).filter((entry) => entry.position <= hotHead)
      const hotRead = hotEntries.at(-1)?.position ?? hotHead
      if (read.ids.length === 0 && hotEntries.length === 0) {
        return { cursor: { ...cursor, hotPosition: hotHead, watermark }, atHead: true }
      }
      // What the ring's entries come after stands in the hot log by now: such entries wait for the next round.
      if (read.ids.length > 0) await hotLog.refresh()
      const hotLater = read.ids.length > 0 ? hotLog.after(hotRead, pageEntriesMax) : []
      const seen = await graph.follows(g.reader, read.head)
      const hot = hotEntries.filter((entry) => entry.author !== g.reader && arrived(g, seen, entry))
      const found = await bodies.many([...read.ids, ...hot.map((entry) => entry.id)])
      // A ring entry keeps its place while its message is gone: a body of nobody, which is never visible.
      const ring = read.ids.map((id, i) => found[i] ?? bodyOf({ id, author: 0, body: '' }, noCounts))
      const early = ring.findIndex((body) => hotLater.some((e) => e.author === body.author && e.id < body.id))
      if (early >= 0) ring.length = early
      const bodyOfHot = new Map(hot.map((entry, i) => [entry.id, found[read.ids.length + i]]))

      // First the plan, then one presentation for all, then the cuts.
      const plan: { body: Body | undefined; after: Cursor }[] = []
      let r = 0
      let h = 0
      let at = cursor
      let wanted = g.extent.limit - g.arrivals.length
      while ((r < ring.length || h < hot.length) && wanted > 0 && plan.length + g.looked < pageEntriesMax) {
        if (takeFromHot(ring, r, hot, h)) {
          const entry = hot[h++]!
          at = { ...at, hotPosition: entry.position }
          const body = bodyOfHot.get(entry.id)
          const shown = isSeen(body, seen.followees)
          if (shown) wanted--
          plan.push({ body: shown ? body : undefined, after: at })
        } else {
          const body = ring[r++]!
          at = { ...at, position: at.position + 1 }
          const shown = isSeen(body, seen.followees) && arrived(g, seen, body)
          if (shown) wanted--
          plan.push({ body: shown ? body : undefined, after: at })
        }
      }
      const shown = plan.filter((step) => step.body !== undefined)
      const json = await present.bodies(
        g.reader,
        shown.map((step) => step.body!),
        g.extent.preview,
      )
      let next = 0
      for (const step of plan) {
        if (step.body !== undefined && !add(g, step.body, json[next++]!, step.after)) {
          g.full = true
          return { cursor, atHead: false }
        }
        cursor = step.after
        g.looked++
      }
      const ringEnd = r === ring.length && cursor.position === read.head.position
      const hotEnd = h === hot.length && hotRead === hotHead
      // Hot entries of authors not followed count as given once all before them are.
      if (h === hot.length) cursor = { ...cursor, hotPosition: Math.max(cursor.hotPosition, hotRead) }
      if (ringEnd && hotEnd) return { cursor: { ...cursor, watermark }, atHead: true }
      if (g.arrivals.length >= g.extent.limit || g.looked >= pageEntriesMax) {
        g.full = true
        return { cursor, atHead: false }
      }
    }
  }

  /**
   * The cursor with which a pass by id begins, or goes on: the positions it will end at are taken before its first page.
   * It ends at an id, too, that was there before: beyond, a message might be met whose author's one before it was still
   * being stored, under a smaller id, when an earlier page went by. The floor of an inbox made anew, which may hold nothing
   * of what it left out, counts as such an id; where there is no inbox, the moment at which the pass began, or the newest
   * hot message, which a clock ahead of this one may have dated: a socket is live after it.
   */
  async function beginById(g: Gathering, from: Cursor, watermark: number): Promise<Cursor> {
    const beganAt = idAt(clock.now()) - 1
    const head = await ensure(from.reader)
    if (g.problem !== undefined && head !== noInbox) throw g.problem
    if (from.upTo !== undefined && from.epoch === head.epoch && from.hotEpoch === hotLog.epoch) return from
    // The hot log's head is read after the watermark, like the ring's.
    await hotLog.refresh()
    const [newestHot] = hotLog.page(Number.POSITIVE_INFINITY, () => true, 1)
    return {
      reader: from.reader,
      epoch: head.epoch,
      position: head.position,
      hotEpoch: hotLog.epoch,
      hotPosition: hotLog.head(),
      watermark: from.watermark,
      deletions: from.deletions,
      upTo: Math.max(0, from.watermark - 1),
      until: Math.min(idMax, Math.max(head === noInbox ? beganAt : Math.max(head.largest, head.floor), newestHot ?? 0)),
      nextWatermark: Math.max(from.watermark, watermark),
    }
  }

  /** One pass upward by id; it ends at `until`, and its positions count from there. */
  async function byId(g: Gathering, from: Cursor): Promise<Cursor> {
    const seen = await graph.follows(g.reader)
    const authors = authorsAmong(seen.followees, g.reader)
    let cursor = from
    for (;;) {
      const wanted = g.extent.limit - g.arrivals.length
      const read = () => messages.upward(authors, cursor.upTo!, wanted + 1)
      const ids = await (cursor.epoch === noInbox.epoch ? standIn(read) : read())
      const within = ids.filter((id) => id <= from.until!)
      const found = await bodies.many(within)
      const shown = found.filter((body) => isSeen(body, seen.followees) && arrived(g, seen, body)) as Body[]
      const json = await present.bodies(g.reader, shown, g.extent.preview)
      let next = 0
      for (const id of within) {
        const after = { ...cursor, upTo: id }
        if (shown[next]?.id === id) {
          if (!add(g, shown[next]!, json[next]!, after)) {
            g.full = true
            return cursor
          }
          next++
        }
        cursor = after
        g.looked++
      }
      if (within.length < ids.length || ids.length <= wanted) {
        const { upTo: _, until: __, nextWatermark, ...positions } = cursor
        return { ...positions, watermark: nextWatermark! }
      }
      if (g.arrivals.length >= g.extent.limit || g.looked >= pageEntriesMax) {
        g.full = true
        return cursor
      }
    }
  }

  /**
   * What was deleted since by those the reader follows, and up to where that is known. Also what stands above the head, where
   * smaller stamps may still appear: it is told now, and once more until the head has passed it.
   */
  async function deletions(g: Gathering, above: number): Promise<{ deleted: MessageId[]; upTo: number }> {
    const head = Math.max(above, await messages.deletionsHead())
    const list = await messages.deletions(above, deletionsPerPageMax)
    if (list.length === 0) return { deleted: [], upTo: head }
    const followees = await graph.followees(g.reader)
    // Of the muted too: the reader may hold what came before.
    const wanted = (author: UserId) => followees.has(author) || followees.hidden?.muted.has(author)
    const deleted = list.filter(({ author }) => author === g.reader || wanted(author)).map((entry) => entry.id)
    const all = list.length < deletionsPerPageMax
    return { deleted, upTo: all ? head : Math.min(head, list[list.length - 1]!.stamp) }
  }

  return async function arrivals(reader: UserId, from: Cursor, extent: Extent): Promise<Arrivals> {
    // The watermark is read before the positions: what it promises then holds for what is read after it.
    const watermark = Math.max(from.watermark, await lowWatermark())
    const g: Gathering = {
      reader,
      extent,
      arrivals: [],
      bytes: 0,
      looked: 0,
      passes: 0,
      full: false,
      problem: undefined,
    }
    const { deleted, upTo } = await deletions(g, from.deletions)
    if (from.upTo === undefined) await reachHot(from.hotPosition)
    let cursor = from
    let atHead = false
    while (g.passes < 3 && !g.full && !atHead) {
      g.passes++
      const read = cursor.upTo === undefined ? await byPosition(g, cursor, watermark) : undefined
      if (read !== undefined) ({ cursor, atHead } = read)
      else cursor = await byId(g, await beginById(g, cursor, watermark))
      // Without an inbox there are no positions after which to go on: the pass by id has given all there is.
      if (cursor.epoch === noInbox.epoch && cursor.upTo === undefined) atHead = true
    }
    return { arrivals: g.arrivals, cursor: { ...cursor, deletions: upTo }, atHead, deleted }
  }
}
