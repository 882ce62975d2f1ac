import { check, fits } from '../core/check.ts'
import type { UserId } from '../core/ids.ts'
import { framePageBytesMax } from '../core/limits.ts'
import { type Frames, frames, IdempotencyKey, idOf } from '../core/wire.ts'
import type { Follow } from '../services/follow.ts'
import type { Likes } from '../services/like.ts'
import type { Notifications } from '../services/notifications.ts'
import type { Present } from '../services/present.ts'
import type { Publish } from '../services/publish.ts'
import type { RatePolicy } from '../services/rate-limit.ts'
import type { Timeline } from '../services/timeline.ts'
import { draftToSend, pageToFetch } from './arguments.ts'
import type { ClientFrame } from './frames.ts'
import { renderPage } from './page.ts'
import type { Socket } from './socket.ts'
import { rememberPoll } from './socket-poll.ts'
import type { Watches } from './socket-watch.ts'

/** What a socket can ask for; each resolves to the JSON that HTTP would answer, or throws a Refusal. */
export type Operations = {
  readonly [Op in keyof Frames]: {
    /** Counts as this for the rate limits; undefined: free. */
    readonly policy: RatePolicy | undefined
    /** The largest answer in bytes, about: so much room is kept in the socket's queue. */
    readonly answerBytesMax: number
    /** Checks the frame's arguments too; `text` is the frame as it came. */
    run(socket: Socket, frame: ClientFrame, text: string): Promise<string>
  }
}

/** A message with the longest text, escaped. */
const messageBytesMax = 24 * 1024
const smallBytesMax = 1024

export function createOperations({
  publish,
  present,
  timeline,
  likes,
  follows,
  notifications,
  watches,
}: {
  publish: Publish
  present: Pick<Present, 'record'>
  timeline: Pick<Timeline, 'page' | 'decode'>
  likes: Pick<Likes, 'like' | 'unlike'>
  follows: Follow
  notifications: Pick<Notifications, 'read'>
  watches: Pick<Watches, 'set'>
}): Operations {
  async function send(socket: Socket, frame: ClientFrame): Promise<string> {
    const { key } = frame as { key?: unknown }
    const draft = draftToSend(socket.reader, frames.send, frame)
    const published = publish(socket.reader, draft, fits(IdempotencyKey, key) ? key : undefined)
    socket.sends(published.then((record) => record.id))
    return present.record(socket.reader, await published)
  }

  async function fetch(socket: Socket, given: ClientFrame, text: string): Promise<string> {
    const frame = checked('fetch', given)
    const query = pageToFetch(socket.reader, frame)
    const page = await timeline.page(socket.reader, { ...query, bytesMax: framePageBytesMax })
    const json = renderPage(page)
    const nothingNew = page.messages.length === 0 && !page.more && page.deleted === undefined
    if (frame.since !== undefined && nothingNew) {
      rememberPoll(socket, frame, text, json, page.cursor!, timeline.decode(socket.reader, page.cursor!))
    }
    return json
  }

  return {
    send: { policy: 'writes', answerBytesMax: messageBytesMax, run: send },
    fetch: { policy: 'reads', answerBytesMax: framePageBytesMax, run: fetch },
    like: write('like', async (reader, frame) => likes.like(reader, idOf(frame.id))),
    unlike: write('unlike', async (reader, frame) => likes.unlike(reader, idOf(frame.id))),
    follow: write('follow', (reader, frame) => follows.follow(reader, idOf(frame.id), frame.notify)),
    unfollow: write('unfollow', (reader, frame) => follows.unfollow(reader, idOf(frame.id))),
    read: write('read', (reader, frame) => notifications.read(reader, idOf(frame.upTo))),
    watch: {
      policy: 'reads',
      answerBytesMax: smallBytesMax,
      async run(socket, frame) {
        await watches.set(socket, checked('watch', frame).ids.map(idOf))
        return '{}'
      },
    },
  }
}

function write<Op extends keyof Frames>(op: Op, act: (reader: UserId, frame: Frames[Op]) => Promise<object>) {
  return {
    policy: 'writes' as const,
    answerBytesMax: smallBytesMax,
    run: async (socket: Socket, frame: ClientFrame) => JSON.stringify(await act(socket.reader, checked(op, frame))),
  }
}

/** The frame's arguments, checked. Throws a Refusal that names the field. */
export function checked<Op extends keyof Frames>(op: Op, frame: unknown): Frames[Op] {
  return check(frames[op], frame) as Frames[Op]
}
