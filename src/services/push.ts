import { createHash } from 'node:crypto'
import type { Id, UserId } from '../core/ids.ts'
import {
  notificationsKeptMax,
  pushAfterMs,
  pushAgainAfterMs,
  pushAgainAfterMsMax,
  pushBurst,
  pushEveryMs,
  pushedReadersKept,
  pushIdsWaitingMax,
  pushLookEveryMs,
  pushReadersAtOnce,
  pushReadersWaitingMax,
} from '../core/limits.ts'
import { pushText } from '../core/push-payload.ts'
import { RecentMap } from '../core/recent-map.ts'
import { Refusal } from '../core/refusal.ts'
import type { Notification } from '../core/wire.ts'
import type { BusEvent } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { Members } from '../ports/members.ts'
import type { NotificationRow, NotificationStore } from '../ports/notifications.ts'
import type { PushStore, PushSubscription } from '../ports/push.ts'
import type { Auth } from './auth.ts'
import type { Notifications } from './notifications.ts'
import type { SendPushes } from './push-send.ts'

/** The task's name among those that one process leads (`Members.leads`). */
const task = 'push'

/**
 * Makes pushes out of notifications, for readers with subscriptions and without an open socket anywhere. What concerns the
 * same thing goes together and ever more seldom, what is more than a reader's rate goes by type.
 */
export interface PushNotifications {
  /** To be called with every event of the Bus. */
  hear(event: BusEvent): void
  /** Until `signal` aborts; where this process leads. */
  run(signal: AbortSignal): Promise<void>
  /** Whether the user has no socket and the subscription still stands. */
  wanted(subscription: PushSubscription): Promise<boolean>
  /** Readers whose pushes wait to be made. */
  stats(): { readers: number }
}

interface Waiting {
  readonly ids: Set<Id>
  /** Unix ms. */
  due: number
}

/** What a reader was told of lately. */
interface Told {
  /** Pushes that may still go at once, as of `at` (Unix ms). */
  burst: number
  at: number
  readonly topics: Map<string, { next: number; againAfterMs: number }>
}

/** Notifications of a reader that go as one push, newest first. */
type Group = readonly [topic: string, rows: NotificationRow[]]

export function createPushNotifications({
  push,
  notifications,
  shown,
  inbox,
  members,
  lives,
  withdrawn,
  offer,
  limited,
  clock,
  log,
}: {
  push: Pick<PushStore, 'of' | 'remove'>
  notifications: Pick<NotificationStore, 'list'>
  /** As readers are shown one. */
  shown: Notifications['one']
  inbox: Pick<Inbox, 'presence'>
  members: Pick<Members, 'leads'>
  lives: Auth['lives']
  withdrawn: (user: UserId) => boolean
  offer: SendPushes['offer']
  /** Whether one reader's pushes are limited (`--rate-limits`). */
  limited: boolean
  clock: Clock
  log: (problem: string, error: unknown) => void
}): PushNotifications {
  const waiting = new Map<UserId, Waiting>()
  const told = new RecentMap<UserId, Told>(pushedReadersKept)
  let leading = false

  function wait(reader: UserId, ids: Iterable<Id>, due: number): void {
    const known = waiting.get(reader)
    if (known === undefined) {
      if (waiting.size < pushReadersWaitingMax) waiting.set(reader, { ids: new Set(ids), due })
      return
    }
    for (const id of ids) known.ids.add(id)
    while (known.ids.size > pushIdsWaitingMax) known.ids.delete(Math.min(...known.ids))
    known.due = Math.min(known.due, due)
  }

  function toldOf(reader: UserId, now: number): Told {
    let of = told.get(reader)
    if (of === undefined) told.set(reader, (of = { burst: pushBurst, at: now, topics: new Map() }))
    const more = Math.floor((now - of.at) / pushEveryMs)
    if (more > 0) {
      of.burst = Math.min(pushBurst, of.burst + more)
      of.at += more * pushEveryMs
    }
    for (const [topic, { next, againAfterMs }] of of.topics) if (next + againAfterMs < now) of.topics.delete(topic)
    return of
  }

  /** That something was pushed: when it may be again. */
  function note(of: Told, topic: string, now: number): void {
    if (of.burst === pushBurst) of.at = now
    of.burst--
    const againAfterMs = Math.min((of.topics.get(topic)?.againAfterMs ?? pushAgainAfterMs / 2) * 2, pushAgainAfterMsMax)
    of.topics.set(topic, { next: now + againAfterMs, againAfterMs })
  }

  /** The subscriptions of a reader whose tokens live. */
  async function standing(reader: UserId): Promise<PushSubscription[]> {
    if (withdrawn(reader)) return []
    const found = await push.of(reader)
    const living = await Promise.all(found.map(({ token, signed }) => lives(token, signed)))
    // Left by a process that died while it ended the token, or taken by another one at the same moment.
    const dead = found.filter((_, i) => !living[i])
    await Promise.all(dead.map(({ user, token, endpoint }) => push.remove(user, token, endpoint)))
    return found.filter((_, i) => living[i])
  }

  async function tell(reader: UserId, ids: ReadonlySet<Id>): Promise<void> {
    const subscriptions = await standing(reader)
    if (subscriptions.length === 0) return
    const list = await notifications.list(reader, Math.min(...ids) - 1, Math.max(...ids) + 1, notificationsKeptMax)
    const rows = list.filter(({ id, type }) => ids.has(id) && subscriptions.some(({ types }) => types.includes(type)))
    const now = clock.now()
    const of = toldOf(reader, now)
    const paced = rows.filter((row) => (of.topics.get(topicOf(row))?.next ?? 0) > now)
    const ready = rows.filter((row) => !paced.includes(row))
    if (paced.length > 0) wait(reader, idsOf(paced), Math.min(...paced.map((row) => of.topics.get(topicOf(row))!.next)))
    const byTopic = groups(ready, topicOf)
    const together = limited && byTopic.length > of.burst ? groups(ready, ({ type }) => type) : byTopic
    for (const [i, [topic, rows]] of together.entries()) {
      if (limited && of.burst <= 0) {
        const left = together.slice(i).flatMap(([, rows]) => idsOf(rows))
        return wait(reader, left, of.at + pushEveryMs)
      }
      const { id, type } = rows[0]!
      const json = await shown(reader, id)
      if (json === undefined) continue
      const notification = JSON.parse(json) as Notification
      if (notification.read) continue
      note(of, topic, now)
      const text = textOf(notification, rows.length - 1)
      const wanting = subscriptions.filter(({ types }) => types.includes(type))
      for (const subscription of wanting) offer({ subscription, type, text, topic: shortTopic(topic) })
    }
  }

  async function round(): Promise<void> {
    const now = clock.now()
    const due = [...waiting].filter((one) => one[1].due <= now)
    for (const [reader] of due) waiting.delete(reader)
    for (let i = 0; i < due.length; i += pushReadersAtOnce) {
      const some = due.slice(i, i + pushReadersAtOnce)
      const presences = await inbox.presence(some.map(([reader]) => reader))
      const offline = some.filter((_, n) => presences[n] === 'offline')
      await Promise.all(
        offline.map(([reader, { ids }]) =>
          tell(reader, ids).catch((error: unknown) => {
            // An engine that is away is waited for.
            if (error instanceof Refusal) wait(reader, ids, now + pushAfterMs)
            else log('a push could not be made', error)
          }),
        ),
      )
    }
  }

  return {
    hear(event) {
      if (!leading || event.kind !== 'notified') return
      const due = clock.now() + pushAfterMs
      for (let i = 0; i < event.to.length; i += 2) wait(event.to[i]!, [event.to[i + 1]!], due)
    },

    async run(signal) {
      while (!signal.aborted) {
        leading = await members.leads(task).catch(() => false)
        if (!leading) waiting.clear()
        await round().catch((error: unknown) => {
          if (!(error instanceof Refusal)) log('a round of pushes failed', error)
        })
        await clock.sleep(pushLookEveryMs, signal)
      }
    },

    async wanted({ user, token, endpoint }) {
      const [presence] = await inbox.presence([user])
      if (presence !== 'offline') return false
      return (await standing(user)).some((one) => one.token === token && one.endpoint === endpoint)
    },

    stats: () => ({ readers: waiting.size }),
  }
}

const idsOf = (rows: readonly NotificationRow[]) => rows.map(({ id }) => id)

/** New followers go together, of all else what concerns the same message. */
const topicOf = ({ type, subject }: NotificationRow) => (type === 'follow' ? type : `${type} ${subject}`)

function shortTopic(topic: string): string {
  return createHash('sha256').update(topic).digest('base64url').slice(0, 32)
}

/** The group with the newest first, as rows are. */
function groups(rows: readonly NotificationRow[], topic: (row: NotificationRow) => string): Group[] {
  return [...Map.groupBy(rows, topic)]
}

function textOf({ type, user, message, others = 0 }: Notification, more: number): string {
  // Of follows those that came together are among the others already.
  const count = 1 + others + (type === 'follow' ? 0 : more)
  return pushText({
    type,
    user,
    ...(message && { message: { id: message.id, text: message.text } }),
    ...(count > 1 && { count }),
  })
}
