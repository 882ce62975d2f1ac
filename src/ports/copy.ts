import type { Id, MessageId, UserId } from '../core/ids.ts'
import type { AuditEntry } from './audit.ts'
import type { HostUser } from './host-users.ts'
import type { HotEntry } from './hot-log.ts'
import type { InviteRecord } from './invites.ts'
import type { MediaRecord } from './media.ts'
import type { Deletion, Job, MessageRecord, OutboxEntry } from './messages.ts'
import type { NotificationRow } from './notifications.ts'
import type { PushSubscription } from './push.ts'
import type { ReportRecord } from './reports.ts'
import type { UserRecord } from './users.ts'
import type { Withdrawal } from './withdrawn.ts'

/** What an installation has one of. */
export interface InstallationRow {
  /** The cursor key: with it, cursors given before a copy are honoured after it. */
  readonly installation: number
  readonly secret: number
  /** The key that Web Push is signed by: with it, subscriptions made before a copy stand after it. */
  readonly pushKey: string
  readonly hotEpoch: number
  /** The hot log's newest position, and the largest id forgotten there. */
  readonly hotHead: number
  readonly hotForgotten: MessageId
  readonly watermark: Id
}

export interface CopiedUser extends UserRecord {
  readonly passwordHash: string | undefined
}

export interface TokenRow {
  /** SHA-256 of the token, in hex. */
  readonly digest: string
  readonly user: UserId
  readonly createdAt: number
  readonly device: string | undefined
}

export interface SubRow extends HostUser {
  readonly sub: string
}

export interface EdgeRow {
  readonly follower: UserId
  readonly followee: UserId
  readonly notify: boolean
  /** See `FollowGraph.follow`; 0 where it is no longer remembered. */
  readonly since: Id
  /** How many follow the followee, for who must know before writing the first; 0 where it is not known. No truth. */
  readonly followers: number
}

/** A mute, or a block as whoever made it sees it. */
export interface HideRow {
  readonly user: UserId
  readonly other: UserId
  readonly blocked: boolean
}

export interface OutboxEntryRow extends OutboxEntry {
  readonly author: UserId
}

/** The fan-out of one message. Where it had got to is left behind: its pages are then delivered again. */
export interface JobRow extends Job {
  readonly done: boolean
  /** The message was deleted or abandoned. No truth: it is not among the messages. */
  readonly gone: boolean
}

export interface LikeRow {
  readonly user: UserId
  readonly message: MessageId
}

/** Up to which notification a reader has read. */
export interface ReadRow {
  readonly reader: UserId
  readonly upTo: Id
}

export interface KeyRow {
  readonly user: UserId
  readonly key: string
  /** Unix ms. */
  readonly claimedAt: number
  readonly job: Job
  readonly done: boolean
}

/** All that is truth, by kind: what a copy carries from one engine to another, and compares. */
export interface CopyRows {
  installation: InstallationRow
  users: CopiedUser
  tokens: TokenRow
  withdrawn: Withdrawal
  /** Who the users of a host product are. */
  subs: SubRow
  edges: EdgeRow
  hides: HideRow
  messages: MessageRecord
  outboxes: OutboxEntryRow
  /** From the watermark up all of them, below it those of dead jobs. */
  jobs: JobRow
  dead: { readonly id: MessageId; readonly why: string }
  likes: LikeRow
  keys: KeyRow
  hot: HotEntry
  deletions: Deletion
  reports: ReportRecord
  invites: InviteRecord
  audit: AuditEntry
  notifications: NotificationRow
  reads: ReadRow
  /** What is known of uploads; their bytes are files of their own. */
  media: MediaRecord
  pushes: PushSubscription
}
export type Kind = keyof CopyRows

/**
 * The kinds in the order in which they are copied: a writer finds there what its rows need. The watermark says below which
 * id jobs are done; users have the numbers by which edges are kept; a job without a message is an empty one, and one that
 * is undone replaces what was taken to be done for its message.
 */
export const kinds = [
  'installation',
  'users',
  'tokens',
  'withdrawn',
  'subs',
  'edges',
  'hides',
  'messages',
  'outboxes',
  'jobs',
  'dead',
  'likes',
  'keys',
  'hot',
  'deletions',
  'reports',
  'invites',
  'audit',
  'notifications',
  'reads',
  'media',
  'pushes',
] as const satisfies readonly Kind[]

export interface CopyPage<Row> {
  readonly rows: readonly Row[]
  /** Where the next page starts, a text of the engine's own; undefined after the last one. */
  readonly next: string | undefined
}

export interface CopyPart {
  /** The same whenever it is asked. */
  readonly name: string
  /** How many rows it has; undefined where counting would cost as much as reading. */
  readonly rows: number | undefined
}

export interface KindReader<Row> {
  /** Pieces of the kind that can be read side by side. */
  parts(): Promise<readonly CopyPart[]>
  /** [Y1] Every row stands on exactly one page, as long as nothing is written. A page is bounded, rows and bytes. */
  page(part: string, page: string | undefined): Promise<CopyPage<Row>>
}

/** How far one part has been copied. */
export interface CopyMark {
  /** Where to go on; undefined: the part is done. */
  readonly next: string | undefined
  /** Rows written so far. */
  readonly rows: number
}

export interface KindWriter<Row> {
  /** [Y2] Durable: the rows, then (or in one commit with them) the mark. [Y3] The same page again changes nothing. */
  write(rows: readonly Row[], part: string, mark: CopyMark): Promise<void>
  /** What is known only once every part is written; again, it changes nothing. */
  end(): Promise<void>
}

/** What stands in a place that takes part in a copy. */
export interface PlaceState {
  /** The installation's number; undefined where there is none yet. */
  readonly installation: number | undefined
  /** Nobody has an account there. */
  readonly empty: boolean
  /** The copy that was made into it, or is being made. */
  readonly copy: PlaceCopy | undefined
}

export interface PlaceCopy {
  readonly installation: number
  readonly from: string
  /** Unix ms. */
  readonly begun: number
  /** Undefined: it is not whole, and servers refuse to start on it. */
  readonly finished: number | undefined
}

/** A figure kept beside the rows, which must agree with them. */
export interface KeptCount {
  readonly name: string
  /** The kind whose rows it counts. */
  readonly kind: Kind
  readonly count: number
}

/**
 * One installation, row by row, with no server on it: one end of a copy. Every engine that keeps things has one; they meet
 * in the command alone. [Y4] A place whose copy is begun and not finished is refused by servers.
 */
export interface CopyPlace {
  /** As it was given: `embedded:DIR` or `cluster:KEYSPACE`. */
  readonly name: string
  readonly readers: { readonly [K in Kind]: KindReader<CopyRows[K]> }
  readonly writers: { readonly [K in Kind]: KindWriter<CopyRows[K]> }
  /** Servers that run on it, a few words each; none where the place is locked against them. */
  serving(): Promise<readonly string[]>
  state(): Promise<PlaceState>
  /** Durable: from now on this is the target of that copy. */
  begin(copy: PlaceCopy): Promise<void>
  /** The marks of a kind's parts, by name. */
  marks(kind: Kind): Promise<ReadonlyMap<string, CopyMark>>
  kept(): Promise<readonly KeptCount[]>
  /** [Y5] Durable, with all that was written: the place is now as after a clean stop. */
  finish(copy: PlaceCopy): Promise<void>
  close(): Promise<void>
}
