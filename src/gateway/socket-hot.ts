import type { UserId } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Socket } from './socket.ts'
import type { Sockets } from './sockets.ts'

/** Sockets looked at in one go when an author becomes known; the loop goes round in between. */
const atOnce = 256
const none: ReadonlySet<UserId> = new Set()

/**
 * Which sockets follow the hot authors: so a hot message costs a gateway its followers' sockets, not a look at all. Only
 * authors are held who appeared in the hot log while this process ran. With it is read whom a socket's reader does not see.
 */
export class HotFollowers {
  readonly #byAuthor = new Map<UserId, Set<Socket>>()
  /** Authors whose followers are being looked for. */
  readonly #filling = new Map<UserId, Promise<void>>()
  readonly #graph: Pick<FollowGraph, 'followees' | 'followedSince'>
  readonly #sockets: Sockets
  readonly #clock: Clock
  readonly #gaps: () => number

  /** `gaps`: how often words of changes may have been lost; NaN while they are. */
  constructor(
    graph: Pick<FollowGraph, 'followees' | 'followedSince'>,
    sockets: Sockets,
    clock: Clock,
    gaps: () => number = () => 0,
  ) {
    this.#graph = graph
    this.#sockets = sockets
    this.#clock = clock
    this.#gaps = gaps
  }

  /** Undefined for an author whose followers are not known, or not yet. */
  of(author: UserId): ReadonlySet<Socket> | undefined {
    return this.#filling.has(author) ? undefined : this.#byAuthor.get(author)
  }

  /** Resolves once all open sockets that follow the author are known; undefined when they are already. */
  learn(author: UserId): Promise<void> | undefined {
    if (this.#byAuthor.has(author)) return this.#filling.get(author)
    const followers = new Set<Socket>()
    // From now on sockets that are opened or whose followees change are put in; below come those that were there before.
    this.#byAuthor.set(author, followers)
    const filling = this.#fill(author, followers).finally(() => this.#filling.delete(author))
    this.#filling.set(author, filling)
    return filling
  }

  async #fill(author: UserId, followers: Set<Socket>): Promise<void> {
    try {
      let looked = 0
      for (const socket of [...this.#sockets]) {
        if (socket.reader === 0) continue
        await inTurn(socket, async () => {
          const followees = await this.#graph.followees(socket.reader)
          if (!followees.has(author)) return
          await this.#filter(socket, [author])
          if (socket.state !== 'closed') followers.add(socket)
        })
        if (++looked % atOnce === 0) await this.#clock.sleep(0)
      }
    } catch (error) {
      this.#byAuthor.delete(author)
      throw error
    }
  }

  /**
   * Reads whom the socket's reader follows and does not see, where that is not known already. Resolves to the hot authors
   * that it was not known to follow.
   */
  async update(socket: Socket): Promise<ReadonlySet<UserId>> {
    if (this.#byAuthor.size === 0 && this.isSure(socket)) return none
    return inTurn(socket, () => this.#update(socket))
  }

  /** Whether no word of whom the reader follows or sees can be missing. */
  isSure(socket: Socket): boolean {
    return socket.sight === this.#gaps()
  }

  async #update(socket: Socket): Promise<ReadonlySet<UserId>> {
    const { changes } = socket
    const gaps = this.#gaps()
    const followees = await this.#graph.followees(socket.reader)
    socket.hidden = followees.hidden
    if (socket.changes === changes) socket.sight = gaps
    const added = new Set<UserId>()
    for (const [author, followers] of this.#byAuthor) {
      if (!followees.has(author)) {
        if (!followers.delete(socket) || !followees.hidden?.muted.has(author)) continue
        socket.mutedHot ??= new Map()
        socket.mutedHot.set(author, socket.hotPosition)
      } else if (!followers.has(socket)) added.add(author)
    }
    if (added.size === 0) return none
    await this.#filter(socket, added)
    if (socket.state === 'closed') return none
    for (const author of added) {
      const followers = this.#byAuthor.get(author)
      // Somebody else has put it in meanwhile, and it may have been given something since.
      if (followers === undefined || followers.has(socket)) added.delete(author)
      else followers.add(socket)
    }
    return added
  }

  /** What these authors published before they were followed is no arrival; the word of the follow may still be on its way. */
  async #filter(socket: Socket, authors: Iterable<UserId>): Promise<void> {
    const since = await this.#graph.followedSince(socket.reader)
    for (const author of authors) socket.filterBelow = Math.max(socket.filterBelow, since.get(author) ?? 0)
  }

  /** Whether the socket is known to follow the author. */
  has(author: UserId, socket: Socket): boolean {
    return this.#byAuthor.get(author)?.has(socket) ?? false
  }

  forget(socket: Socket): void {
    for (const followers of this.#byAuthor.values()) followers.delete(socket)
  }
}

/** One read of whom a socket's reader follows after the other: an answer that comes late must not undo what a later one told. */
async function inTurn<T>(socket: Socket, read: () => Promise<T>): Promise<T> {
  const before = socket.followsRead
  const mine = before === undefined ? read() : before.then(read, read)
  socket.followsRead = mine
  try {
    return await mine
  } finally {
    if (socket.followsRead === mine) socket.followsRead = undefined
  }
}
