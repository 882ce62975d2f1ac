import { frameBytesMax } from '../core/limits.ts'
import type { Socket } from './socket.ts'

/**
 * Frames of one moment for many sockets. Several for one socket go out in one write, which costs more than all the rest
 * of a frame (2.5 of 3.5 µs, measured).
 */
export class Batch {
  readonly #sockets: Socket[] = []

  /** The socket was not `full`; the frame goes out with `flush`. */
  add(socket: Socket, frame: string): void {
    const { batch } = socket
    if (batch === undefined) {
      socket.batch = frame
      this.#sockets.push(socket)
    } else if (typeof batch === 'string') socket.batch = [batch, frame]
    else batch.push(frame)
    socket.batchLength += frame.length
    // What waits here does not count as unsent yet, so it stays small.
    if (socket.batchLength > frameBytesMax) send(socket)
  }

  flush(): void {
    for (const socket of this.#sockets) send(socket)
    this.#sockets.length = 0
  }
}

function send(socket: Socket): void {
  const { batch } = socket
  socket.batch = undefined
  socket.batchLength = 0
  if (typeof batch === 'string') socket.send(batch)
  else if (batch !== undefined) socket.sendAll(batch)
}
