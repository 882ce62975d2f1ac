import { pushLowTtlSeconds, pushTtlSeconds } from '../core/limits.ts'
import type { NotificationType } from '../core/notification-types.ts'
import { type PushSubscription, publicPushKey } from '../ports/push.ts'

/** What is to reach one browser. */
export interface Push {
  readonly subscription: PushSubscription
  readonly type: NotificationType
  /** `PushPayload` as JSON. */
  readonly text: string
  /** At most 32 characters of base64url: a push service that still keeps one of the same topic puts this one in its place. */
  readonly topic: string
}

export interface PushRequest {
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/** A push encrypted for its browser (RFC 8291) and signed for its push service (RFC 8292). */
export type MakePushRequest = (push: Push) => Promise<PushRequest>

/** Nobody is called away from what they do by a like. */
const low: ReadonlySet<NotificationType> = new Set(['like', 'boost', 'follow'])

/** `contact`: an https URL or `mailto:`, where a push service may complain. */
export function createMakePushRequest({ pushKey, contact }: { pushKey: string; contact: string }): MakePushRequest {
  const vapidDetails = { subject: contact, publicKey: publicPushKey(pushKey), privateKey: pushKey }
  return async ({ subscription: { endpoint, p256dh, auth }, type, text, topic }) => {
    // Read only where somebody is pushed to: it takes longer than the rest of a start.
    const { default: webPush } = await import('web-push')
    const isLow = low.has(type)
    const { headers, body } = webPush.generateRequestDetails({ endpoint, keys: { p256dh, auth } }, text, {
      vapidDetails,
      contentEncoding: 'aes128gcm',
      TTL: isLow ? pushLowTtlSeconds : pushTtlSeconds,
      urgency: isLow ? 'low' : 'normal',
      topic,
    })
    return { headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])), body }
  }
}
