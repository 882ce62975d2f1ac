import type { UserId } from '../core/ids.ts'
import { pingEveryMs, sweepEveryMs } from '../core/limits.ts'
import type { Socket } from './socket.ts'

/** The sweep visits one bucket after the other, so that pings are spread evenly over time. */
export const bucketsCount = pingEveryMs / sweepEveryMs

/** The open sockets of one gateway: by reader, and in the buckets of the sweep. */
export class Sockets {
  readonly buckets: Socket[][] = Array.from({ length: bucketsCount }, () => [])
  /** Unix ms of the last beat of the sweep: time enough for silences, and free. */
  now = 0
  readonly #byReader = new Map<UserId, Socket>()
  #nextBucket = 0
  #size = 0
  #lives = 0

  /** All that are open, those without an accepted hello included. */
  get size(): number {
    return this.#size
  }

  get readers(): number {
    return this.#byReader.size
  }

  *[Symbol.iterator](): Iterator<Socket> {
    for (const bucket of this.buckets) yield* bucket
  }

  /** The reader's first socket; the others follow by `sibling`. */
  of(reader: UserId): Socket | undefined {
    return this.#byReader.get(reader)
  }

  count(reader: UserId): number {
    let n = 0
    for (let socket = this.of(reader); socket !== undefined; socket = socket.sibling) n++
    return n
  }

  open(socket: Socket): void {
    socket.bucket = this.#nextBucket
    this.#nextBucket = (this.#nextBucket + 1) % bucketsCount
    const bucket = this.buckets[socket.bucket]!
    socket.place = bucket.push(socket) - 1
    this.#size++
  }

  /** The socket belongs to a reader now. */
  join(socket: Socket, reader: UserId): void {
    socket.reader = reader
    socket.sibling = this.#byReader.get(reader)
    this.#byReader.set(reader, socket)
  }

  /** How many times a socket has gone live. */
  get lives(): number {
    return this.#lives
  }

  goLive(socket: Socket): void {
    socket.state = 'live'
    socket.liveAt = ++this.#lives
  }

  /** Returns whether it was its reader's last one. */
  close(socket: Socket): boolean {
    const bucket = this.buckets[socket.bucket]!
    const last = bucket.pop()!
    if (last !== socket) {
      bucket[socket.place] = last
      last.place = socket.place
    }
    this.#size--
    return socket.reader !== 0 && this.#leave(socket)
  }

  #leave(socket: Socket): boolean {
    const first = this.#byReader.get(socket.reader)
    if (first === socket) {
      if (socket.sibling === undefined) {
        this.#byReader.delete(socket.reader)
        return true
      }
      this.#byReader.set(socket.reader, socket.sibling)
      return false
    }
    for (let before = first; before !== undefined; before = before.sibling) {
      if (before.sibling === socket) {
        before.sibling = socket.sibling
        break
      }
    }
    return false
  }
}
