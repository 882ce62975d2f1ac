import type { UserId } from '../core/ids.ts'
import { fetchQueriesKeptMax } from '../core/limits.ts'
import { Fetch } from '../core/wire.ts'
import type { Auth } from '../services/auth.ts'
import type { Rate } from '../services/rate-limit.ts'
import type { PageQuery, Timeline } from '../services/timeline.ts'
import { pageResponse } from './answer.ts'
import { pageToFetch } from './arguments.ts'
import { queryPart, readQuery } from './query.ts'

export const fetchPath = '/fetch'

export interface FetchPage {
  /** The answer to a call that was read and checked. */
  respond(request: Request, reader: UserId, query: Fetch, rate: Rate | undefined): Promise<Response>
  /**
   * Who asks for `GET /fetch` with a token in its header that this process knows: such a request, nearly all of what a
   * gateway is asked, needs no table and no wait before the timeline itself. Undefined for every other one.
   */
  quickReader(request: Request, url: string, pathAt: number): UserId | undefined
  /** What the URL of such a request asks for. Throws as the schema has it. */
  quickQuery(reader: UserId, url: string, pathAt: number): PageQuery
}

export function createFetchPage({
  timeline,
  auth,
}: {
  timeline: Pick<Timeline, 'page'>
  auth: Pick<Auth, 'known'>
}): FetchPage {
  /** Queries that mean the same for everybody, as written: clients have few of them. */
  const kept = new Map<string, PageQuery>()

  return {
    async respond(request, reader, query, rate) {
      const ifNoneMatch = request.headers.get('if-none-match')
      return pageResponse(await timeline.page(reader, pageToFetch(reader, query)), ifNoneMatch, rate)
    },
    quickReader(request, url, pathAt) {
      const end = pathAt + fetchPath.length
      // 63 is the question mark.
      if (!url.startsWith(fetchPath, pathAt) || (url.length > end && url.charCodeAt(end) !== 63)) return undefined
      if (request.method !== 'GET') return undefined
      const authorization = request.headers.get('authorization')
      return authorization?.startsWith('Bearer ') ? auth.known(authorization.slice(7)) : undefined
    },
    quickQuery(reader, url, pathAt) {
      const written = queryPart(url, pathAt + fetchPath.length)
      const known = kept.get(written)
      if (known) return known
      const query = readQuery(Fetch, written)
      const asked = pageToFetch(reader, query)
      const forAll = query.userID === undefined && query.since === undefined && query.before === undefined
      if (forAll && kept.size < fetchQueriesKeptMax) kept.set(written, asked)
      return asked
    },
  }
}
