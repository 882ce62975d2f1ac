import { bodyBytesMax, pageLengthDefault } from '../core/limits.ts'
import {
  Fetch,
  Liked,
  ListQuery,
  Message,
  MessageList,
  Send,
  Timeline as TimelineAnswer,
  UserList,
} from '../core/wire.ts'
import type { AuthorMessages, OneMessage } from '../services/author-messages.ts'
import type { Boosts } from '../services/boosts.ts'
import type { DeleteMessage } from '../services/delete.ts'
import type { Likes } from '../services/like.ts'
import type { People } from '../services/people.ts'
import type { Present } from '../services/present.ts'
import type { Publish } from '../services/publish.ts'
import type { Replies } from '../services/replies.ts'
import { draftToSend, messageBefore, repliesNext, repliesPlace } from './arguments.ts'
import { type FetchPage, fetchPath } from './fetch-page.ts'
import { idempotencyKey } from './idempotency-key.ts'
import type { PageTokens } from './page-token.ts'
import { type Answer, type Call, type Row, row } from './table.ts'

/** Publishing, reading and liking. */
export function messageRows({
  publish,
  present,
  oneMessage,
  authorMessages,
  replies,
  deleteMessage,
  unboost,
  likes,
  people,
  pageTokens,
  fetchPage,
}: {
  publish: Publish
  present: Pick<Present, 'record'>
  oneMessage: OneMessage
  authorMessages: AuthorMessages
  replies: Replies
  deleteMessage: DeleteMessage
  unboost: Boosts['unboost']
  likes: Likes
  people: Pick<People, 'mustSee'>
  pageTokens: PageTokens
  fetchPage: Pick<FetchPage, 'respond'>
}): Row[] {
  async function send({ request, reader, body }: Call): Promise<Answer> {
    const record = await publish(reader, draftToSend(reader, Send, body), idempotencyKey(request.headers))
    return {
      status: record.again ? 200 : 201,
      json: await present.record(reader, record),
      headers: { Location: `/messages/${record.id}` },
    }
  }

  return [
    row({
      method: 'POST',
      path: '/send',
      does: 'Publishes a message',
      more:
        'Answers once it is durable: from then on it is in one’s own newest page, and on its way to all followers. With ' +
        '`boostOf` it is a boost, which has no text of its own; a second boost of the same message answers 200 with the first.',
      body: { schema: Send, bytesMax: bodyBytesMax, checked: 'by handler' },
      keyed: true,
      answers: { 201: Message, 200: Message },
      refuses: ['not_yours', 'no_such_message', 'text_empty', 'text_too_long'],
      handle: send,
    }),
    row({
      method: 'GET',
      path: fetchPath,
      does: 'Reads the home timeline, newest first',
      more:
        'Without `since`: the newest; `before` pages back. With `since`, a `cursor` of before: what arrived after it, the ' +
        'earliest arrivals first in coming; `more` says that asking again with the new cursor brings more. 304 where ' +
        '`If-None-Match` names the page’s `ETag`.',
      query: Fetch,
      answers: { 200: TimelineAnswer, 304: 'nothing' },
      refuses: ['not_yours', 'cursor_expired'],
      handle: ({ request, reader, query, rate }) => fetchPage.respond(request, reader, query, rate),
    }),
    row({
      method: 'GET',
      path: '/users/:id/messages',
      does: 'Lists a user’s messages, newest first',
      query: ListQuery,
      answers: { 200: MessageList },
      refuses: ['no_such_user'],
      async handle({ reader, id, query }) {
        const before = query.before === undefined ? undefined : messageBefore(query.before)
        await people.mustSee(reader, id)
        const { messages, next } = await authorMessages(reader, id, before, query.length ?? pageLengthDefault)
        const end = next === undefined ? '' : `,"next":"${next}"`
        return { status: 200, json: `{"messages":[${messages.join(',')}]${end}}` }
      },
    }),
    row({
      method: 'GET',
      path: '/messages/:id',
      does: 'Reads a message',
      answers: { 200: Message },
      refuses: ['no_such_message'],
      handle: async ({ reader, id }) => ({ status: 200, json: await oneMessage(reader, id) }),
    }),
    row({
      method: 'DELETE',
      path: '/messages/:id',
      does: 'Deletes a message of one’s own; a moderator anybody’s',
      more: 'It leaves every timeline and open socket at once.',
      answers: { 204: 'nothing' },
      refuses: ['no_such_message', 'not_yours'],
      async handle({ reader, id }) {
        await deleteMessage(reader, id)
        return { status: 204 }
      },
    }),
    row({
      method: 'GET',
      path: '/messages/:id/replies',
      does: 'Lists the replies to a message, oldest first',
      query: ListQuery,
      answers: { 200: MessageList },
      refuses: ['no_such_message'],
      async handle({ reader, id, query: { before, length = pageLengthDefault } }) {
        const place = repliesPlace(before, id, pageTokens)
        const { messages, next } = await replies(reader, id, place.above, place.below, length)
        const end = next === undefined ? '' : `,"next":"${repliesNext(id, { ...place, above: next }, pageTokens)}"`
        return { status: 200, json: `{"messages":[${messages.join(',')}]${end}}` }
      },
    }),
    row({
      method: 'DELETE',
      path: '/messages/:id/boost',
      does: 'Takes a boost of a message back',
      answers: { 204: 'nothing' },
      refuses: ['no_such_message'],
      async handle({ reader, id }) {
        await unboost(reader, id)
        return { status: 204 }
      },
    }),
    row({
      method: 'PUT',
      path: '/messages/:id/like',
      does: 'Likes a message',
      more: 'Idempotent.',
      answers: { 200: Liked },
      refuses: ['no_such_message'],
      handle: async ({ reader, id }) => ({ status: 200, json: await likes.like(reader, id) }),
    }),
    row({
      method: 'DELETE',
      path: '/messages/:id/like',
      does: 'Takes a like back',
      more: 'Idempotent.',
      answers: { 200: Liked },
      refuses: ['no_such_message'],
      handle: async ({ reader, id }) => ({ status: 200, json: await likes.unlike(reader, id) }),
    }),
    row({
      method: 'GET',
      path: '/messages/:id/likes',
      does: 'Lists who likes a message',
      query: ListQuery,
      answers: { 200: UserList },
      refuses: ['no_such_message'],
      async handle({ reader, id, query: { before, length = pageLengthDefault } }) {
        const list = `likes ${id}`
        const page = before === undefined ? undefined : pageTokens.open(list, before)
        const { users, next } = await likes.likers(reader, id, page, length)
        return { status: 200, json: next === undefined ? { users } : { users, next: pageTokens.seal(list, next) } }
      },
    }),
  ]
}
