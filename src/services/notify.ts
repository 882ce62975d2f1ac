import { type Id, type MessageId, timeOf, type UserId } from '../core/ids.ts'
import { notificationsPerWriteMax } from '../core/limits.ts'
import { linkOf, mentionsOf } from '../core/message.ts'
import type { ActivityLog } from '../ports/activity.ts'
import type { Bus } from '../ports/bus.ts'
import type { MessageRecord } from '../ports/messages.ts'
import type { NotificationRow, NotificationStore } from '../ports/notifications.ts'
import type { Bodies } from './bodies.ts'
import type { IdSource } from './id-source.ts'

/** A message whose fan-out begins, and whether anybody may follow its author with `notify`. */
export interface Beginning {
  readonly message: MessageRecord
  readonly notifies: boolean
}

/**
 * Tells those whom messages concern: who is named or answered is told at once, who follows with `notify` or is boosted is left to
 * the log of activity. [NT1] All of it is durable when it resolves, and a repeat adds nothing. Undefined, and no look-up, where
 * messages concern nobody but followers.
 */
export type Notify = (messages: readonly Beginning[]) => Promise<void> | undefined

/** Of `users`, those who cause no notification to the reader: whom they mute, and with whom a block stands between. */
export type Hidden = (reader: UserId, users: readonly UserId[]) => Promise<ReadonlySet<UserId>>

export type NewNotification = Omit<NotificationRow, 'id'>

/** Makes notifications of which none is to oneself or of somebody hidden, and tells gateways. */
export interface NotificationMaker {
  /** Each name once. */
  make(list: readonly NewNotification[]): Promise<void>
  stats(): { made: number }
}

export function createNotificationMaker({
  notifications,
  hidden,
  bus,
  ids,
}: {
  notifications: Pick<NotificationStore, 'add'>
  hidden: Hidden
  bus: Pick<Bus, 'publish'>
  ids: Pick<IdSource, 'take' | 'settle'>
}): NotificationMaker {
  const stats = { made: 0 }

  async function allowed(list: readonly NewNotification[]): Promise<NewNotification[]> {
    const byReader = Map.groupBy(list, ({ reader }) => reader)
    const lists = [...byReader].map(async ([reader, rows]) => {
      const users = [...new Set(rows.map(({ user }) => user))].filter((user) => user !== reader)
      if (users.length === 0) return []
      const not = await hidden(reader, users)
      return rows.filter(({ user }) => user !== reader && !not.has(user))
    })
    return (await Promise.all(lists)).flat().sort((a, b) => a.at - b.at)
  }

  return {
    async make(list) {
      const rows: NotificationRow[] = []
      // Not messages' own ids: told late, they must not count as read by those who have read later ones. Readers share
      // them, or a message that thousands are told of would take ids from those who publish.
      const taken: Id[] = []
      const given = new Map<UserId, number>()
      for (const row of await allowed(list)) {
        const rank = given.get(row.reader) ?? 0
        given.set(row.reader, rank + 1)
        if (rank === taken.length) {
          const id = await ids.take()
          ids.settle(id)
          taken.push(id)
        }
        rows.push({ ...row, id: taken[rank]! })
      }
      for (let i = 0; i < rows.length; i += notificationsPerWriteMax) {
        const made = await notifications.add(rows.slice(i, i + notificationsPerWriteMax))
        stats.made += made.length
        const to = made.flatMap(({ reader, id }) => [reader, id])
        if (to.length > 0) bus.publish('all', { kind: 'notified', to })
      }
    },
    stats: () => ({ ...stats }),
  }
}

/** Whom a message tells directly, and how: who is both answered and named is told once. */
export function concerned(
  author: UserId,
  body: string,
  answered: UserId | undefined,
): Map<UserId, 'reply' | 'mention'> {
  const found = new Map<UserId, 'reply' | 'mention'>(mentionsOf(body).map((user) => [user, 'mention']))
  if (answered !== undefined) found.set(answered, 'reply')
  found.delete(author)
  return found
}

/** The author of the message that this one answers. */
export async function answeredBy(bodies: Pick<Bodies, 'many'>, body: string): Promise<UserId | undefined> {
  const link = linkOf(body)
  return link?.kind === 'reply' ? (await bodies.many([link.message]))[0]?.author : undefined
}

export function createNotify({
  maker,
  activity,
  bodies,
}: {
  maker: Pick<NotificationMaker, 'make'>
  activity: Pick<ActivityLog, 'put'>
  bodies: Pick<Bodies, 'many'>
}): Notify {
  async function direct({ id, author, body }: MessageRecord): Promise<NewNotification[]> {
    const readers = concerned(author, body, await answeredBy(bodies, body))
    const at = timeOf(id)
    return [...readers].map(([reader, type]) => ({ reader, type, subject: id, user: author, at }))
  }

  function logged({ message: { id, author, body }, notifies }: Beginning): Promise<void> | undefined {
    const boosted: MessageId | undefined = boostedBy(body)
    const at = timeOf(id)
    if (boosted !== undefined) return activity.put({ kind: 'boost', user: author, subject: boosted, at })
    return notifies ? activity.put({ kind: 'message', user: author, subject: id, at }) : undefined
  }

  async function tell(messages: readonly Beginning[]): Promise<void> {
    const logging = Promise.all(messages.map(logged))
    // What fails is met below.
    logging.catch(() => {})
    const made = (await Promise.all(messages.map(({ message }) => direct(message)))).flat()
    if (made.length > 0) await maker.make(made)
    await logging
  }

  return function notify(messages) {
    let some: Beginning[] | undefined
    for (const one of messages) {
      const { body } = one.message
      if (one.notifies || linkOf(body) !== undefined || mentionsOf(body).length > 0) (some ??= []).push(one)
    }
    return some && tell(some)
  }
}

function boostedBy(body: string): MessageId | undefined {
  const link = linkOf(body)
  return link?.kind === 'boost' ? link.message : undefined
}
