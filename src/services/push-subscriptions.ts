import { ECDH } from 'node:crypto'
import type { Static } from 'typebox'
import type { UserId } from '../core/ids.ts'
import { notificationTypes } from '../core/notification-types.ts'
import { Refusal } from '../core/refusal.ts'
import { keyText, type PushState, type PushWish } from '../core/wire-push.ts'
import type { Clock } from '../ports/clock.ts'
import type { Outgoing } from '../ports/outgoing.ts'
import { type PushStore, publicPushKey } from '../ports/push.ts'
import { tokenHash } from './auth.ts'
import { isSigned } from './signed-tokens.ts'

/** Subscriptions to Web Push as API.md has them: each belongs to the token that made it. */
export interface PushSubscriptions {
  /** The key that browsers subscribe with: an uncompressed point of P-256, base64url. */
  readonly key: string
  /** Takes the place of the token's former one. Throws `invalid` for an endpoint that may not be called, or a key off the curve. */
  put(user: UserId, token: string, wish: PushWish): Promise<Static<typeof PushState>>
  /** None of the token's is left; also where there was none. */
  remove(user: UserId, token: string): Promise<void>
}

export function createPushSubscriptions({
  push,
  pushKey,
  outgoing,
  clock,
}: {
  push: Pick<PushStore, 'put' | 'remove'>
  pushKey: string
  outgoing: Pick<Outgoing, 'fault'>
  clock: Pick<Clock, 'now'>
}): PushSubscriptions {
  return {
    key: publicPushKey(pushKey),
    async put(user, token, { endpoint, keys, events = [...notificationTypes] }) {
      const p256dh = keyText(keys.p256dh)
      if (!isPoint(p256dh)) {
        throw new Refusal('invalid', '`keys.p256dh` must be a point of P-256: give the browser’s own key.', {
          field: 'keys.p256dh',
        })
      }
      const fault = await outgoing.fault(endpoint)
      if (fault !== undefined) throw new Refusal('invalid', `\`endpoint\` ${fault}.`, { field: 'endpoint' })
      const types = notificationTypes.filter((type) => events.includes(type))
      const own = { user, token: tokenHash(token), signed: isSigned(token) }
      await push.put({ ...own, endpoint, p256dh, auth: keyText(keys.auth), types, at: clock.now() })
      return { endpoint, events: types }
    },
    remove: (user, token) => push.remove(user, tokenHash(token)),
  }
}

function isPoint(key: string): boolean {
  try {
    ECDH.convertKey(key, 'prime256v1', 'base64url', 'base64url', 'uncompressed')
    return true
  } catch {
    return false
  }
}
