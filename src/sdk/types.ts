/**
 * API.md's objects, as they come over the wire: ids are decimal strings, times ISO 8601 in UTC. A test holds them to the
 * server's own schemas (test/sdk/types.test.ts), so that they cannot drift.
 */

/** How one stands to a user. */
export interface Relation {
  following: boolean
  followedBy: boolean
  /** One is notified of each message of theirs. */
  notify: boolean
  muted: boolean
  blocked: boolean
}

export interface User {
  id: string
  handle: string
  name: string
  bio: string
  /** Where the picture is. */
  avatar?: string
  followers: number
  following: number
  messages: number
  createdAt: string
  you?: Relation
}

/** Oneself. */
export interface Me extends User {
  /** Notifications that were not read yet. */
  unread: number
  role: Role
}

export type Role = 'user' | 'moderator' | 'admin'

export interface Author {
  id: string
  handle: string
  name: string
  avatar?: string
}

export interface Media {
  id: string
  type: 'image' | 'video' | 'audio' | 'file'
  url: string
  previewUrl?: string
  width?: number
  height?: number
  /** Seconds. */
  duration?: number
  blurhash?: string
  description?: string
  bytes: number
}

/** What a boost boosts: a message that is no boost itself. */
export interface Original {
  id: string
  author: Author
  text: string
  createdAt: string
  replyTo?: string
  media: Media[]
  mentions: { id: string; handle: string }[]
  likes: number
  boosts: number
  replies: number
  /** The text was cut to the `preview` that was asked for. */
  truncated?: boolean
  you?: { liked: boolean; boosted: boolean }
}

export interface Message extends Original {
  boostOf?: Original
}

export type NotificationType = 'mention' | 'reply' | 'like' | 'boost' | 'follow' | 'message'

export interface Notification {
  id: string
  type: NotificationType
  user: Author
  message?: Message
  /** How many more like, boost or follow. */
  others?: number
  read: boolean
  createdAt: string
}

export type ReportState = 'open' | 'resolved' | 'dismissed'

export interface Report {
  id: string
  state: ReportState
  reason: string
  reporter: Author
  /** Whom it is about: the author, where it is about a message. */
  user: Author
  messageID?: string
  /** As it is now; absent once it is deleted. */
  message?: Message
  /** What it said when it was reported, also once it is deleted; for moderators. */
  text?: string
  note?: string
  moderator?: Author
  changedAt?: string
  createdAt: string
}

export interface Suspension {
  user: Author
  reason: string
  since: string
  moderator?: Author
}

export interface Invite {
  code: string
  expiresAt: string
}

// --- what calls take ---

export interface SignUp {
  handle: string
  password: string
  name?: string | undefined
  invite?: string | undefined
}

export interface LogIn {
  handle: string
  password: string
}

export interface ProfileChange {
  name?: string | undefined
  bio?: string | undefined
  /** The id of a picture that was uploaded. */
  avatar?: string | undefined
}

export interface Draft {
  /** 1 to 10,240 bytes of UTF-8; with media it may be absent. */
  text?: string | undefined
  userID?: string | undefined
  replyTo?: string | undefined
  /** Ids of media that were uploaded, 4 at most. */
  media?: string[] | undefined
  boostOf?: string | undefined
}

export interface Page {
  /** 1 to 100; 20 where it is absent. */
  length?: number | undefined
  /** The `next` of the page before. */
  before?: string | undefined
}

export interface TimelinePage extends Page {
  userID?: string | undefined
  /** A cursor: only what arrived after it. */
  since?: string | undefined
  /** Texts longer than so many code points are cut. */
  preview?: number | undefined
}

export interface ReportWish {
  user?: string | undefined
  message?: string | undefined
  reason: string
}

export interface ReportDecision {
  state: ReportState
  note?: string | undefined
}

/** As the browser's `PushSubscription.toJSON()` has it. */
export interface PushSubscription {
  endpoint: string
  keys: { p256dh: string; auth: string }
  /** What to be told of; all where it is absent. */
  events?: NotificationType[] | undefined
}

// --- what calls answer ---

export interface SignedIn {
  user: User
  token: string
}

/** Where one is logged in. */
export interface Session {
  id: string
  createdAt: string
  /** The device, as its browser told of itself. */
  name?: string
  /** It is the one that asks. */
  current: boolean
}

export interface SessionList {
  sessions: Session[]
}

export interface UserList {
  users: User[]
  next?: string
}

export interface MessageList {
  messages: Message[]
  next?: string
}

/** A page of the home timeline, newest first. */
export interface Timeline {
  messages: Message[]
  /** Where this page ends; absent with `before`. */
  cursor?: string
  /** Asking again with `cursor` brings more. */
  more: boolean
  next?: string
  /** What was deleted since the cursor that was given. */
  deleted?: string[]
}

/** What a push subscription is told of. */
export interface PushState {
  endpoint: string
  events: NotificationType[]
}

export interface Liked {
  liked: boolean
  likes: number
}

export interface NotificationList {
  notifications: Notification[]
  next?: string
}

export interface Unread {
  unread: number
}

export interface ReportList {
  reports: Report[]
  next?: string
}

/** What an installation is made of, for its admins. */
export interface Installation {
  instances: { node: number; address: string; roles: string[]; self: boolean }[]
  /** Authors of the newest messages that are pulled instead of pushed. */
  hotAuthors: { author: Author; messages: number }[]
  /** The engines of a cluster. */
  engines?: Engines
}

export interface Engines {
  cassandra: { address: string; up: boolean; version: string; ringShare: number }[]
  redis: { address: string; up: boolean; version?: string; usedBytes?: number }[]
  streams?: { name: string; messages: number; bytes: number; leader?: string; replicas: number; current: number }[]
}

/** Why a call is refused: API.md's stable words. */
export type RefusalCode =
  | 'bad_json'
  | 'bad_request'
  | 'unauthorized'
  | 'forbidden'
  | 'not_yours'
  | 'suspended'
  | 'registration_closed'
  | 'not_found'
  | 'no_such_user'
  | 'no_such_message'
  | 'no_such_media'
  | 'no_such_report'
  | 'range_not_satisfiable'
  | 'no_such_instance'
  | 'no_such_session'
  | 'method_not_allowed'
  | 'handle_taken'
  | 'cursor_expired'
  | 'too_large'
  | 'wrong_content_type'
  | 'invalid'
  | 'text_too_long'
  | 'text_empty'
  | 'self_follow'
  | 'media_quota'
  | 'rate_limited'
  | 'unavailable'
  | 'overloaded'
  | 'draining'
  | 'disk_full'
  | 'internal'
