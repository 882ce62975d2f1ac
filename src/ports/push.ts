import { createECDH } from 'node:crypto'
import type { UserId } from '../core/ids.ts'
import type { NotificationType } from '../core/notification-types.ts'

/** Where one browser wants to be told of what, and the keys by which only it can read that. */
export interface PushSubscription {
  readonly user: UserId
  /** The token that made it: its SHA-256, in hex. */
  readonly token: string
  /** Whether a host product signed that token. */
  readonly signed: boolean
  /** A URL. */
  readonly endpoint: string
  /** base64url: a point of P-256 (65 bytes), and 16 bytes that browser and server share. */
  readonly p256dh: string
  readonly auth: string
  readonly types: readonly NotificationType[]
  /** When it was made, in Unix ms. */
  readonly at: number
}

/** Subscriptions to Web Push: truth. */
export interface PushStore {
  /**
   * [V11] Durable. It takes the place of its token's former one. [V12] Whoever had its endpoint has it no more.
   * [V13] Of each user the newest `pushSubscriptionsMax` stay.
   */
  put(subscription: PushSubscription): Promise<void>
  /** The user's, in any order. */
  of(user: UserId): Promise<PushSubscription[]>
  /** [V14] Durable. The token's goes; with `endpoint` only while that is its endpoint. */
  remove(user: UserId, token: string, endpoint?: string): Promise<void>
  /** [V15] Durable. All of the user's go. */
  removeAll(user: UserId): Promise<void>
}

/** A new private key of P-256 by which an installation signs its pushes (RFC 8292): 32 bytes, base64url. [V16] Made once. */
export function newPushKey(): string {
  const pair = createECDH('prime256v1')
  pair.generateKeys()
  // Leading zeros are left out.
  return Buffer.from(pair.getPrivateKey('hex').padStart(64, '0'), 'hex').toString('base64url')
}

/** The point that belongs to it, uncompressed: 65 bytes, base64url. */
export function publicPushKey(privateKey: string): string {
  const pair = createECDH('prime256v1')
  pair.setPrivateKey(Buffer.from(privateKey, 'base64url'))
  return pair.getPublicKey('base64url')
}
