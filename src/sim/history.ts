import type { MessageId, UserId } from '../core/ids.ts'

/** One message that a client wanted to publish, however many tries it took. Times are true time in milliseconds. */
export interface PublishWish {
  readonly author: UserId
  /** Unique in the run, so that a stored message tells which wish it came from; of a boost, `boostName`. */
  readonly text: string
  readonly replyTo?: MessageId
  /** What it boosts, no boost itself, and whose that is. */
  readonly boostOf?: MessageId
  readonly boostedAuthor?: UserId
  readonly key: string | undefined
  readonly begun: number
  acked?: number
  /** The ids that were acknowledged: with a key more than one is a broken promise. */
  readonly ids: Set<MessageId>
}

/** A deletion; `acked` is absent as long as nobody was told that it worked. */
export interface DeleteWish {
  readonly id: MessageId
  readonly author: UserId
  readonly begun: number
  acked?: number
}

/** A wish about one edge: follow or unfollow, like or unlike. One user's wishes about one thing never overlap. */
export interface EdgeWish {
  readonly on: boolean
  readonly begun: number
  acked?: number
}

/** Something that happened to a run and that the specification did not promise. */
export interface Violation {
  /** The promise that is broken, as docs/SPEC.md has it. */
  readonly promise: string
  readonly detail: string
  /** Milliseconds since the run began. */
  readonly atMs: number
}

/** Nobody boosts a message twice in a run, so this tells which wish a boost came from. */
export const boostName = (author: UserId, original: MessageId) => `${author} boosts ${original}`

/** What the clients of one run asked for and were told: the yardstick of every check. */
export class History {
  readonly wishes: PublishWish[] = []
  readonly published = new Map<MessageId, PublishWish>()
  /** By `boostName`. */
  readonly boosts = new Map<string, PublishWish>()
  readonly deletions = new Map<MessageId, DeleteWish>()
  readonly #follows = new Map<string, EdgeWish[]>()
  readonly #mutes = new Map<string, EdgeWish[]>()
  readonly #likes = new Map<string, EdgeWish[]>()

  acknowledged(wish: PublishWish, id: MessageId, now: number): void {
    wish.acked ??= now
    wish.ids.add(id)
    this.published.set(id, wish)
  }

  follows(reader: UserId, followee: UserId): EdgeWish[] {
    return wishesOf(this.#follows, `${reader}>${followee}`)
  }

  mutes(reader: UserId, author: UserId): EdgeWish[] {
    return wishesOf(this.#mutes, `${reader}>${author}`)
  }

  likes(user: UserId, message: MessageId): EdgeWish[] {
    return wishesOf(this.#likes, `${user}>${message}`)
  }

  /** Whether the reader certainly followed the author (or is the author) all the time from `from` to `to`. */
  followedThroughout(reader: UserId, author: UserId, from: number, to: number): boolean {
    return reader === author || throughout(this.follows(reader, author), true, from, to)
  }

  /** Whether the reader certainly did not follow the author at any time from `from` to `to`. */
  strangersThroughout(reader: UserId, author: UserId, from: number, to: number): boolean {
    return reader !== author && throughout(this.follows(reader, author), false, from, to)
  }

  /** Whether the message certainly belongs into the reader's timeline all the time from `from` to `to`. */
  seenThroughout(reader: UserId, { author, boostedAuthor = author }: PublishWish, from: number, to: number): boolean {
    const unmuted = (other: UserId) => throughout(this.mutes(reader, other), false, from, to)
    return this.followedThroughout(reader, author, from, to) && unmuted(author) && unmuted(boostedAuthor)
  }

  /** Whether it certainly does not belong there at any time from `from` to `to`. */
  hiddenThroughout(reader: UserId, { author, boostedAuthor = author }: PublishWish, from: number, to: number): boolean {
    const muted = (other: UserId) => throughout(this.mutes(reader, other), true, from, to)
    return this.strangersThroughout(reader, author, from, to) || muted(author) || muted(boostedAuthor)
  }

  /** When the follow that holds at `at` was first asked for; undefined when there was none. */
  followBegun(reader: UserId, author: UserId, at: number): number | undefined {
    let begun: number | undefined
    for (const wish of this.follows(reader, author)) {
      if (wish.begun > at) break
      if (!wish.on) begun = wish.acked !== undefined && wish.acked <= at ? undefined : begun
      else begun ??= wish.begun
    }
    return begun
  }

  /** Whether the deletion of the message, or of what it boosts, was acknowledged before `at`. */
  goneBefore(id: MessageId, { boostOf }: PublishWish, at: number): boolean {
    const ends = [this.deletions.get(id), boostOf === undefined ? undefined : this.deletions.get(boostOf)]
    return ends.some((deletion) => deletion?.acked !== undefined && deletion.acked < at)
  }

  /** Whether somebody wanted the message, or what it boosts, to be deleted. */
  mayBeGone(id: MessageId, { boostOf }: PublishWish): boolean {
    return this.deletions.has(id) || (boostOf !== undefined && this.deletions.has(boostOf))
  }
}

/** Whether what is wished for certainly was on (or off) all the time from `from` to `to`; at first it is off. */
function throughout(wishes: readonly EdgeWish[], on: boolean, from: number, to: number): boolean {
  let is = !on
  for (const wish of wishes) {
    if (wish.begun > to) break
    if (wish.begun > from || wish.acked === undefined || wish.acked > from) {
      if (wish.on !== on || !is) return false
    } else is = wish.on === on
  }
  return is
}

function wishesOf(all: Map<string, EdgeWish[]>, edge: string): EdgeWish[] {
  let wishes = all.get(edge)
  if (!wishes) {
    wishes = []
    all.set(edge, wishes)
  }
  return wishes
}
