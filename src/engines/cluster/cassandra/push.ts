import type { UserId } from '../../../core/ids.ts'
import { pushSubscriptionsMax } from '../../../core/limits.ts'
import { type NotificationType, notificationTypes } from '../../../core/notification-types.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { PushStore, PushSubscription } from '../../../ports/push.ts'
import { type Cassandra, statement } from './client.ts'

export interface PushRow {
  user_id: UserId
  digest: string
  signed: boolean
  endpoint: string
  p256dh: string
  auth: string
  types: number
  at: number
}
type Claim = { digest: string | undefined; user_id: UserId }

export const pushColumns = 'user_id, digest, signed, endpoint, p256dh, auth, types, at'
const rowsOf = statement<PushRow>(`SELECT ${pushColumns} FROM push_subscriptions WHERE user_id = ?`)
const oneRow = statement<PushRow>(`SELECT ${pushColumns} FROM push_subscriptions WHERE user_id = ? AND digest = ?`)
const setRow = statement<PushRow>(
  `UPDATE push_subscriptions SET signed = ?, endpoint = ?, p256dh = ?, auth = ?, types = ?, at = ?
   WHERE user_id = ? AND digest = ? IF endpoint = ? AND at = ?`,
)
const removeRow = statement<PushRow>(
  'DELETE FROM push_subscriptions WHERE user_id = ? AND digest = ? IF endpoint = ? AND at = ?',
)
const findClaim = statement<Claim>('SELECT digest, user_id FROM push_endpoints WHERE endpoint = ?')
const setClaim = statement<Claim>('UPDATE push_endpoints SET digest = ?, user_id = ? WHERE endpoint = ? IF digest = ?')
const removeClaim = statement<Claim>('DELETE FROM push_endpoints WHERE endpoint = ? IF digest = ?')

/** Two that register the same endpoint at the same moment try again, one after the other. */
const triesMax = 5

export interface CassandraPush extends PushStore {
  /** Of rows as they were read, the subscriptions that hold their endpoints. */
  holding(rows: readonly PushRow[]): Promise<PushSubscription[]>
}

/**
 * A subscription is its row and the claim to its endpoint: first the row, then the claim, so that what did not come to its end
 * took nothing from anybody.
 */
export function createCassandraPush({ db }: { db: Cassandra }): CassandraPush {
  async function again<T>(step: () => Promise<T | undefined>): Promise<T> {
    for (let tries = 0; tries < triesMax; tries++) {
      const done = await step()
      if (done !== undefined) return done
    }
    throw new Refusal('unavailable', 'Others change the same subscription: try again.', { retryAfterSeconds: 1 })
  }

  /** Resolves to what was there before. */
  function putRow(subscription: PushSubscription): Promise<{ former: PushRow | undefined }> {
    const { user, token, signed, endpoint, p256dh, auth, types, at } = subscription
    return again(async () => {
      const former = await db.one(oneRow, [user, token], 'serial')
      const values = [signed, endpoint, p256dh, auth, bitsOf(types), at, user, token]
      const put = await db.lwt(setRow, [...values, former?.endpoint ?? null, former?.at ?? null], {
        read: oneRow,
        values: [user, token],
        mine: (row) => row?.endpoint === endpoint && row.at === at,
      })
      return put.applied ? { former } : undefined
    })
  }

  function claim({ endpoint, user, token }: PushSubscription): Promise<{ former: Claim | undefined }> {
    return again(async () => {
      const former = await db.one(findClaim, [endpoint], 'serial')
      if (former?.digest === token) return { former }
      const taken = await db.lwt(setClaim, [token, user, endpoint, former?.digest ?? null], {
        read: findClaim,
        values: [endpoint],
        mine: (row) => row?.digest === token,
      })
      return taken.applied ? { former } : undefined
    })
  }

  async function release(endpoint: string, token: string): Promise<void> {
    const mine = (row: Claim | undefined) => row?.digest !== token
    await db.lwt(removeClaim, [endpoint, token], { read: findClaim, values: [endpoint], mine })
  }

  /** The row as it was read, and its claim. */
  async function removeOne({ user_id: user, digest: token, endpoint, at }: PushRow): Promise<void> {
    await db.lwt(removeRow, [user, token, endpoint, at], {
      read: oneRow,
      values: [user, token],
      mine: (row) => row?.endpoint !== endpoint || row.at !== at,
    })
    await release(endpoint, token)
  }

  async function remove(user: UserId, token: string, endpoint?: string): Promise<void> {
    const row = await db.one(oneRow, [user, token], 'serial')
    if (row !== undefined && (endpoint === undefined || row.endpoint === endpoint)) await removeOne(row)
  }

  async function holding(rows: readonly PushRow[]): Promise<PushSubscription[]> {
    const claims = await Promise.all(rows.map(({ endpoint }) => db.one(findClaim, [endpoint])))
    return rows.filter(({ digest }, i) => claims[i]?.digest === digest).map(pushOf)
  }

  return {
    holding,
    async put(subscription) {
      const { user, token, endpoint } = subscription
      const { former: row } = await putRow(subscription)
      const { former: holder } = await claim(subscription)
      if (row !== undefined && row.endpoint !== endpoint) await release(row.endpoint, token)
      if (holder?.digest !== undefined && holder.digest !== token) {
        const lost = await db.one(oneRow, [holder.user_id, holder.digest], 'serial')
        if (lost?.endpoint === endpoint) await removeOne(lost)
      }
      const newest = (await db.read(rowsOf, [user])).sort((a, b) => b.at - a.at)
      for (const surplus of newest.slice(pushSubscriptionsMax)) await removeOne(surplus)
    },
    of: async (user) => holding(await db.read(rowsOf, [user])),
    remove,
    async removeAll(user) {
      for (const row of await db.read(rowsOf, [user])) await removeOne(row)
    },
  }
}

function pushOf({ user_id: user, digest: token, types, ...row }: PushRow): PushSubscription {
  return { ...row, user, token, types: notificationTypes.filter((_, place) => types & (1 << place)) }
}

function bitsOf(types: readonly NotificationType[]): number {
  return types.reduce((bits, type) => bits | (1 << notificationTypes.indexOf(type)), 0)
}
