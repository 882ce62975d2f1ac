import type { Registry } from 'prom-client'
import { anyBodyBytesMax, idleSecondsMax } from '../core/limits.ts'
import type { Log } from '../core/log.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Accounts } from '../services/accounts.ts'
import type { Auth } from '../services/auth.ts'
import type { AuthorMessages, OneMessage } from '../services/author-messages.ts'
import type { Blocks } from '../services/block.ts'
import type { Boosts } from '../services/boosts.ts'
import type { DeleteMessage } from '../services/delete.ts'
import type { Export } from '../services/export.ts'
import type { Follow } from '../services/follow.ts'
import type { HiddenList } from '../services/hidden-list.ts'
import type { Invites } from '../services/invites.ts'
import type { Likes } from '../services/like.ts'
import type { MediaService } from '../services/media.ts'
import type { Notifications } from '../services/notifications.ts'
import type { Overview } from '../services/overview.ts'
import type { People } from '../services/people.ts'
import type { Present } from '../services/present.ts'
import type { Publish } from '../services/publish.ts'
import type { PushSubscriptions } from '../services/push-subscriptions.ts'
import type { RateLimits } from '../services/rate-limit.ts'
import type { Replies } from '../services/replies.ts'
import type { Reports } from '../services/reports.ts'
import type { Roles } from '../services/roles.ts'
import type { Search } from '../services/search.ts'
import type { Suggest } from '../services/suggest.ts'
import type { Suspensions } from '../services/suspensions.ts'
import type { Timeline } from '../services/timeline.ts'
import type { Admission } from './admission.ts'
import type { Sections } from './description/openapi.ts'
import { createFetchPage } from './fetch-page.ts'
import { createHttpMetrics } from './http-metrics.ts'
import { originOf } from './origin.ts'
import { createPageTokens } from './page-token.ts'
import { createRequests, type Requests } from './requests.ts'
import { accountRows } from './routes-accounts.ts'
import { adminRows } from './routes-admin.ts'
import { communityRows } from './routes-community.ts'
import { descriptionRows } from './routes-description.ts'
import { exportRows } from './routes-export.ts'
import { graphRows } from './routes-graph.ts'
import { mediaRows } from './routes-media.ts'
import { messageRows } from './routes-messages.ts'
import { notificationRows } from './routes-notifications.ts'
import { gatewayRows, type OperationNeeds, operationRows, type Upgrade } from './routes-operations.ts'
import { pushRows } from './routes-push.ts'
import { searchRows } from './routes-search.ts'
import type { Row } from './table.ts'
import type { Web } from './web/pages.ts'

export interface GatewayNeeds {
  readonly auth: Auth
  readonly accounts: Accounts
  readonly people: People
  readonly follows: Follow
  readonly blocks: Blocks
  readonly hiddenList: HiddenList
  readonly suggest: Suggest
  readonly graph: Pick<FollowGraph, 'listFollowers' | 'listFollowing'>
  readonly publish: Publish
  readonly deleteMessage: DeleteMessage
  readonly unboost: Boosts['unboost']
  readonly oneMessage: OneMessage
  readonly authorMessages: AuthorMessages
  readonly replies: Replies
  readonly search: Search
  readonly present: Pick<Present, 'record'>
  readonly likes: Likes
  readonly media: MediaService
  /** A folder for what is being received. */
  readonly spool: string
  /** `--media-max`. */
  readonly mediaBytesMax: number
  readonly reports: Reports
  readonly invites: Invites
  readonly suspensions: Suspensions
  readonly exportOf: Export
  readonly notifications: Notifications
  readonly pushSubscriptions: PushSubscriptions
  readonly timeline: Pick<Timeline, 'page'>
  readonly rates: RateLimits
  readonly roles: Roles
  readonly overview: Overview
  readonly admission: Admission
  readonly socket: { readonly upgrade: Upgrade }
  readonly web: Web
  readonly ready: OperationNeeds['ready']
  /** Holds every metric of the process; the gateway adds its own. */
  readonly registry: Registry
  /** `--public-url`. */
  readonly publicUrl: string | undefined
  /** The same for all gateways of an installation: the secret of its cursors. */
  readonly pageSecret: number
  /** Calls of other processes, where this one answers some. */
  readonly internalRows?: readonly Row[]
  readonly log: Log
}

export interface Gateway extends Requests {
  /** The table of routes. */
  readonly rows: readonly Row[]
}

/** What to give to `Bun.serve` beside `fetch`: its own answers to mistakes and its bounds. */
export const httpServerOptions = {
  development: false,
  // Without it, and with development off, Bun shares the port with whoever listens there already.
  reusePort: false,
  maxRequestBodySize: anyBodyBytesMax,
  idleTimeout: idleSecondsMax,
} as const

/** The HTTP side of a gateway: one table of routes and the machine that serves it. */
export function createGateway(needs: GatewayNeeds): Gateway {
  const { timeline, auth, rates, admission, web, log } = needs
  const ownOrigin = originOf(needs.publicUrl)
  const pageTokens = createPageTokens(needs.pageSecret)
  const fetchPage = createFetchPage({ timeline, auth })
  const sections: Sections = {
    Accounts: accountRows({ ...needs, pageTokens, ownOrigin }),
    'The graph': graphRows({ ...needs, pageTokens }),
    Messages: [...messageRows({ ...needs, pageTokens, fetchPage }), ...searchRows(needs)],
    Media: mediaRows({ ...needs, bytesMax: needs.mediaBytesMax }),
    Notifications: [...notificationRows(needs), ...pushRows(needs)],
    'Running a community': [...communityRows(needs), ...exportRows(needs)],
    'Live and in a browser': gatewayRows({ upgrade: needs.socket.upgrade, web }),
    Operations: [
      ...operationRows({ ...needs, metrics: needs.registry, ownOrigin }),
      ...adminRows({ ...needs, metrics: needs.registry }),
    ],
    'This description': descriptionRows(() => sections),
  }
  const rows = [...Object.values(sections).flat(), ...(needs.internalRows ?? [])]
  const httpMetrics = createHttpMetrics(needs.registry)
  return {
    rows,
    ...createRequests({ rows, fetchPage, timeline, auth, rates, admission, web, httpMetrics, ownOrigin, log }),
  }
}
