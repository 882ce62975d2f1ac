import { socketInFlightMax, socketQueueBytesMax } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import type { Frames } from '../core/wire.ts'
import type { RateLimits } from '../services/rate-limit.ts'
import type { Admission } from './admission.ts'
import { Fifo } from './fifo.ts'
import { answerFrame, type ClientFrame, isOp, parseFrame, refOf, refusalFrame } from './frames.ts'
import type { Socket } from './socket.ts'
import { checked, type Operations } from './socket-operations.ts'
import { createPolls, refOfRepeat } from './socket-poll.ts'

export interface Requests {
  /** A frame after the hello. It waits while the socket has too much in work, unsent or waiting before it. */
  receive(socket: Socket, text: string): void
  /** The frame waits until `goOn`. */
  hold(socket: Socket, text: string): void
  /** Room has been made, or the hello is answered: takes up frames that wait. */
  goOn(socket: Socket): void
  stats(): { received: number; refused: number }
}

/**
 * Answers a socket's requests, several at once, each when it is done. An answer is never dropped: room for it is kept
 * before its request is begun, and while there is none nothing more is read from the socket.
 */
export function createRequests({
  operations,
  pollPorts,
  rates,
  admission,
  draining,
  log,
}: {
  operations: Operations
  pollPorts: Omit<Parameters<typeof createPolls>[0], 'again' | 'done'>
  rates: RateLimits
  admission: Admission
  draining: () => boolean
  log: Log
}): Requests {
  const again = (socket: Socket, text: string) => void answer(socket, parseFrame(text), 'fetch', text, true)
  const polls = createPolls({ ...pollPorts, again, done })
  let received = 0
  let refused = 0

  function receive(socket: Socket, text: string): void {
    if (socket.waiting !== undefined || !hasRoom(socket)) hold(socket, text)
    else begin(socket, text)
  }

  function hasRoom(socket: Socket): boolean {
    return socket.inWork < socketInFlightMax && socket.owed < socketQueueBytesMax && !socket.full
  }

  function hold(socket: Socket, text: string): void {
    if (socket.waiting === undefined) {
      socket.waiting = new Fifo()
      socket.wire?.pause()
    }
    socket.waiting.push(text)
  }

  function goOn(socket: Socket): void {
    const { waiting } = socket
    if (waiting === undefined || socket.state === 'greeting' || socket.state === 'opening') return
    while (waiting.length > 0 && socket.state !== 'closed' && hasRoom(socket)) begin(socket, waiting.shift()!)
    if (waiting.length === 0 && socket.waiting === waiting) {
      socket.waiting = undefined
      socket.wire?.resume()
    }
  }

  function begin(socket: Socket, text: string): void {
    received++
    const pollRef = refOfRepeat(socket, text)
    if (pollRef !== undefined) {
      beginPoll(socket, text, pollRef)
      return
    }
    let frame: ClientFrame
    try {
      frame = parseFrame(text)
      if (!isOp(frame.op)) throw new Refusal('bad_request', unknownOp(frame.op), { field: 'op' })
      if (refOf(frame) === undefined && !(frame.op === 'watch' && frame.ref === undefined)) throw badRef(frame)
    } catch (error) {
      refuse(socket, error, undefined)
      return
    }
    socket.inWork++
    void answer(socket, frame, frame.op, text)
  }

  function beginPoll(socket: Socket, text: string, ref: string): void {
    try {
      limit(socket, 'fetch')
    } catch (error) {
      refuse(socket, error, ref)
      return
    }
    socket.inWork++
    polls.add(socket.poll!, ref, text)
  }

  async function answer<Op extends keyof Frames>(
    socket: Socket,
    frame: ClientFrame,
    op: Op,
    text: string,
    limited = false,
  ): Promise<void> {
    const ref = frame.ref as string | undefined
    const { run, answerBytesMax } = operations[op]
    socket.owed += answerBytesMax
    try {
      if (!limited) limit(socket, op)
      const result = await run(socket, frame, text)
      if (ref !== undefined) socket.send(answerFrame(ref, result))
    } catch (error) {
      refuse(socket, error, ref)
    }
    socket.owed -= answerBytesMax
    done(socket)
  }

  function done(socket: Socket, frames = 1): void {
    socket.inWork -= frames
    if (socket.waiting !== undefined) goOn(socket)
  }

  function limit(socket: Socket, op: keyof Frames): void {
    const { policy } = operations[op]
    if (policy === undefined) return
    if (admission.overloaded(performance.now())) {
      throw new Refusal('overloaded', 'More is asked than can be answered in time: try again shortly.')
    }
    if (policy === 'writes' && draining()) {
      throw new Refusal('draining', 'This server is going down: connect again and repeat it there.')
    }
    const rate = rates.take(policy, socket.reader)
    if (rate !== undefined && !rate.allowed) {
      const seconds = rate.retryAfterSeconds
      throw new Refusal('rate_limited', `Too many requests: try again in ${seconds} s.`, { retryAfterSeconds: seconds })
    }
  }

  function refuse(socket: Socket, error: unknown, ref: string | undefined): void {
    refused++
    if (!(error instanceof Refusal)) log.error({ err: error }, 'a frame could not be answered')
    socket.send(refusalFrame(asRefusal(error), ref))
  }

  return { receive, hold, goOn, stats: () => ({ received, refused }) }
}

function asRefusal(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal('internal', 'Something broke on our side; it has been logged.')
}

function unknownOp(op: string): string {
  const shown = op.length <= 20 ? `\`${op}\`` : 'that'
  return op === 'hello' ? 'Hello was said already.' : `There is no op ${shown}: see the list in the documentation.`
}

function badRef(frame: ClientFrame): Refusal {
  try {
    checked(frame.op as keyof Frames, frame)
  } catch (error) {
    if (error instanceof Refusal && error.field === 'ref') return error
  }
  return new Refusal('invalid', '`ref` must be a string of at most 64 characters.', { field: 'ref' })
}
