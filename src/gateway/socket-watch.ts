import type { MessageId, UserId } from '../core/ids.ts'
import { countsEveryMs } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { LikeStore } from '../ports/likes.ts'
import type { Bodies } from '../services/bodies.ts'
import type { Visibility } from '../services/visibility.ts'
import { countsJson, likesFrame } from './frames.ts'
import type { Socket } from './socket.ts'

/** What one socket watches, and of what it has yet to be told. */
export interface Watch {
  /** The messages that the reader saw when they were named: who wrote each, and what it boosts. */
  readonly authors: Map<MessageId, readonly UserId[]>
  readonly news: Set<MessageId>
  /** Unix ms of the last frame of counts. */
  toldAt: number
}

export interface Watches {
  /**
   * From now on the socket watches these ids instead of the former; resolves once their present counts were sent: zero for
   * what is not there, or hidden from the reader.
   */
  set(socket: Socket, ids: readonly MessageId[]): Promise<void>
  forget(socket: Socket): void
  /** A message's likes have changed. */
  heard(id: MessageId): void
  of(id: MessageId): Iterable<Socket>
  any(id: MessageId): boolean
}

/** The beat at which news are looked for: half of what lies between two frames, so that none waits much longer. */
const beatMs = countsEveryMs / 2
/** Ids in one read of the counts. */
const idsAtOnce = 1_000

/**
 * Tells sockets the like counts of what they watch, each at most twice a second. The Bus only says which counts changed:
 * they are read when they are told, once for all who watch, so the last one told is exact.
 */
export function createWatches({
  likes,
  graph,
  bodies,
  visibility,
  clock,
  log,
  stop,
}: {
  likes: Pick<LikeStore, 'counts'>
  graph: Pick<FollowGraph, 'followees'>
  bodies: Pick<Bodies, 'many'>
  visibility: Pick<Visibility, 'seen'>
  clock: Clock
  log: Log
  stop: AbortSignal
}): Watches {
  const watchers = new Map<MessageId, Set<Socket>>()
  /** Sockets with news. */
  const due = new Set<Socket>()
  let beating = false

  function forget(socket: Socket): void {
    if (socket.watch === undefined) return
    for (const id of socket.watch.authors.keys()) {
      const of = watchers.get(id)
      of?.delete(socket)
      if (of?.size === 0) watchers.delete(id)
    }
    due.delete(socket)
    socket.watch = undefined
  }

  function tell(socket: Socket, watch: Watch, ids: readonly MessageId[], counts: readonly number[]): void {
    watch.toldAt = clock.now()
    socket.send(likesFrame(countsJson(ids, counts)))
  }

  /** Whose turn it is: who is slow is told later, and then only the newest counts. */
  function ready(socket: Socket): boolean {
    return clock.now() - socket.watch!.toldAt >= countsEveryMs && !socket.full
  }

  /** Those of them that no block has taken from the reader's sight since. Who hides nobody costs no look. */
  async function stillSeen(socket: Socket, ids: readonly MessageId[]): Promise<MessageId[]> {
    const { hidden } = await graph.followees(socket.reader)
    const authors = socket.watch?.authors
    return ids.filter((id) => {
      const of = authors?.get(id)
      return of !== undefined && !(hidden && of.some((author) => hidden.blocked.has(author)))
    })
  }

  async function tellNews(): Promise<void> {
    const turn = [...due].filter(ready)
    const news = new Map<Socket, MessageId[]>()
    const ids = new Set<MessageId>()
    for (const socket of turn) {
      due.delete(socket)
      const own = [...socket.watch!.news]
      socket.watch!.news.clear()
      news.set(socket, own)
      for (const id of own) ids.add(id)
    }
    const all = [...ids]
    const counts = new Map<MessageId, number>()
    for (let i = 0; i < all.length; i += idsAtOnce) {
      const part = all.slice(i, i + idsAtOnce)
      const found = await likes.counts(part)
      for (const [place, id] of part.entries()) counts.set(id, found[place]!)
    }
    for (const [socket, own] of news) {
      const still = await stillSeen(socket, own)
      if (socket.watch !== undefined && still.length > 0) {
        const told = still.map((id) => counts.get(id)!)
        tell(socket, socket.watch, still, told)
      }
    }
  }

  async function beat(): Promise<void> {
    beating = true
    while (due.size > 0 && !stop.aborted) {
      await clock.sleep(beatMs, stop)
      // What could not be read is told with the next change.
      await tellNews().catch((error) => {
        if (!(error instanceof Refusal)) log.error({ err: error }, 'like counts could not be told')
      })
    }
    beating = false
  }

  return {
    async set(socket, ids) {
      forget(socket)
      const watch: Watch = { authors: new Map(), news: new Set(), toldAt: clock.now() }
      socket.watch = watch
      const named = [...new Set(ids)]
      const seen = await visibility.seen(socket.reader, await bodies.many(named))
      if (socket.watch !== watch) return
      for (const { id, author, original } of seen) {
        watch.authors.set(id, original === undefined ? [author] : [author, original.author])
        const of = watchers.get(id)
        if (of === undefined) watchers.set(id, new Set([socket]))
        else of.add(socket)
      }
      const counts = await likes.counts(named)
      const told = named.map((id, i) => (watch.authors.has(id) ? counts[i]! : 0))
      if (socket.watch === watch) tell(socket, watch, named, told)
    },
    forget,
    heard(id) {
      for (const socket of watchers.get(id) ?? []) {
        socket.watch!.news.add(id)
        due.add(socket)
      }
      if (due.size > 0 && !beating) void beat()
    },
    of: (id) => watchers.get(id) ?? [],
    any: (id) => watchers.has(id),
  }
}
