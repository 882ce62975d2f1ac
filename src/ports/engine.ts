import type { CursorKey } from '../core/cursor.ts'
import type { Id } from '../core/ids.ts'
import type { ActivityLog } from './activity.ts'
import type { AuditLog } from './audit.ts'
import type { BlockStore } from './blocks.ts'
import type { BoostStore } from './boosts.ts'
import type { Bus } from './bus.ts'
import type { CountStore } from './counts.ts'
import type { FollowGraph } from './graph.ts'
import type { HostUsers } from './host-users.ts'
import type { HotLog } from './hot-log.ts'
import type { Idempotency } from './idempotency.ts'
import type { Inbox } from './inbox.ts'
import type { InviteStore } from './invites.ts'
import type { LikeStore } from './likes.ts'
import type { MediaStore } from './media.ts'
import type { Members } from './members.ts'
import type { MessageStore } from './messages.ts'
import type { NotificationStore } from './notifications.ts'
import type { OutboxRows } from './outbox-rows.ts'
import type { PushStore } from './push.ts'
import type { Queue } from './queue.ts'
import type { SharedRates } from './rates.ts'
import type { ReplyStore } from './replies.ts'
import type { ReportStore } from './reports.ts'
import type { Retention } from './retention.ts'
import type { SearchIndex } from './search.ts'
import type { UserStore } from './users.ts'
import type { WithdrawnStore } from './withdrawn.ts'

/** One full set of the ports. Services take the few they use, never the whole. */
export interface Engine {
  readonly messages: MessageStore
  readonly outboxRows: OutboxRows
  readonly queue: Queue
  readonly graph: FollowGraph
  readonly blocks: BlockStore
  readonly inbox: Inbox
  readonly hotLog: HotLog
  readonly bus: Bus
  readonly users: UserStore
  readonly withdrawn: WithdrawnStore
  readonly hostUsers: HostUsers
  /** Undefined where one process is all there is. */
  readonly sharedRates: SharedRates | undefined
  readonly likes: LikeStore
  readonly boosts: BoostStore
  readonly replies: ReplyStore
  readonly counts: CountStore
  readonly search: SearchIndex
  readonly notifications: NotificationStore
  readonly activity: ActivityLog
  readonly push: PushStore
  readonly idempotency: Idempotency
  readonly reports: ReportStore
  readonly invites: InviteStore
  readonly audit: AuditLog
  readonly media: MediaStore
  readonly members: Members
  readonly retention: Retention
  /** Made once with the installation's data. */
  readonly cursorKey: CursorKey
  /** Made once likewise: the private key that Web Push is signed by (`newPushKey`). */
  readonly pushKey: string
  /** This process's node number for ids, and the largest id ever stored under this installation: ids begin above it. */
  readonly node: number
  readonly largestId: Id
  /** Rejects with the reason when the store can no longer keep its promises; the process must then end. */
  readonly failed: Promise<never>
  /** Finishes what is under way, then lets go of everything. */
  close(): Promise<void>
}
