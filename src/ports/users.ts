import type { UserId } from '../core/ids.ts'

export const userRoles = ['user', 'moderator', 'admin'] as const
export type UserRole = (typeof userRoles)[number]

export interface UserRecord {
  readonly id: UserId
  /** In lower case. */
  readonly handle: string
  readonly name: string
  readonly bio: string
  readonly role: UserRole
  /** The medium that is their picture; absent for none. */
  readonly avatar?: string
}

export interface UserChange {
  readonly name?: string
  readonly bio?: string
  readonly role?: UserRole
  readonly passwordHash?: string
  /** Empty for none. */
  readonly avatar?: string
}

export interface SessionRecord {
  /** The token's SHA-256, in hex. */
  readonly token: string
  /** Unix ms. */
  readonly createdAt: number
  /** The device that it was made for; undefined where that is not known. */
  readonly device: string | undefined
}

export interface UserCounts {
  readonly followers: number
  readonly following: number
  readonly messages: number
}

/** Users, their tokens and passwords: truth. [U1] Handles are unique, also among simultaneous creations. */
export interface UserStore {
  /** [U2] Durable; false when the handle is taken (nothing is written). */
  create(user: UserRecord, passwordHash: string | undefined): Promise<boolean>
  /** [U3] In the order asked; undefined for the missing. At most 1,000 ids. */
  many(ids: readonly UserId[]): Promise<(UserRecord | undefined)[]>
  byHandle(handle: string): Promise<UserRecord | undefined>
  passwordHash(id: UserId): Promise<string | undefined>
  /** Durable; false when there is no such user. */
  update(id: UserId, change: UserChange): Promise<boolean>
  /** Exact once writes stop. */
  counts(id: UserId): Promise<UserCounts>
  /** Handle or name by prefix, case-insensitive for ASCII, by handle upward, after the handle `after`. */
  search(prefix: string, after: string | undefined, length: number): Promise<UserRecord[]>
  /** [U8] Every user stands on exactly one page, in the engine's order; and the token of the next page. */
  list(page: string | undefined, length: number): Promise<{ users: UserRecord[]; next?: string }>
  /** [U4] Durable. `token` is a SHA-256 in hex; the token itself is never stored. */
  addToken(token: string, user: UserId, createdAt: number, device?: string): Promise<void>
  userOfToken(token: string): Promise<UserId | undefined>
  /** [U5] Durable: once it resolved the token is unknown. */
  removeToken(token: string): Promise<void>
  /** [U9] The user's tokens, in any order, at most `limit`: what a user is told of their sessions. */
  sessions(user: UserId, limit: number): Promise<SessionRecord[]>
  /** [U6] Durable: all tokens of the user that there were when it was called are unknown. */
  removeTokens(user: UserId): Promise<void>
  /** [U7] Durable and idempotent: there is no such user any more, and the handle is anybody's. Edges and messages stay. */
  remove(id: UserId): Promise<void>
}
