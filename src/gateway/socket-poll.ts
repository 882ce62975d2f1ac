import type { Cursor } from '../core/cursor.ts'
import { pageLengthMax, pollCursorMs } from '../core/limits.ts'
import type { Clock } from '../ports/clock.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { Timeline } from '../services/timeline.ts'
import type { ClientFrame } from './frames.ts'
import type { Socket } from './socket.ts'

/** A socket's last poll that brought nothing. */
export interface Poll {
  /** The cursor it came with, and the one it was answered with. */
  readonly since: string
  readonly next: string
  /** The whole answer, and where its cursor stands. */
  readonly result: string
  readonly cursor: Cursor
  /** Unix ms until which the same answer may be given once more. */
  readonly until: number
}

export interface Polls {
  /** A `fetch` with `since` has found nothing new: its answer, and the cursor in it. */
  remember(socket: Socket, since: string, result: string, next: string): void
  /** Whether the frame asks what the socket's last poll asked, so that `unchanged` may answer it. */
  repeats(socket: Socket, frame: ClientFrame): boolean
  /** The same answer if nothing has happened since. */
  unchanged(socket: Socket): Promise<string | undefined>
}

interface FetchFrame extends ClientFrame {
  readonly length?: unknown
  readonly before?: unknown
  readonly preview?: unknown
  readonly userID?: unknown
}

/**
 * The short way for sockets that poll: with the cursor of an answer that brought nothing, nothing is decoded, read or
 * encoded as long as the heads of inbox, hot log and deletions stand where that cursor stands.
 */
export function createPolls({
  inbox,
  hotLog,
  messages,
  timeline,
  clock,
}: {
  inbox: Pick<Inbox, 'head'>
  hotLog: Pick<HotLog, 'head' | 'epoch'>
  messages: Pick<MessageStore, 'deletionsHead'>
  timeline: Pick<Timeline, 'decode'>
  clock: Pick<Clock, 'now'>
}): Polls {
  return {
    remember(socket, since, result, next) {
      const cursor = timeline.decode(socket.reader, next)
      if (cursor.upTo === undefined) socket.poll = { since, next, result, cursor, until: clock.now() + pollCursorMs }
    },
    repeats(socket, frame) {
      const { poll } = socket
      if (poll === undefined || frame.op !== 'fetch') return false
      if (frame.since !== poll.since && frame.since !== poll.next) return false
      const { length, before, preview, userID } = frame as FetchFrame
      if (before !== undefined || preview !== undefined || userID !== undefined || clock.now() > poll.until)
        return false
      return (
        length === undefined || (Number.isInteger(length) && Number(length) >= 1 && Number(length) <= pageLengthMax)
      )
    },
    async unchanged(socket) {
      const { cursor, result } = socket.poll!
      const head = await inbox.head(socket.reader)
      if (head === undefined || head.epoch !== cursor.epoch || head.position !== cursor.position) return undefined
      if ((await messages.deletionsHead()) > cursor.deletions) return undefined
      if (hotLog.epoch !== cursor.hotEpoch || hotLog.head() !== cursor.hotPosition) return undefined
      return result
    },
  }
}
