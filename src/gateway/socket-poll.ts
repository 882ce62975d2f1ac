import type { Cursor } from '../core/cursor.ts'
import { pollCursorMs } from '../core/limits.ts'
import type { Frames } from '../core/wire.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { Timeline } from '../services/timeline.ts'
import { isPlain } from './frames.ts'
import type { Socket } from './socket.ts'

/** The frame of a socket's last poll that brought nothing, around its ref, and the answer. */
export interface Poll {
  readonly start: string
  readonly end: string
  /** The same with the cursor that it was answered with instead of the one it came with. */
  readonly nextStart: string
  readonly nextEnd: string
  /** The whole result, and where its cursor stands. */
  readonly result: string
  readonly cursor: Cursor
  /** Unix ms until which the same answer may be given once more. */
  readonly until: number
}

export interface Polls {
  /** A `fetch` with `since` has found nothing new: the frame, its text, the result and the cursor in it. */
  remember(socket: Socket, frame: Frames['fetch'], text: string, result: string, next: string): void
  /** The ref of a frame that asks what the socket's last poll asked; `unchanged` may answer it. */
  refOfRepeat(socket: Socket, text: string): string | undefined
  /** The result of the last poll if nothing has happened since. */
  unchanged(poll: Poll): Promise<string | undefined>
}

/**
 * The short way for sockets that poll: a frame that is the same as one that brought nothing, but for its ref, is not parsed,
 * and its answer is not made anew, as long as the heads of inbox, hot log and deletions stand where its cursor stands.
 */
export function createPolls({
  inbox,
  hotLog,
  messages,
  timeline,
}: {
  inbox: Pick<Inbox, 'head'>
  hotLog: Pick<HotLog, 'head' | 'epoch'>
  messages: Pick<MessageStore, 'deletionsHead'>
  timeline: Pick<Timeline, 'decode'>
}): Polls {
  return {
    remember(socket, frame, text, result, next) {
      const cursor = timeline.decode(socket.reader, next)
      const around = aroundRef(text, frame.ref)
      if (cursor.upTo !== undefined || around === undefined) return
      const [start, end] = around
      const since = frame.since!
      socket.poll = {
        start,
        end,
        nextStart: start.replace(since, next),
        nextEnd: end.replace(since, next),
        result,
        cursor,
        until: socket.heardAt + pollCursorMs,
      }
    },
    refOfRepeat(socket, text) {
      const { poll } = socket
      if (poll === undefined || socket.heardAt > poll.until) return undefined
      const ref = between(text, poll.start, poll.end) ?? between(text, poll.nextStart, poll.nextEnd)
      return ref !== undefined && isPlain(ref) ? ref : undefined
    },
    async unchanged({ cursor, result }) {
      const head = await inbox.head(cursor.reader)
      if (head === undefined || head.epoch !== cursor.epoch || head.position !== cursor.position) return undefined
      if ((await messages.deletionsHead()) > cursor.deletions) return undefined
      if (hotLog.epoch !== cursor.hotEpoch || hotLog.head() !== cursor.hotPosition) return undefined
      return result
    },
  }
}

function between(text: string, start: string, end: string): string | undefined {
  if (text.length < start.length + end.length || !text.startsWith(start) || !text.endsWith(end)) return undefined
  return text.slice(start.length, text.length - end.length)
}

/**
 * What stands around the ref in the frame's text, so that another plain ref between them makes the same frame: only where
 * that is beyond doubt, in a flat object without escapes.
 */
function aroundRef(text: string, ref: string): [string, string] | undefined {
  if (!isPlain(ref) || text.includes('\\') || text.indexOf('{', 1) >= 0) return undefined
  const key = '"ref":"'
  const at = text.indexOf(key)
  if (at < 0 || at !== text.lastIndexOf(key) || !text.startsWith(`${ref}"`, at + key.length)) return undefined
  return [text.slice(0, at + key.length), text.slice(at + key.length + ref.length)]
}
