import type { Cursor } from '../core/cursor.ts'
import type { Id } from '../core/ids.ts'
import { pollCursorMs } from '../core/limits.ts'
import type { Frames } from '../core/wire.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { Inbox, InboxHead } from '../ports/inbox.ts'
import type { MessageStore } from '../ports/messages.ts'
import { isPlain } from './frames.ts'
import type { Socket } from './socket.ts'

/** A socket's last poll that brought nothing: its frame around the ref, and the answer. */
export interface Poll {
  readonly socket: Socket
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
  /** Refs and texts, in turn, of frames that wait to be answered together. */
  asked: string[] | undefined
  /** Counts down to the next look whether several frames come at once; while above 0, each is answered at once. */
  alone: number
}

/** A `fetch` with `since` has found nothing new: the frame, its text, the result and the cursor in it. */
export function rememberPoll(
  socket: Socket,
  { ref, since }: Frames['fetch'],
  text: string,
  result: string,
  next: string,
  cursor: Cursor,
): void {
  const around = aroundRef(text, ref)
  if (cursor.upTo !== undefined || since === undefined || around === undefined) return
  const [start, end] = around
  socket.poll = {
    socket,
    start,
    end,
    nextStart: start.replace(since, next),
    nextEnd: end.replace(since, next),
    result,
    cursor,
    until: socket.heardAt + pollCursorMs,
    asked: undefined,
    alone: 0,
  }
}

/** The ref of a frame that asks what the socket's last poll asked, so that it may be answered alike. */
export function refOfRepeat(socket: Socket, text: string): string | undefined {
  const { poll } = socket
  if (poll === undefined || socket.heardAt > poll.until) return undefined
  const ref = between(text, poll.start, poll.end) ?? between(text, poll.nextStart, poll.nextEnd)
  return ref !== undefined && isPlain(ref) ? ref : undefined
}

/** A socket that sent one frame in a turn is taken to do so for as many further ones. */
const aloneFor = 30

/**
 * The short way for sockets that poll. A frame that is the same as one that brought nothing, but for its ref, is not parsed,
 * and its answer is not made anew, as long as the heads of inbox, hot log and deletions stand where its cursor stands. They
 * are read once for all frames of one turn of the event loop, after those have come.
 */
export function createPolls({
  inbox,
  hotLog,
  messages,
  soon,
  again,
  done,
}: {
  inbox: Pick<Inbox, 'head'>
  hotLog: Pick<HotLog, 'head' | 'epoch'>
  messages: Pick<MessageStore, 'deletionsHead'>
  /** Runs it once what has come in has been looked at. */
  soon: (run: () => void) => void
  /** Something has happened since: the frame is to be answered the long way. */
  again: (socket: Socket, text: string) => void
  /** So many frames were answered. */
  done: (socket: Socket, frames: number) => void
}): { add(poll: Poll, ref: string, text: string): void } {
  let waiting: Poll[] = []

  async function answerAll(): Promise<void> {
    const turn = waiting
    waiting = []
    await answerTurn(turn)
  }

  async function answerTurn(polls: readonly Poll[]): Promise<void> {
    const turn = polls.map((poll) => ({ poll, asked: poll.asked! }))
    for (const { poll } of turn) poll.asked = undefined
    let deletions: Id | undefined
    try {
      deletions = await messages.deletionsHead()
    } catch {
      // The long way meets the same refusal, and tells it.
    }
    for (const { poll, asked } of turn) {
      inbox.head(poll.cursor.reader).then(
        (head) => settle(poll, asked, head, deletions),
        () => settle(poll, asked, undefined, deletions),
      )
    }
  }

  function settle(poll: Poll, asked: readonly string[], head: InboxHead | undefined, deletions: Id | undefined): void {
    const { socket } = poll
    if (poll.alone === 0 && asked.length === 2) poll.alone = aloneFor
    if (stillThere(poll.cursor, head, deletions)) {
      const end = `","ok":${poll.result}}`
      const send = () => {
        for (let i = 0; i < asked.length; i += 2) socket.send(`{"ref":"${asked[i]}${end}`)
      }
      if (asked.length === 2) send()
      else socket.wire?.cork(send)
      done(socket, asked.length / 2)
    } else {
      if (socket.poll === poll) socket.poll = undefined
      for (let i = 0; i < asked.length; i += 2) again(socket, asked[i + 1]!)
    }
  }

  function stillThere(cursor: Cursor, head: InboxHead | undefined, deletions: Id | undefined): boolean {
    if (head === undefined || head.epoch !== cursor.epoch || head.position !== cursor.position) return false
    if (deletions === undefined || deletions > cursor.deletions) return false
    return hotLog.epoch === cursor.hotEpoch && hotLog.head() === cursor.hotPosition
  }

  return {
    add(poll, ref, text) {
      if (poll.asked !== undefined) {
        poll.asked.push(ref, text)
        return
      }
      poll.asked = [ref, text]
      if (poll.alone > 0) {
        // Waiting for others would cost more than it saves.
        poll.alone--
        void answerTurn([poll])
      } else if (waiting.push(poll) === 1) soon(() => void answerAll())
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
