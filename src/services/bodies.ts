import type { Followees } from '../core/followees.ts'
import type { Id, MessageId, UserId } from '../core/ids.ts'
import { changesKeptMax, hiddenIdsKeptMax } from '../core/limits.ts'
import { countsJson, linkOf, type MessageCounts, noCounts } from '../core/message.ts'
import { RecentMap } from '../core/recent-map.ts'
import type { BusEvent } from '../ports/bus.ts'
import type { CountStore } from '../ports/counts.ts'
import type { MessageRecord, MessageStore } from '../ports/messages.ts'

/** A message ready to be sent: the stored body and the counts as JSON members. */
export interface Body extends MessageRecord {
  /** What this message boosts; undefined for all but boosts. */
  readonly boostOf: MessageId | undefined
  /** That message, as of when this one was last asked for; undefined where it is gone. */
  original?: Body | undefined
  likes: number
  boosts: number
  replies: number
  counts: string
  /** Rises with every change of the counts. */
  revision: number
  /** The whole message as most readers see it, kept by services/present.ts; made anew when a part of it has changed. */
  shown?: Shown | undefined
}

export interface Shown {
  /** The author's JSON that stands in it. */
  readonly author: string
  readonly json: string
}

/**
 * The message cache: each body serialised once, held in process, bounded in bytes. Eviction is CLOCK (second chance): an
 * entry read since the hand last passed is kept for another round.
 */
export interface Bodies {
  /** The cached entry; undefined when it is not in the cache (it may be in the store). */
  peek(id: MessageId): Body | undefined
  /** From cache, then store, in the order asked, boosts with what they boost; undefined for what is gone. See `isWhole`. */
  many(ids: readonly MessageId[]): Promise<(Body | undefined)[]>
  /**
   * A message just stored, of which nobody has made anything yet. Left to the store where something is known of it already: the answer of
   * storing it may have come after others' likes of it, or its deletion.
   */
  put(record: MessageRecord): void
  setCounts(id: MessageId, counts: Partial<MessageCounts>): void
  remove(id: MessageId): void
  /** All that is held of this author, who is hidden from everybody from now on. */
  removeOf(author: UserId): void
  /** To be called with every event of the Bus. */
  hear(event: BusEvent): void
  /** Changes whenever a message does: its counts, or that it is there. */
  version(): number
  /** What is held now; without the effect of a read. */
  ids(): MessageId[]
  has(id: MessageId): boolean
  stats(): { entries: number; bytes: number; hits: number; misses: number }
}

/** What an entry costs beyond its text, about: the author and counts around it, three strings, two objects, a place in the Map. */
const entryOverheadBytes = 500

interface Entry extends Body {
  used: boolean
  /** In bytes, as counted. */
  cost: number
}

/** A record with what is known of its counts, in no cache. */
export function bodyOf({ id, author, body }: MessageRecord, counts: MessageCounts): Body {
  const link = linkOf(body)
  const boostOf = link?.kind === 'boost' ? link.message : undefined
  const { likes, boosts, replies } = counts
  return {
    id,
    author,
    body,
    boostOf,
    original: undefined,
    likes,
    boosts,
    replies,
    counts: countsJson(counts),
    revision: 0,
  }
}

/** Whether all of a message is there: a boost goes with what it boosts. Who may see both is asked beside (`isSeen`, `Visibility`). */
export function isWhole(body: Body | undefined): body is Body {
  return body !== undefined && (body.boostOf === undefined || body.original !== undefined)
}

/** Whether a reader who sees the body's author sees the body too: not a boost of somebody who is hidden from them. */
export function isSeen(body: Body | undefined, { hidden }: Followees): body is Body {
  return isWhole(body) && (body.original === undefined || hidden === undefined || !hidden.has(body.original.author))
}

/** The message whose text, counts and `you` are shown: of a boost, what it boosts. */
export function shownOf(body: Body): Body {
  return body.original ?? body
}

export function createBodies({
  messages,
  counts,
  bytesMax,
  withdrawn = () => false,
  keptFrom = () => 0,
}: {
  messages: Pick<MessageStore, 'many'>
  counts: CountStore
  bytesMax: number
  /** Whether an author is hidden from everybody: their messages count as gone. */
  withdrawn?: (author: UserId) => boolean
  /** Below this id messages count as gone, whether or not they still stand in the store (retention). */
  keptFrom?: () => Id
}): Bodies {
  const entries = new Map<MessageId, Entry>()
  /** Messages of those who are hidden from everybody, so that timelines that are full of them ask for none again. */
  const hidden = new RecentMap<MessageId, UserId>(hiddenIdsKeptMax)
  /** What changed lately, and by which version: what was asked of the store before is too old to be kept. */
  const changes = new RecentMap<MessageId, number>(changesKeptMax)
  /** The largest of them: a message just stored is above it as a rule, and needs no look-up. */
  let changedUpTo = 0
  let bytes = 0
  let hits = 0
  let misses = 0
  let version = 0
  let from = 0

  // Held twice once it was shown: alone, and with author and counts around it. A boost holds what it boosts, and shows it.
  const costOf = ({ body, original }: Body) => {
    const own = 2 * body.length + entryOverheadBytes
    return original === undefined ? own : own + 3 * original.body.length
  }

  function insert(record: MessageRecord, count: MessageCounts): Entry {
    const { id, author, body, boostOf, likes, boosts, replies, counts } = bodyOf(record, count)
    const entry: Entry = {
      id,
      author,
      body,
      boostOf,
      original: undefined,
      likes,
      boosts,
      replies,
      counts,
      revision: 0,
      shown: undefined,
      used: false,
      cost: 0,
    }
    const former = entries.get(id)
    if (former) bytes -= former.cost
    entries.set(id, entry)
    weigh(entry)
    return entry
  }

  /** What the entry costs by now. */
  function weigh(entry: Entry): void {
    const cost = costOf(entry)
    bytes += cost - entry.cost
    entry.cost = cost
    if (bytes > bytesMax) evict()
  }

  /**
   * The hand of the clock: one iterator for all evictions, which goes on where it stood. A new one each time would walk
   * once more over the places of all that was removed before. Map order is insertion order, so an entry that is put in
   * again stands behind the hand for another round.
   */
  let hand = entries.values()

  function evict(): void {
    while (bytes > bytesMax && entries.size > 0) {
      const { value: entry, done } = hand.next()
      if (done) {
        hand = entries.values()
        continue
      }
      entries.delete(entry.id)
      if (entry.used) {
        entry.used = false
        entries.set(entry.id, entry)
      } else bytes -= entry.cost
    }
  }

  function peek(id: MessageId): Entry | undefined {
    const entry = id < from ? undefined : entries.get(id)
    if (entry !== undefined) entry.used = true
    return entry
  }

  async function load(ids: MessageId[]): Promise<Map<MessageId, Body>> {
    const asked = version
    const [records, found] = await Promise.all([messages.many(ids), counts.of(ids)])
    const loaded = new Map<MessageId, Body>()
    records.forEach((record, i) => {
      if (record === undefined) return
      if (withdrawn(record.author)) {
        hidden.set(record.id, record.author)
        return
      }
      const count = found[i]!
      if (entries.has(record.id)) loaded.set(record.id, entries.get(record.id)!)
      else if ((changes.get(record.id) ?? 0) <= asked) loaded.set(record.id, insert(record, count))
      else loaded.set(record.id, bodyOf(record, count))
    })
    return loaded
  }

  /** What is no longer kept has changed for whoever kept a page with it. */
  function look(): void {
    const now = keptFrom()
    if (now <= from) return
    from = now
    version++
  }

  function isHidden(id: MessageId): boolean {
    const author = hidden.get(id)
    return author !== undefined && withdrawn(author)
  }

  function changed(id: MessageId): void {
    changes.set(id, ++version)
    if (id > changedUpTo) changedUpTo = id
  }

  function setCounts(id: MessageId, changes: Partial<MessageCounts>): void {
    const entry = entries.get(id)
    if (entry !== undefined) {
      Object.assign(entry, changes)
      entry.counts = countsJson(entry)
      entry.revision++
      entry.shown = undefined
    }
    changed(id)
  }

  function remove(id: MessageId): void {
    const entry = entries.get(id)
    if (entry !== undefined) {
      entries.delete(id)
      bytes -= entry.cost
    }
    changed(id)
  }

  /** Gives boosts what they boost, as it is now. */
  async function join(list: readonly (Body | undefined)[]): Promise<void> {
    const boosts = list.filter((body) => body?.boostOf !== undefined) as Body[]
    const originals = await each(boosts.map((boost) => boost.boostOf!))
    for (const [i, boost] of boosts.entries()) {
      if (boost.original === originals[i]) continue
      boost.original = originals[i]
      const entry = entries.get(boost.id)
      if (entry === boost) weigh(entry)
    }
  }

  async function many(ids: readonly MessageId[]): Promise<(Body | undefined)[]> {
    const found = await each(ids)
    for (let i = 0; i < found.length; i++) {
      if (found[i]?.boostOf === undefined) continue
      await join(found)
      break
    }
    return found
  }

  async function each(ids: readonly MessageId[]): Promise<(Body | undefined)[]> {
    const found: (Body | undefined)[] = new Array(ids.length)
    let missing: MessageId[] | undefined
    look()
    for (let i = 0; i < ids.length; i++) {
      const entry = peek(ids[i]!)
      if (entry === undefined && ids[i]! >= from && !isHidden(ids[i]!)) (missing ??= []).push(ids[i]!)
      found[i] = entry
    }
    hits += ids.length - (missing?.length ?? 0)
    if (missing === undefined) return found
    misses += missing.length
    const loaded = await load(missing)
    for (let i = 0; i < ids.length; i++) found[i] ??= loaded.get(ids[i]!)
    return found
  }

  return {
    peek,
    many,
    put(record) {
      const { id, author } = record
      if (withdrawn(author) || (id <= changedUpTo && changes.get(id) !== undefined)) return
      if (!entries.has(id)) insert(record, noCounts)
    },
    setCounts,
    remove,
    removeOf(author) {
      for (const entry of [...entries.values()]) if (entry.author === author) remove(entry.id)
    },
    hear(event) {
      if (event.kind === 'likes') setCounts(event.id, { likes: event.likes })
      else if (event.kind === 'responses') setCounts(event.id, { boosts: event.boosts, replies: event.replies })
      else if (event.kind === 'deleted') remove(event.id)
    },
    version() {
      look()
      return version
    },
    ids: () => [...entries.keys()],
    has: (id) => entries.has(id),
    stats: () => ({ entries: entries.size, bytes, hits, misses }),
  }
}
