import type { Id, MessageId, UserId } from '../core/ids.ts'
import { deletionsPerPageMax, fanoutPageReaders } from '../core/limits.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { MessageStore } from '../ports/messages.ts'
import { deletedFrame } from './frames.ts'
import type { Socket } from './socket.ts'
import type { HotFollowers } from './socket-hot.ts'
import type { Sockets } from './sockets.ts'

/** A deletion as Bus and store tell it. */
interface Deleted {
  readonly stamp: Id
  readonly id: MessageId
  readonly author: UserId
  /** What this boosted and went with, where that is known. */
  readonly original?: MessageId
}

export interface Deletions {
  /** The Bus says that a message is deleted: live sockets that may hold it are told. */
  heard(deletion: Deleted): Promise<void>
  /** Reads the log of deletions and tells those that the Bus did not bring; then all live sockets stand after them. */
  compare(): Promise<void>
  /** The stamp up to which live sockets were told of all deletions; 0 before the first comparison. */
  told(): Id
}

/**
 * Tells live sockets what to drop: those whose readers follow the author, and those that watch the message. The Bus makes
 * it quick, the log makes it sure. Sockets that are not live hear of it by their refill.
 */
export function createDeletions({
  sockets,
  hotFollowers,
  watchers,
  refilling,
  refill,
  graph,
  messages,
}: {
  sockets: Sockets
  hotFollowers: HotFollowers
  watchers: (id: MessageId) => Iterable<Socket>
  /** Sockets whose refill may have read the deletions already. */
  refilling: () => Iterable<Socket>
  refill: (socket: Socket) => void
  graph: Pick<FollowGraph, 'listFollowers'>
  messages: Pick<MessageStore, 'deletions' | 'deletionsHead'>
}): Deletions {
  /** Stamps told because the Bus said so, not yet seen in the log; and how many times sockets had gone live by then. */
  const told = new Map<Id, number>()
  /** All deletions up to this stamp were told. */
  let upTo: Id | undefined

  /** Tells those who have gone live since `lives`. */
  async function tell({ stamp, id, author, original }: Deleted, lives: number): Promise<void> {
    const frames = original === undefined ? [deletedFrame(id)] : [deletedFrame(original), deletedFrame(id)]
    const done = new Set<Socket>()
    const toSocket = (socket: Socket) => {
      if (socket.state !== 'live' || socket.liveAt <= lives || done.has(socket)) return
      // Its refill told it.
      if (socket.deletions >= stamp) return
      done.add(socket)
      if (socket.full) socket.state = 'lagged'
      else for (const frame of frames) socket.send(frame)
    }
    const toReader = (reader: UserId) => {
      for (let socket = sockets.of(reader); socket !== undefined; socket = socket.sibling) toSocket(socket)
    }
    toReader(author)
    for (const socket of watchers(id)) toSocket(socket)
    const followers = hotFollowers.of(author)
    if (followers !== undefined) {
      for (const socket of followers) toSocket(socket)
      // Who has muted the author is not among them, and may hold what came before.
      for (const socket of sockets) if (socket.hidden?.muted.has(author)) toSocket(socket)
      return
    }
    let page: string | undefined
    do {
      const { users, next } = await graph.listFollowers(author, page, fanoutPageReaders)
      for (const user of users) toReader(user)
      page = next
    } while (page !== undefined)
  }

  /** Live sockets stand after `to`, but for those that may have missed some up to there: who stands before `from`, or is live only since `lives`. */
  function standAt(to: Id, from: Id, lives: number): void {
    for (const socket of sockets) {
      if (socket.state !== 'live' || socket.deletions >= to) continue
      if (socket.deletions < from || socket.liveAt > lives) refill(socket)
      else {
        socket.deletions = to
        socket.tail = ''
      }
    }
  }

  async function compare(): Promise<void> {
    const head = await messages.deletionsHead()
    if (upTo === undefined) {
      // Sockets may have gone live before this was answered, and the Bus have lost what came in between.
      upTo = head
      standAt(head, head, 0)
    }
    while (upTo < head) {
      const { lives } = sockets
      const list: Deleted[] = await messages.deletions(upTo, deletionsPerPageMax)
      for (const deletion of list) {
        // Above the head a smaller stamp may still appear.
        if (deletion.stamp <= head) await tell(deletion, told.get(deletion.stamp) ?? 0)
      }
      const before = upTo
      upTo = list.length < deletionsPerPageMax ? head : Math.min(head, list[list.length - 1]!.stamp)
      standAt(upTo, before, lives)
    }
    for (const stamp of told.keys()) if (stamp <= upTo) told.delete(stamp)
  }

  return {
    async heard(deletion) {
      for (const socket of refilling()) socket.more = true
      if (upTo !== undefined && deletion.stamp <= upTo) return
      // Who goes live from here on may have read the log before it had this deletion.
      const { lives } = sockets
      await tell(deletion, 0)
      told.set(deletion.stamp, lives)
    },
    compare,
    told: () => upTo ?? 0,
  }
}
