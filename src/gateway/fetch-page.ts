import type { UserId } from '../core/ids.ts'
import { Fetch } from '../core/wire.ts'
import type { Auth } from '../services/auth.ts'
import type { Rate, RateLimits } from '../services/rate-limit.ts'
import type { Timeline } from '../services/timeline.ts'
import { mustAllow, pageResponse } from './answer.ts'
import { pageToFetch } from './arguments.ts'
import { queryPart, readQuery } from './query.ts'

export const fetchPath = '/fetch'

/** A request for a page by somebody known; the rate is told apart, so that a refusal carries it too. */
export interface QuickPage {
  readonly rate: Rate | undefined
  respond(): Promise<Response>
}

export interface FetchPage {
  /** The answer to a call that was read and checked. */
  respond(request: Request, reader: UserId, query: Fetch, rate: Rate | undefined): Promise<Response>
  /**
   * `GET /fetch` is nearly all of what a gateway is asked. Where the token stands in the header and is known in this
   * process, the request needs no table, no URL object and no wait before the timeline itself; all others: undefined.
   */
  quick(request: Request, url: string, pathAt: number): QuickPage | undefined
}

export function createFetchPage({
  timeline,
  auth,
  rates,
}: {
  timeline: Pick<Timeline, 'page'>
  auth: Pick<Auth, 'known'>
  rates: RateLimits
}): FetchPage {
  async function respond(request: Request, reader: UserId, query: Fetch, rate: Rate | undefined): Promise<Response> {
    const ifNoneMatch = request.headers.get('if-none-match')
    const page = await timeline.page(reader, pageToFetch(reader, query))
    return pageResponse(page, ifNoneMatch, rate)
  }

  return {
    respond,
    quick(request, url, pathAt) {
      const end = pathAt + fetchPath.length
      if (!url.startsWith(fetchPath, pathAt) || (url.length > end && url[end] !== '?')) return undefined
      if (request.method !== 'GET') return undefined
      const authorization = request.headers.get('authorization')
      if (authorization === null || !authorization.startsWith('Bearer ')) return undefined
      const reader = auth.known(authorization.slice(7))
      if (reader === undefined) return undefined
      const rate = rates.take('reads', reader)
      return {
        rate,
        async respond() {
          mustAllow(rate)
          return respond(request, reader, readQuery(Fetch, queryPart(url, end)), rate)
        },
      }
    },
  }
}
