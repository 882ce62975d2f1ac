import type { Followees } from '../../core/followees.ts'
import type { Id, UserId } from '../../core/ids.ts'
import type { Follows } from '../../ports/graph.ts'

interface Entry {
  followees: Followees | undefined
  since: ReadonlyMap<UserId, Id> | undefined
  /** The two where they were read at once. */
  follows: Follows | undefined
  /** Read since the hand last passed. */
  used: boolean
}

/** Bytes of an entry beside its arrays: measured, Map slot and objects together. */
const entryBytes = 300
/** Bytes of one pair in a small Map. */
const pairBytes = 48

/**
 * What was lately read of readers' followees, bounded in bytes: a CLOCK cache (Corbató's second chance), whose ring is the
 * Map's own order. Each hit costs one look-up and moves nothing.
 */
export class GraphCache {
  readonly #bytesMax: number
  readonly #entries = new Map<number, Entry>()
  #bytes = 0

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax
  }

  get bytes(): number {
    return this.#bytes
  }

  get(reader: number): Readonly<Entry> | undefined {
    const entry = this.#entries.get(reader)
    if (entry !== undefined) entry.used = true
    return entry
  }

  setFollowees(reader: number, followees: Followees): void {
    this.#entry(reader).followees = followees
    this.#bytes += followees.bytes
    this.#trim()
  }

  setSince(reader: number, since: ReadonlyMap<UserId, Id>): void {
    this.#entry(reader).since = since
    this.#bytes += since.size * pairBytes
    this.#trim()
  }

  setFollows(reader: number, follows: Follows): void {
    this.delete(reader)
    this.#entry(reader).follows = follows
    this.setFollowees(reader, follows.followees)
    this.setSince(reader, follows.since)
  }

  delete(reader: number): void {
    const entry = this.#entries.get(reader)
    if (entry === undefined) return
    this.#entries.delete(reader)
    this.#bytes -= entryBytes + (entry.followees?.bytes ?? 0) + (entry.since?.size ?? 0) * pairBytes
  }

  /** The reader's entry, new and empty where there is none. Each part of an entry is set once. */
  #entry(reader: number): Entry {
    let entry = this.#entries.get(reader)
    if (entry === undefined) {
      entry = { followees: undefined, since: undefined, follows: undefined, used: false }
      this.#entries.set(reader, entry)
      this.#bytes += entryBytes
    }
    return entry
  }

  #trim(): void {
    if (this.#bytes <= this.#bytesMax) return
    // A Map's iterator also visits what is put behind it meanwhile; each entry gets one second chance at most.
    for (const [reader, entry] of this.#entries) {
      if (entry.used) {
        entry.used = false
        this.#entries.delete(reader)
        this.#entries.set(reader, entry)
      } else {
        this.delete(reader)
        if (this.#bytes <= this.#bytesMax) return
      }
    }
  }
}
