import type { MessageId } from '../core/ids.ts'
import { countsEveryMs } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { Clock } from '../ports/clock.ts'
import type { LikeStore } from '../ports/likes.ts'
import { countsJson, likesFrame } from './frames.ts'
import type { Socket } from './socket.ts'

/** What one socket watches, and of what it has yet to be told. */
export interface Watch {
  readonly ids: ReadonlySet<MessageId>
  readonly news: Set<MessageId>
  /** Unix ms of the last frame of counts. */
  toldAt: number
}

export interface Watches {
  /** From now on the socket watches these ids instead of the former; resolves once their present counts were sent. */
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
  clock,
  log,
  stop,
}: {
  likes: Pick<LikeStore, 'counts'>
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
    for (const id of socket.watch.ids) {
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
      const { watch } = socket
      if (watch === undefined) continue
      const still = own.filter((id) => watch.ids.has(id))
      if (still.length > 0)
        tell(
          socket,
          watch,
          still,
          still.map((id) => counts.get(id)!),
        )
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
      const watch: Watch = { ids: new Set(ids), news: new Set(), toldAt: clock.now() }
      socket.watch = watch
      for (const id of watch.ids) {
        const of = watchers.get(id)
        if (of === undefined) watchers.set(id, new Set([socket]))
        else of.add(socket)
      }
      const present = [...watch.ids]
      const counts = await likes.counts(present)
      if (socket.watch === watch) tell(socket, watch, present, counts)
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
