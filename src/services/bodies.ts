import type { MessageId, UserId } from '../core/ids.ts'
import { changesKeptMax } from '../core/limits.ts'
import { hiddenIdsKeptMax } from '../core/limits-people.ts'
import { countsJson } from '../core/message.ts'
import { RecentMap } from '../core/recent-map.ts'
import type { LikeStore } from '../ports/likes.ts'
import type { MessageRecord, MessageStore } from '../ports/messages.ts'

/** A message ready to be sent: the stored body and the counts as JSON members. */
export interface Body extends MessageRecord {
  likes: number
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
  /** From cache, then store, in the order asked; undefined for what is gone. */
  many(ids: readonly MessageId[]): Promise<(Body | undefined)[]>
  /**
   * A message just stored, liked by nobody yet. Left to the store where something is known of it already: the answer of
   * storing it may have come after others' likes of it, or its deletion.
   */
  put(record: MessageRecord): void
  setLikes(id: MessageId, likes: number): void
  remove(id: MessageId): void
  /** All that is held of this author, who is hidden from everybody from now on. */
  removeOf(author: UserId): void
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
}

export function createBodies({
  messages,
  likes,
  bytesMax,
  withdrawn = () => false,
}: {
  messages: Pick<MessageStore, 'many'>
  likes: Pick<LikeStore, 'counts'>
  bytesMax: number
  /** Whether an author is hidden from everybody: their messages count as gone. */
  withdrawn?: (author: UserId) => boolean
}): Bodies {
  const entries = new Map<MessageId, Entry>()
  /** Messages of those who are hidden from everybody, so that timelines that are full of them ask for none again. */
  const hidden = new RecentMap<MessageId, UserId>(hiddenIdsKeptMax)
  /** What changed lately, and by which version: what was asked of the store before is too old to be kept. */
  const changes = new RecentMap<MessageId, number>(changesKeptMax)
  let bytes = 0
  let hits = 0
  let misses = 0
  let version = 0

  // Held twice once it was shown: alone, and with author and counts around it.
  const costOf = (entry: Body) => 2 * entry.body.length + entryOverheadBytes

  function insert(record: MessageRecord, count: number): Entry {
    const entry: Entry = {
      id: record.id,
      author: record.author,
      body: record.body,
      likes: count,
      counts: countsJson(count),
      revision: 0,
      shown: undefined,
      used: false,
    }
    const former = entries.get(record.id)
    if (former) bytes -= costOf(former)
    entries.set(record.id, entry)
    bytes += costOf(entry)
    if (bytes > bytesMax) evict()
    return entry
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
      } else bytes -= costOf(entry)
    }
  }

  function peek(id: MessageId): Entry | undefined {
    const entry = entries.get(id)
    if (entry !== undefined) entry.used = true
    return entry
  }

  async function load(ids: MessageId[]): Promise<Map<MessageId, Body>> {
    const asked = version
    const [records, counts] = await Promise.all([messages.many(ids), likes.counts(ids)])
    const loaded = new Map<MessageId, Body>()
    records.forEach((record, i) => {
      if (record === undefined) return
      if (withdrawn(record.author)) return void hidden.set(record.id, record.author)
      const count = counts[i]!
      if (entries.has(record.id)) loaded.set(record.id, entries.get(record.id)!)
      else if ((changes.get(record.id) ?? 0) <= asked) loaded.set(record.id, insert(record, count))
      else loaded.set(record.id, { ...record, likes: count, counts: countsJson(count), revision: 0 })
    })
    return loaded
  }

  function isHidden(id: MessageId): boolean {
    const author = hidden.get(id)
    return author !== undefined && withdrawn(author)
  }

  function changed(id: MessageId): void {
    changes.set(id, ++version)
  }

  function remove(id: MessageId): void {
    const entry = entries.get(id)
    if (entry !== undefined) {
      entries.delete(id)
      bytes -= costOf(entry)
    }
    changed(id)
  }

  return {
    peek,
    async many(ids) {
      const found: (Body | undefined)[] = new Array(ids.length)
      let missing: MessageId[] | undefined
      for (let i = 0; i < ids.length; i++) {
        const entry = peek(ids[i]!)
        if (entry === undefined && !isHidden(ids[i]!)) (missing ??= []).push(ids[i]!)
        found[i] = entry
      }
      hits += ids.length - (missing?.length ?? 0)
      if (missing === undefined) return found
      misses += missing.length
      const loaded = await load(missing)
      for (let i = 0; i < ids.length; i++) found[i] ??= loaded.get(ids[i]!)
      return found
    },
    put(record) {
      if (withdrawn(record.author)) return
      if (!entries.has(record.id) && changes.get(record.id) === undefined) insert(record, 0)
    },
    setLikes(id, count) {
      const entry = entries.get(id)
      if (entry !== undefined) {
        entry.likes = count
        entry.counts = countsJson(count)
        entry.revision++
        entry.shown = undefined
      }
      changed(id)
    },
    remove,
    removeOf(author) {
      for (const entry of [...entries.values()]) if (entry.author === author) remove(entry.id)
    },
    version: () => version,
    ids: () => [...entries.keys()],
    has: (id) => entries.has(id),
    stats: () => ({ entries: entries.size, bytes, hits, misses }),
  }
}
