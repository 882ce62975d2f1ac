import type { UserId } from '../core/ids.ts'
import { pageLengthDefault, smallBodyBytesMax } from '../core/limits.ts'
import { Follow as FollowBody, ListQuery, Relation, UserList } from '../core/wire.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Blocks } from '../services/block.ts'
import type { Follow } from '../services/follow.ts'
import type { HiddenList } from '../services/hidden-list.ts'
import type { People } from '../services/people.ts'
import type { Suggest } from '../services/suggest.ts'
import type { PageTokens } from './page-token.ts'
import { type Answer, type Call, type Row, row } from './table.ts'

/** Following, muting and blocking, the lists of those who follow and are followed, and whom one might follow. */
export function graphRows({
  follows,
  blocks,
  hiddenList,
  suggest,
  graph,
  people,
  pageTokens,
}: {
  follows: Follow
  blocks: Blocks
  hiddenList: HiddenList
  suggest: Suggest
  graph: Pick<FollowGraph, 'listFollowers' | 'listFollowing'>
  people: Pick<People, 'list' | 'mustSee'>
  pageTokens: PageTokens
}): Row[] {
  type List = (user: UserId, page: string | undefined, length: number) => Promise<{ users: UserId[]; next?: string }>

  function lister(name: string, list: List) {
    return async ({ reader, id, query }: Call<ListQuery>): Promise<Answer> => {
      const key = `${name} ${id}`
      const page = query.before === undefined ? undefined : pageTokens.open(key, query.before)
      await people.mustSee(reader, id)
      const found = await list(id, page, query.length ?? pageLengthDefault)
      const users = await people.list(reader, found.users)
      return {
        status: 200,
        json: found.next === undefined ? { users } : { users, next: pageTokens.seal(key, found.next) },
      }
    }
  }

  return [
    row({
      method: 'PUT',
      path: '/users/:id/follow',
      does: 'Follows a user',
      more: 'Idempotent. Their newest messages join the timeline’s pages. With `notify`, each new one is a notification.',
      body: { schema: FollowBody, bytesMax: smallBodyBytesMax, needed: false },
      answers: { 200: Relation },
      refuses: ['no_such_user', 'self_follow'],
      handle: async ({ reader, id, body }) => ({ status: 200, json: await follows.follow(reader, id, body?.notify) }),
    }),
    row({
      method: 'DELETE',
      path: '/users/:id/follow',
      does: 'Ends following a user',
      more: 'Idempotent. Their messages leave the timeline at once.',
      answers: { 200: Relation },
      refuses: ['no_such_user', 'self_follow'],
      handle: async ({ reader, id }) => ({ status: 200, json: await follows.unfollow(reader, id) }),
    }),
    ...(['mute', 'block'] as const).flatMap((wish) => [
      row({
        method: 'PUT',
        path: `/users/:id/${wish}`,
        does: wish === 'mute' ? 'Mutes a user' : 'Blocks a user',
        more:
          wish === 'mute'
            ? 'Idempotent. Their messages leave one’s own timeline and notifications.'
            : 'Idempotent. Ends both follows; each is from then on to the other as if absent.',
        answers: { 200: Relation },
        refuses: ['no_such_user'],
        handle: async ({ reader, id }) => ({ status: 200, json: await blocks[wish](reader, id) }),
      }),
      row({
        method: 'DELETE',
        path: `/users/:id/${wish}`,
        does: wish === 'mute' ? 'Ends muting a user' : 'Ends blocking a user',
        more: 'Idempotent.',
        answers: { 200: Relation },
        refuses: ['no_such_user'],
        handle: async ({ reader, id }) => ({ status: 200, json: await blocks[`un${wish}` as const](reader, id) }),
      }),
    ]),
    row({
      method: 'GET',
      path: '/users/:id/followers',
      does: 'Lists who follows a user',
      query: ListQuery,
      answers: { 200: UserList },
      refuses: ['no_such_user'],
      handle: lister('followers', graph.listFollowers),
    }),
    row({
      method: 'GET',
      path: '/users/:id/following',
      does: 'Lists whom a user follows',
      query: ListQuery,
      answers: { 200: UserList },
      refuses: ['no_such_user'],
      handle: lister('following', graph.listFollowing),
    }),
    ...(['muted', 'blocked'] as const).map((wish) =>
      row({
        method: 'GET',
        path: wish === 'muted' ? '/users/me/mutes' : '/users/me/blocks',
        does: `Lists whom one has ${wish}`,
        query: ListQuery,
        answers: { 200: UserList },
        refuses: [],
        async handle({ reader, query: { before, length = pageLengthDefault } }) {
          const list = `${wish} ${reader}`
          const page = before === undefined ? undefined : pageTokens.open(list, before)
          const { users, next } = await hiddenList(reader, wish, page, length)
          return { status: 200, json: next === undefined ? { users } : { users, next: pageTokens.seal(list, next) } }
        },
      }),
    ),
    row({
      method: 'GET',
      path: '/users/me/suggestions',
      does: 'Suggests whom to follow: friends of friends, most shared first',
      query: ListQuery,
      answers: { 200: UserList },
      refuses: [],
      async handle({ reader, query: { before, length = pageLengthDefault } }) {
        const list = `suggestions ${reader}`
        const page = before === undefined ? undefined : pageTokens.open(list, before)
        const { users, next } = await suggest(reader, page, length)
        return { status: 200, json: next === undefined ? { users } : { users, next: pageTokens.seal(list, next) } }
      },
    }),
  ]
}
