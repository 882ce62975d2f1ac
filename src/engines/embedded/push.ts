import type { Database } from 'bun:sqlite'
import type { UserId } from '../../core/ids.ts'
import { pushSubscriptionsMax } from '../../core/limits.ts'
import { type NotificationType, notificationTypes } from '../../core/notification-types.ts'
import type { PushStore, PushSubscription } from '../../ports/push.ts'
import type { EmbeddedDatabase } from './database.ts'

export const pushSchema = `
  -- Subscriptions to Web Push. token: the 32 bytes of the SHA-256. types: a bit each, by their places in
  -- core/notification-types.ts.
  CREATE TABLE push_subscriptions (
    token BLOB PRIMARY KEY, user INTEGER NOT NULL, signed INTEGER NOT NULL, endpoint TEXT NOT NULL UNIQUE,
    p256dh TEXT NOT NULL, auth TEXT NOT NULL, types INTEGER NOT NULL, at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX push_subscriptions_by_user ON push_subscriptions (user, at);
`

export const pushColumns = 'token, user, signed, endpoint, p256dh, auth, types, at'
export type PushCells = [
  token: Uint8Array,
  user: UserId,
  signed: number,
  endpoint: string,
  p256dh: string,
  auth: string,
  types: number,
  at: number,
]

/** The writer's operations on subscriptions to Web Push. */
export function pushOps(db: Database) {
  // Both its token's former one and whoever else has its endpoint give way.
  const insert = db.query(`INSERT OR REPLACE INTO push_subscriptions (${pushColumns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`)
  const trim = db.query(
    `DELETE FROM push_subscriptions WHERE token IN (
      SELECT token FROM push_subscriptions WHERE user = ? ORDER BY at DESC LIMIT -1 OFFSET ${pushSubscriptionsMax})`,
  )
  const remove = db.query(
    'DELETE FROM push_subscriptions WHERE token = ?1 AND user = ?2 AND endpoint = coalesce(?3, endpoint)',
  )
  const removeAll = db.query('DELETE FROM push_subscriptions WHERE user = ?')
  return {
    putPush(...cells: PushCells): void {
      insert.run(...cells)
      trim.run(cells[1])
    },
    removePush(token: Uint8Array, user: number, endpoint: string | null): void {
      remove.run(token, user, endpoint)
    },
    removePushes(user: number): void {
      removeAll.run(user)
    },
  }
}

export function createEmbeddedPush({ reader, writer }: EmbeddedDatabase): PushStore {
  const ofUser = reader.query(`SELECT ${pushColumns} FROM push_subscriptions WHERE user = ?`)
  return {
    put: (subscription) => writer.write('putPush', ...pushCells(subscription)),
    async of(user) {
      return (ofUser.values(user) as PushCells[]).map((cells) => pushOf(...cells))
    },
    remove: (user, token, endpoint) => writer.write('removePush', Buffer.from(token, 'hex'), user, endpoint ?? null),
    removeAll: (user) => writer.write('removePushes', user),
  }
}

export function pushCells({ token, user, signed, endpoint, p256dh, auth, types, at }: PushSubscription): PushCells {
  return [Buffer.from(token, 'hex'), user, Number(signed), endpoint, p256dh, auth, bitsOf(types), at]
}

export function pushOf(...[token, user, signed, endpoint, p256dh, auth, types, at]: PushCells): PushSubscription {
  const hex = Buffer.from(token).toString('hex')
  return { token: hex, user, signed: signed === 1, endpoint, p256dh, auth, types: typesOf(types), at }
}

function bitsOf(types: readonly NotificationType[]): number {
  return types.reduce((bits, type) => bits | (1 << notificationTypes.indexOf(type)), 0)
}

function typesOf(bits: number): NotificationType[] {
  return notificationTypes.filter((_, place) => bits & (1 << place))
}
