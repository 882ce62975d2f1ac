import type { UserId } from '../core/ids.ts'
import { pageLengthDefault, smallBodyBytesMax } from '../core/limits.ts'
import { Follow as FollowBody, ListQuery, Relation, UserList } from '../core/wire.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Follow } from '../services/follow.ts'
import type { People } from '../services/people.ts'
import type { PageTokens } from './page-token.ts'
import { type Answer, type Call, type Row, row } from './table.ts'

/** Following, and the lists of those who follow and are followed. */
export function graphRows({
  follows,
  graph,
  people,
  pageTokens,
}: {
  follows: Follow
  graph: Pick<FollowGraph, 'listFollowers' | 'listFollowing'>
  people: Pick<People, 'list' | 'mustExist'>
  pageTokens: PageTokens
}): Row[] {
  type List = (user: UserId, page: string | undefined, length: number) => Promise<{ users: UserId[]; next?: string }>

  function lister(name: string, list: List) {
    return async ({ reader, id, query }: Call<ListQuery>): Promise<Answer> => {
      const key = `${name} ${id}`
      const page = query.before === undefined ? undefined : pageTokens.open(key, query.before)
      await people.mustExist(id)
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
      body: { schema: FollowBody, bytesMax: smallBodyBytesMax, needed: false },
      answer: Relation,
      handle: async ({ reader, id, body }) => ({ status: 200, json: await follows.follow(reader, id, body?.notify) }),
    }),
    row({
      method: 'DELETE',
      path: '/users/:id/follow',
      answer: Relation,
      handle: async ({ reader, id }) => ({ status: 200, json: await follows.unfollow(reader, id) }),
    }),
    row({
      method: 'GET',
      path: '/users/:id/followers',
      query: ListQuery,
      answer: UserList,
      handle: lister('followers', graph.listFollowers),
    }),
    row({
      method: 'GET',
      path: '/users/:id/following',
      query: ListQuery,
      answer: UserList,
      handle: lister('following', graph.listFollowing),
    }),
  ]
}
