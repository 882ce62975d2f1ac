import type { Followees } from '../../../core/followees.ts'
import type { Id, UserId } from '../../../core/ids.ts'
import type { Follows, FollowsTold } from '../../../ports/graph.ts'

interface Entry {
  readonly epoch: number
  readonly follows: number
  /** Monotonic ms before the list was read. */
  readonly at: number
  followees?: Followees
  since?: ReadonlyMap<UserId, Id>
  /** The two where they were read at once. */
  both?: Follows
}

/** Bytes of an entry beside its lists, and of a pair in a small Map. */
const entryBytes = 300
const pairBytes = 48

/**
 * Whom readers follow and since when, each as it was read under a version that their inbox told (redis/edge-changes.ts).
 * Two generations bounded in bytes, the older one dropped when the younger one is full.
 */
export class KeptFollows {
  #young = new Map<UserId, Entry>()
  #old = new Map<UserId, Entry>()
  /** Of the younger generation. */
  #bytes = 0
  readonly #bytesMax: number
  readonly #keptMs: number
  readonly #monotonic: () => number

  constructor(bytesMax: number, keptMs: number, monotonic: () => number) {
    this.#bytesMax = bytesMax
    this.#keptMs = keptMs
    this.#monotonic = monotonic
  }

  followees(reader: UserId, told: FollowsTold): Followees | undefined {
    return this.#find(reader, told)?.followees
  }

  since(reader: UserId, told: FollowsTold): ReadonlyMap<UserId, Id> | undefined {
    return this.#find(reader, told)?.since
  }

  follows(reader: UserId, told: FollowsTold): Follows | undefined {
    return this.#find(reader, told)?.both
  }

  /** When a list that is going to be read may be kept from. */
  now(): number {
    return this.#monotonic()
  }

  /**
   * The list to be used from now on: where nothing has changed the one that is kept, so that it is the same object. `told`
   * must have been told, and `at` been taken, before the list's read began.
   */
  keepFollowees(reader: UserId, told: FollowsTold, at: number, read: Followees): Followees {
    const former = this.#young.get(reader) ?? this.#old.get(reader)
    const followees = former?.followees?.sameAs(read) ? former.followees : read
    this.#entry(reader, told, at).followees = followees
    this.#grow(followees.bytes)
    return followees
  }

  keepSince(reader: UserId, told: FollowsTold, at: number, since: ReadonlyMap<UserId, Id>): void {
    this.#entry(reader, told, at).since = since
    this.#grow(since.size * pairBytes)
  }

  keepFollows(reader: UserId, told: FollowsTold, at: number, read: Follows): Follows {
    const { since } = read
    const both = { followees: this.keepFollowees(reader, told, at, read.followees), since }
    this.keepSince(reader, told, at, since)
    this.#entry(reader, told, at).both = both
    return both
  }

  #find(reader: UserId, { epoch, follows }: FollowsTold): Entry | undefined {
    let entry = this.#young.get(reader)
    const young = entry !== undefined
    entry ??= this.#old.get(reader)
    if (entry === undefined || entry.epoch !== epoch || entry.follows !== follows) return undefined
    if (this.#monotonic() - entry.at > this.#keptMs) return undefined
    if (!young) {
      this.#young.set(reader, entry)
      this.#grow(entryBytes + (entry.followees?.bytes ?? 0) + (entry.since?.size ?? 0) * pairBytes)
    }
    return entry
  }

  /** The entry of that version, whose age is that of the list read first. */
  #entry(reader: UserId, told: FollowsTold, at: number): Entry {
    const found = this.#find(reader, told)
    if (found !== undefined) return found
    const { epoch, follows } = told
    const entry: Entry = { epoch, follows, at }
    this.#young.set(reader, entry)
    this.#bytes += entryBytes
    return entry
  }

  #grow(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes < this.#bytesMax / 2) return
    this.#old = this.#young
    this.#young = new Map()
    this.#bytes = 0
  }
}
