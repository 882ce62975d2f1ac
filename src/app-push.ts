import type { Config } from './config.ts'
import type { Metrics } from './gateway/metrics.ts'
import type { Chance } from './ports/chance.ts'
import type { Clock } from './ports/clock.ts'
import type { Engine } from './ports/engine.ts'
import type { Outgoing } from './ports/outgoing.ts'
import type { Auth } from './services/auth.ts'
import { createPushNotifications, type PushNotifications } from './services/push.ts'
import { createMakePushRequest } from './services/push-request.ts'
import { createSendPushes, type SendPushes } from './services/push-send.ts'
import type { Road } from './services/road.ts'
import type { Withdrawn } from './services/withdrawn.ts'

export interface Pushing {
  readonly notifications: PushNotifications
  readonly send: SendPushes
  run(signal: AbortSignal): Promise<void>
}

/** Web Push in a process that makes notifications. */
export function createPushing({
  engine,
  config,
  metrics,
  outgoing,
  road,
  auth,
  withdrawn,
  clock,
  chance,
  log,
}: {
  engine: Pick<Engine, 'push' | 'pushKey' | 'notifications' | 'inbox' | 'members'>
  config: Pick<Config, 'publicUrl' | 'rateLimits'>
  metrics: Pick<Metrics, 'pushed'>
  outgoing: Outgoing
  road: Pick<Road, 'notifications'>
  auth: Pick<Auth, 'lives'>
  withdrawn: Pick<Withdrawn, 'has'>
  clock: Clock
  chance: Chance
  log: (problem: string, error: unknown) => void
}): Pushing {
  const send: SendPushes = createSendPushes({
    makeRequest: createMakePushRequest({ pushKey: engine.pushKey, contact: contactOf(config) }),
    outgoing,
    wanted: (subscription) => notifications.wanted(subscription),
    remove: ({ user, token, endpoint }) => engine.push.remove(user, token, endpoint),
    clock,
    chance,
    observe: metrics.pushed,
    log,
  })
  const notifications = createPushNotifications({
    ...engine,
    shown: road.notifications.one,
    lives: auth.lives,
    withdrawn: withdrawn.has,
    offer: send.offer,
    limited: config.rateLimits,
    clock,
    log,
  })
  return {
    notifications,
    send,
    async run(signal) {
      await Promise.all([notifications.run(signal), send.run(signal)])
    },
  }
}

/** Whom a push service may turn to: the installation itself, where it has a public name. */
function contactOf({ publicUrl }: Pick<Config, 'publicUrl'>): string {
  return publicUrl?.startsWith('https:') ? publicUrl : 'mailto:nobody@rookery.invalid'
}
