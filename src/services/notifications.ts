import { type Id, idMax, timeOf, type UserId } from '../core/ids.ts'
import { insteadLookedAt, notificationsKeptMax, unreadLookedAt } from '../core/limits.ts'
import type { BoostStore } from '../ports/boosts.ts'
import type { LikeStore } from '../ports/likes.ts'
import type { NotificationRow, NotificationStore } from '../ports/notifications.ts'
import { type Bodies, isWhole } from './bodies.ts'
import type { Hidden } from './notify.ts'
import type { Present } from './present.ts'

export interface NotificationPage {
  /** Ready JSON, newest first. */
  readonly notifications: string[]
  /** The last id looked at; absent at the end. */
  readonly next?: Id
}

/** A reader's notifications as API.md shows them. What is about messages that are gone, or people hidden, is not there. */
export interface Notifications {
  page(reader: UserId, below: Id, length: number): Promise<NotificationPage>
  /** The one with this id; undefined where it is gone or has become a later one. */
  one(reader: UserId, id: Id, preview?: number): Promise<string | undefined>
  /** Everything up to `upTo` counts as read from now on. */
  read(reader: UserId, upTo: Id): Promise<{ unread: number }>
  /** Exact up to `unreadLookedAt`. */
  unread(reader: UserId): Promise<number>
}

/** One notification as it is listed: rows of several follows in a row, newest first, or one of anything else. */
interface Listed {
  readonly rows: NotificationRow[]
  readonly read: boolean
}

/** One that is to be seen: whom it names, and how many more follow beside. */
interface Seen {
  readonly row: NotificationRow
  readonly read: boolean
  readonly more: number
}

const dayOf = (id: Id) => Math.floor(timeOf(id) / 86_400_000)

/** Follows of one day with nothing between them are one. */
function listed(rows: readonly NotificationRow[], readUpTo: Id): Listed[] {
  const list: Listed[] = []
  for (const row of rows) {
    const read = row.id <= readUpTo
    const before = list.at(-1)
    const first = before?.rows[0]
    const together = row.type === 'follow' && first?.type === 'follow' && before?.read === read
    if (together && dayOf(first.id) === dayOf(row.id)) before!.rows.push(row)
    else list.push({ rows: [row], read })
  }
  return list
}

const isAboutMessage = ({ type }: NotificationRow) => type !== 'follow'

export function createNotifications({
  notifications,
  bodies,
  present,
  likes,
  boosts,
  hidden,
  authorJson,
}: {
  notifications: Pick<NotificationStore, 'list' | 'readUpTo' | 'setRead'>
  bodies: Pick<Bodies, 'many'>
  present: Pick<Present, 'byIds'>
  likes: Pick<LikeStore, 'likedAmong' | 'likers'>
  boosts: Pick<BoostStore, 'boostedAmong' | 'boostsOf'>
  hidden: Hidden
  authorJson: (author: UserId) => string | Promise<string>
}): Notifications {
  /** The row as it names somebody else who did the same and is to be seen; undefined where nobody is at hand. */
  async function instead(reader: UserId, row: NotificationRow): Promise<NotificationRow | undefined> {
    const { type, subject } = row
    let users: readonly UserId[] = []
    if (type === 'like') users = (await likes.likers(subject, undefined, insteadLookedAt)).users
    if (type === 'boost')
      users = (await boosts.boostsOf(subject, undefined, insteadLookedAt)).boosts.map((one) => one.user)
    const not = await hidden(reader, users)
    const user = users.find((one) => one !== reader && !not.has(one))
    return user === undefined ? undefined : { ...row, user }
  }

  /** Those that are to be seen. [NT4] Who is hidden takes nobody else along who did the same. */
  async function seen(reader: UserId, list: readonly Listed[]): Promise<Seen[]> {
    if (list.length === 0) return []
    const all = list.flatMap(({ rows }) => rows)
    const [not, there] = await Promise.all([
      hidden(reader, [...new Set(all.map(({ user }) => user))]),
      bodies.many(all.filter(isAboutMessage).map(({ subject }) => subject)),
    ])
    const messages = new Set(there.filter(isWhole).map(({ id }) => id))
    const found = list.map(async ({ rows, read }): Promise<Seen | undefined> => {
      const [newest] = rows as [NotificationRow]
      if (isAboutMessage(newest) && !messages.has(newest.subject)) return undefined
      const visible = rows.filter(({ user }) => !not.has(user))
      const row = visible[0] ?? (await instead(reader, newest))
      return row && { row, read, more: visible.length - 1 }
    })
    return (await Promise.all(found)).filter((one) => one !== undefined)
  }

  /** How many beside the one it names: all whose like or boost stands, but for the reader's own. */
  async function others(reader: UserId, list: readonly Seen[]): Promise<number[]> {
    const subjects = (type: string) => list.filter(({ row }) => row.type === type).map(({ row }) => row.subject)
    const [liked, boosted] = [subjects('like'), subjects('boost')]
    const [ownLikes, ownBoosts, found] = await Promise.all([
      liked.length > 0 ? likes.likedAmong(reader, liked) : undefined,
      boosted.length > 0 ? boosts.boostedAmong(reader, boosted) : undefined,
      bodies.many(list.filter(({ row }) => isAboutMessage(row)).map(({ row }) => row.subject)),
    ])
    const counts = new Map(found.filter(isWhole).map((body) => [body.id, body]))
    return list.map(({ row: { type, subject }, more }) => {
      const count = counts.get(subject)
      if (type === 'like') return (count?.likes ?? 0) - 1 - (ownLikes?.has(subject) ? 1 : 0)
      if (type === 'boost') return (count?.boosts ?? 0) - 1 - (ownBoosts?.has(subject) ? 1 : 0)
      return more
    })
  }

  async function json(reader: UserId, list: readonly Seen[], preview?: number): Promise<string[]> {
    const about = list.filter(({ row }) => isAboutMessage(row)).map(({ row }) => row.subject)
    const [messages, more] = await Promise.all([present.byIds(reader, about, preview), others(reader, list)])
    const byId = new Map(about.map((id, i) => [id, messages[i]]))
    const made = list.map(async (one, i) => {
      const { id, type, subject, user } = one.row
      const message = isAboutMessage(one.row) ? byId.get(subject) : ''
      // Deleted while it was read.
      if (message === undefined) return undefined
      const author = await authorJson(user)
      const about = message === '' ? '' : `,"message":${message}`
      const and = more[i]! > 0 ? `,"others":${more[i]}` : ''
      const at = new Date(timeOf(id)).toISOString()
      return `{"id":"${id}","type":"${type}","user":${author}${about}${and},"read":${one.read},"createdAt":"${at}"}`
    })
    return (await Promise.all(made)).filter((text) => text !== undefined)
  }

  async function unread(reader: UserId): Promise<number> {
    const rows = await notifications.list(reader, await notifications.readUpTo(reader), idMax, notificationsKeptMax)
    const list = listed(rows, 0)
    let looked = 0
    let there = 0
    while (there < unreadLookedAt && looked < list.length) {
      const some = list.slice(looked, looked + unreadLookedAt)
      looked += some.length
      there += (await seen(reader, some)).length
    }
    return there + list.length - looked
  }

  return {
    async page(reader, below, length) {
      const readUpTo = await notifications.readUpTo(reader)
      const list = listed(await notifications.list(reader, 0, below, notificationsKeptMax), readUpTo)
      const page: string[] = []
      let looked = 0
      while (page.length < length && looked < list.length) {
        const some = list.slice(looked, looked + length - page.length)
        looked += some.length
        page.push(...(await json(reader, await seen(reader, some))))
      }
      return looked < list.length
        ? { notifications: page, next: list[looked - 1]!.rows.at(-1)!.id }
        : { notifications: page }
    },

    async one(reader, id, preview) {
      const [row] = await notifications.list(reader, id - 1, id + 1, 1)
      if (row === undefined) return undefined
      const readUpTo = await notifications.readUpTo(reader)
      const rows = row.type === 'follow' ? await notifications.list(reader, 0, id + 1, notificationsKeptMax) : [row]
      const [found] = await seen(reader, listed(rows, readUpTo).slice(0, 1))
      return found?.row.id === id ? (await json(reader, [found], preview))[0] : undefined
    },

    async read(reader, upTo) {
      await notifications.setRead(reader, upTo)
      return { unread: await unread(reader) }
    },

    unread,
  }
}
