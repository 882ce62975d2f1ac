import type { CursorKey } from '../../core/cursor.ts'
import type { Followees } from '../../core/followees.ts'
import type { Id, MessageId, UserId } from '../../core/ids.ts'
import type { WaitingActivity } from '../../ports/activity.ts'
import type { AuditEntry } from '../../ports/audit.ts'
import { type Chance, systemChance } from '../../ports/chance.ts'
import type { HostUser } from '../../ports/host-users.ts'
import type { HotEntry } from '../../ports/hot-log.ts'
import type { InviteRecord } from '../../ports/invites.ts'
import type { MediaRecord } from '../../ports/media.ts'
import type { Deletion, Job, NewMessage } from '../../ports/messages.ts'
import type { NotificationRow } from '../../ports/notifications.ts'
import { newPushKey, type PushSubscription } from '../../ports/push.ts'
import type { ReportRecord } from '../../ports/reports.ts'
import type { UserRecord } from '../../ports/users.ts'
import type { Withdrawal } from '../../ports/withdrawn.ts'
import type { SortedIds } from './sorted.ts'

export interface TruthRow {
  readonly job: Job
  nextPage: string | undefined
  done: boolean
}

export interface TruthEdge {
  readonly since: Id
  notify: boolean
}

/** What survives every crash: the tables of an installation. Every change to it happens in one synchronous step. */
export interface MemoryTruth {
  readonly cursorKey: CursorKey
  readonly pushKey: string
  /** The largest id stored in any table. */
  largestId: Id

  readonly messages: Map<MessageId, NewMessage>
  readonly outboxes: Map<UserId, SortedIds>
  /** Abandoned or deleted: stored late, they stay away. */
  readonly gone: Set<MessageId>
  /** Sorted by stamp. */
  readonly deletions: Deletion[]

  readonly rows: Map<MessageId, TruthRow>
  readonly undone: SortedIds
  readonly dead: Map<MessageId, string>
  watermark: Id

  readonly hot: { readonly epoch: number; entries: HotEntry[]; head: number; forgotten: Id }

  readonly users: Map<UserId, { record: UserRecord; passwordHash: string | undefined }>
  readonly handles: Map<string, UserId>
  readonly tokens: Map<string, { user: UserId; createdAt: number; device: string | undefined }>
  /** By user and reason. */
  readonly withdrawn: { readonly all: Map<string, Withdrawal>; version: number }
  /** By `sub`. */
  readonly hostUsers: Map<string, HostUser>

  readonly followees: Map<UserId, Map<UserId, TruthEdge>>
  /** What was answered last, given again until an edge changes, as engines with a cache do. */
  readonly followeesRead: Map<UserId, Followees>
  readonly followers: Map<UserId, SortedIds>

  readonly muted: Map<UserId, Set<UserId>>
  readonly blocked: Map<UserId, Set<UserId>>
  readonly blockers: Map<UserId, Set<UserId>>

  /** By word; deleted messages are still named. */
  readonly words: Map<string, SortedIds>

  readonly likers: Map<MessageId, SortedIds>
  readonly liked: Map<UserId, Set<MessageId>>

  /** Of each message the stored replies to it, and the stored boosts of it with who boosts. */
  readonly replies: Map<MessageId, SortedIds>
  readonly boosted: Map<MessageId, Map<MessageId, UserId>>
  /** By user and message. */
  readonly boosts: Map<string, { job: Job; done: boolean }>
  /** See `BoostStore.cleared`. */
  cleared: Id

  /** Of each reader, newest first; and up to which id they have read. */
  readonly notifications: Map<UserId, NotificationRow[]>
  readonly notificationsRead: Map<UserId, Id>
  readonly activity: { last: number; waiting: WaitingActivity[] }
  /** By token. */
  readonly push: Map<string, PushSubscription>

  /** By user and key. */
  readonly claims: Map<string, { job: Job; done: boolean; at: number }>

  readonly reports: Map<Id, ReportRecord>
  readonly invites: Map<Id, InviteRecord>
  readonly audit: Map<Id, AuditEntry>
  readonly media: Map<string, MediaRecord>
}

/** A new installation. */
export function createMemoryTruth(chance: Chance = systemChance): MemoryTruth {
  return {
    cursorKey: { installation: chance.epoch() >>> 0, secret: chance.epoch() >>> 0 },
    pushKey: newPushKey(),
    largestId: 0,
    messages: new Map(),
    outboxes: new Map(),
    gone: new Set(),
    deletions: [],
    rows: new Map(),
    undone: [],
    dead: new Map(),
    watermark: 0,
    hot: { epoch: chance.epoch(), entries: [], head: 0, forgotten: 0 },
    users: new Map(),
    handles: new Map(),
    tokens: new Map(),
    withdrawn: { all: new Map(), version: 0 },
    hostUsers: new Map(),
    followees: new Map(),
    followeesRead: new Map(),
    followers: new Map(),
    muted: new Map(),
    blocked: new Map(),
    blockers: new Map(),
    words: new Map(),
    likers: new Map(),
    liked: new Map(),
    replies: new Map(),
    boosted: new Map(),
    boosts: new Map(),
    cleared: 0,
    notifications: new Map(),
    notificationsRead: new Map(),
    activity: { last: 0, waiting: [] },
    push: new Map(),
    claims: new Map(),
    reports: new Map(),
    invites: new Map(),
    audit: new Map(),
    media: new Map(),
  }
}

/** Remembers that an id was stored, so that the next process begins above it. */
export function noteId(truth: MemoryTruth, id: Id): void {
  if (id > truth.largestId) truth.largestId = id
}
