import type { Followees } from '../core/followees.ts'
import type { UserId } from '../core/ids.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Socket } from './socket.ts'
import type { Sockets } from './sockets.ts'

/** Sockets looked at in one go when an author becomes known; the loop goes round in between. */
const atOnce = 256

/**
 * Which sockets follow the hot authors: so a hot message costs a gateway its followers' sockets, not a look at all. Only
 * authors are held who appeared in the hot log while this process ran.
 */
export class HotFollowers {
  readonly #byAuthor = new Map<UserId, Set<Socket>>()
  readonly #graph: Pick<FollowGraph, 'followees'>
  readonly #sockets: Sockets
  readonly #clock: Clock

  constructor(graph: Pick<FollowGraph, 'followees'>, sockets: Sockets, clock: Clock) {
    this.#graph = graph
    this.#sockets = sockets
    this.#clock = clock
  }

  /** Undefined for an author who is not known. */
  of(author: UserId): ReadonlySet<Socket> | undefined {
    return this.#byAuthor.get(author)
  }

  /** Resolves once all open sockets that follow the author are known; undefined when they are already. */
  learn(author: UserId): Promise<void> | undefined {
    if (this.#byAuthor.has(author)) return undefined
    const followers = new Set<Socket>()
    // From now on sockets that are opened or whose followees change are put in; below come those that were there before.
    this.#byAuthor.set(author, followers)
    return this.#fill(author, followers)
  }

  async #fill(author: UserId, followers: Set<Socket>): Promise<void> {
    try {
      let looked = 0
      for (const socket of [...this.#sockets]) {
        if (socket.reader === 0) continue
        const followees = await this.#graph.followees(socket.reader)
        if (followees.has(author) && socket.state !== 'closed') followers.add(socket)
        if (++looked % atOnce === 0) await this.#clock.sleep(0)
      }
    } catch (error) {
      this.#byAuthor.delete(author)
      throw error
    }
  }

  /** Reads whom the socket's reader follows. Resolves to whether a hot author was found that it was not known to follow. */
  async update(socket: Socket): Promise<boolean> {
    if (this.#byAuthor.size === 0) return false
    return this.#place(socket, await this.#graph.followees(socket.reader))
  }

  #place(socket: Socket, followees: Followees): boolean {
    let added = false
    if (socket.state === 'closed') return false
    for (const [author, followers] of this.#byAuthor) {
      if (!followees.has(author)) followers.delete(socket)
      else if (!followers.has(socket)) {
        followers.add(socket)
        added = true
      }
    }
    return added
  }

  forget(socket: Socket): void {
    for (const followers of this.#byAuthor.values()) followers.delete(socket)
  }
}
