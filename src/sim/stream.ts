import type { MessageId, UserId } from '../core/ids.ts'
import { boostName, type History, type PublishWish } from './history.ts'
import type { Scheduler } from './scheduler.ts'

/** What the checks that run along with the clients need. */
export interface Watch {
  readonly history: History
  readonly scheduler: Scheduler
  /** When everything that was written had been delivered; Infinity before. */
  readonly settledAt: () => number
  /** By how much two clocks of the run may differ. */
  readonly clockErrorMs: number
  /** Whether the reader's inbox no longer holds the message: a job that is handed out again may bring it once more. */
  dropped(reader: UserId, id: MessageId): boolean
  report(promise: string, detail: string): void
  note(line: () => string): void
}

/** A message as a client sees it. */
export interface Seen {
  readonly id: MessageId
  readonly author: UserId
  readonly likes: number
  readonly boosts: number
  readonly replies: number
  readonly liked: boolean
  readonly boosted: boolean
  readonly wish: PublishWish
}

/** How long a process may show a deleted message whose deletion event was lost. */
const deletionGraceMs = 30_000

/** A hello is answered within this, mostly. */
const helloMs = 3_000
/** How long after a deletion every process knows of it when nothing fails. */
const deletionsKnownMs = 5_000

/** Reads a message of API.md; its text, or what it boosts, names the wish that it came from. */
export function readMessage(history: History, json: unknown): Seen {
  const message = json as {
    id: string
    text: string
    author: { id: string }
    boostOf?: { id: string; boostOf?: unknown }
    likes: number
    boosts: number
    replies: number
    you: { liked: boolean; boosted: boolean }
  }
  const { boostOf } = message
  if (boostOf?.boostOf !== undefined) throw new Error(`a boost of a boost: ${message.id}`)
  const wish =
    boostOf === undefined
      ? history.wishes[Number(message.text.slice(1))]
      : history.boosts.get(boostName(Number(message.author.id), Number(boostOf.id)))
  if (!wish) throw new Error(`a message that nobody published: ${message.id}`)
  return {
    id: Number(message.id),
    author: Number(message.author.id),
    likes: message.likes,
    boosts: message.boosts,
    replies: message.replies,
    liked: message.you.liked,
    boosted: message.you.boosted,
    wish,
  }
}

/** What may never be shown, wherever it is shown. `begun` is when the server was asked. */
export function checkShown(watch: Watch, reader: UserId, seen: Seen, begun: number, where: string): void {
  const { history } = watch
  const now = watch.scheduler.now
  const name = `${where} of ${reader} shows ${seen.id} (${seen.wish.text}) of ${seen.author}`
  if (history.goneBefore(seen.id, seen.wish, begun - deletionGraceMs)) watch.report('nothing deleted is shown', name)
  if (history.hiddenThroughout(reader, seen.wish, begun, now)) {
    watch.report('nothing of strangers or muted people is shown', name)
  }
  if (seen.author !== seen.wish.author) watch.report('a message keeps its author', name)
}

/**
 * One client that keeps its last cursor and what it holds, by `since` pages or over a socket: everything that API.md
 * promises to such a client is checked as it receives, and at the end.
 */
export class Stream {
  readonly reader: UserId
  readonly name: string
  readonly held = new Set<MessageId>()
  readonly #watch: Watch
  /** When each message first came after the first page. */
  readonly #arrivals = new Map<MessageId, number>()
  /** By author: the latest moment at which the publishing of a message that came already had begun. */
  readonly #latestBegun = new Map<UserId, { begun: number; id: MessageId }>()
  /** Deleted ids that the client was told to drop. */
  readonly dropped = new Set<MessageId>()
  /** Until here repeats are allowed: a fault has broken the chain of cursors. */
  brokenAt = Number.NEGATIVE_INFINITY
  /** When the client asked for what then turned out to be nothing. */
  caughtUpAt = Number.NEGATIVE_INFINITY
  /** Of a socket: when its present connection began. */
  connectedAt = Number.NEGATIVE_INFINITY
  #startAsked = Number.POSITIVE_INFINITY
  #startedAt = Number.POSITIVE_INFINITY
  /** The first page reaches down to this id; older messages are in pages only. */
  #reach = 0

  constructor(reader: UserId, name: string, watch: Watch) {
    this.reader = reader
    this.name = name
    this.#watch = watch
  }

  get started(): boolean {
    return this.#startedAt !== Number.POSITIVE_INFINITY
  }

  /** Everything of the run was given to this client, or ought to have been. */
  get caughtUp(): boolean {
    return this.caughtUpAt > this.#watch.settledAt() + deletionsKnownMs
  }

  get arrivedCount(): number {
    return this.#arrivals.size
  }

  /** The first page, which gave the first cursor. `full`: there may be older messages that it had no room for. */
  start(page: readonly Seen[], asked: number, full: boolean): void {
    this.#startAsked = asked
    this.#startedAt = this.#watch.scheduler.now
    for (const seen of page) {
      checkShown(this.#watch, this.reader, seen, asked, this.name)
      this.held.add(seen.id)
    }
    this.#reach = full && page.length > 0 ? page[page.length - 1]!.id : 0
  }

  /** The client began with a socket and no cursor: what was published before is in pages it did not ask for. */
  startLive(): void {
    this.#startAsked = this.#watch.scheduler.now
    this.#startedAt = this.#startAsked
    this.#reach = Number.POSITIVE_INFINITY
  }

  /**
   * Messages that arrived together, the earliest first as far as their order is promised. `unbroken`: the chain of cursors
   * is one in which no id may come twice.
   */
  receive(together: readonly Seen[], asked: number, unbroken: boolean): void {
    const { history, scheduler } = this.#watch
    const now = scheduler.now
    for (const seen of together) {
      checkShown(this.#watch, this.reader, seen, asked, this.name)
      const { id, author, wish } = seen
      const first = this.#arrivals.get(id)
      if (first !== undefined) {
        if (unbroken && first > this.brokenAt && !this.#watch.dropped(this.reader, id)) {
          this.#report('no id comes twice in an unbroken chain', `${id} (${wish.text}) came at ${first}, and again`)
        }
        continue
      }
      this.#arrivals.set(id, now)
      const latest = this.#latestBegun.get(author)
      // What is older than the stream is in pages; a gap that is closed by id may bring some of it after newer ones.
      const isNew = !this.held.has(id) && this.#promises(wish, id)
      if (isNew && latest !== undefined && wish.acked! < latest.begun && this.#followed(wish, now)) {
        this.#report("one author's messages come in order", `${id} (${wish.text}) came after ${latest.id}`)
      }
      if (latest === undefined || wish.begun > latest.begun) this.#latestBegun.set(author, { begun: wish.begun, id })
      this.held.add(id)
      this.#checkNoBackfill(seen, history, now)
    }
    if (!unbroken) this.brokenAt = now
  }

  /** What was published while the follow was being asked for may come late, or not at all. */
  #followed(wish: PublishWish, now: number): boolean {
    return this.#watch.history.seenThroughout(this.reader, wish, wish.begun, now)
  }

  /** Whether an acknowledged message must come by the stream, not by its first page alone. */
  #promises(wish: PublishWish, id: MessageId): boolean {
    if (wish.acked === undefined || wish.acked <= this.#startAsked) return false
    return wish.begun > this.#startedAt || id >= this.#reach
  }

  /** A message from before the follow is in pages, and is no arrival. */
  #checkNoBackfill({ id, author, wish }: Seen, history: History, now: number): void {
    if (author === this.reader || wish.acked === undefined) return
    const followed = history.followBegun(this.reader, author, now)
    // A socket hears of follows while it is open.
    if (this.name === 'socket' && (followed ?? 0) < this.connectedAt + helloMs) return
    if (followed === undefined || wish.acked + this.#watch.clockErrorMs >= followed) return
    if (history.strangersThroughout(this.reader, author, wish.begun, followed - 1)) {
      this.#report('what is older than the follow never arrives', `${id} (${wish.text}) of ${author}`)
    }
  }

  /** At the end of the run, when the client has caught up: nothing that was promised is missing. */
  finish(): void {
    if (!this.started) return
    const { history, scheduler } = this.#watch
    for (const wish of history.wishes) {
      if (!history.seenThroughout(this.reader, wish, wish.begun, scheduler.now)) continue
      for (const id of wish.ids) {
        if (this.held.has(id) || history.mayBeGone(id, wish) || !this.#promises(wish, id)) continue
        this.#report('every follower sees every message', `${id} (${wish.text}) of ${wish.author} never came`)
      }
    }
    for (const [id, deletion] of history.deletions) {
      if (deletion.acked === undefined || !this.held.has(id) || this.dropped.has(id)) continue
      if (!history.followedThroughout(this.reader, deletion.author, deletion.begun, scheduler.now)) continue
      this.#report('deletions are told', `${id} was deleted and the client still holds it`)
    }
    for (const [id, wish] of history.published) {
      const { boostOf, author } = wish
      const deletion = boostOf === undefined ? undefined : history.deletions.get(boostOf)
      if (deletion?.acked === undefined || !this.held.has(id)) continue
      if (this.dropped.has(id) || this.dropped.has(boostOf!)) continue
      if (!history.followedThroughout(this.reader, author, deletion.begun, scheduler.now)) continue
      this.#report('a boost goes with what it boosts', `${id} (${wish.text}) is still held`)
    }
  }

  #report(promise: string, detail: string): void {
    this.#watch.report(promise, `${this.name} of ${this.reader}: ${detail}`)
  }
}
