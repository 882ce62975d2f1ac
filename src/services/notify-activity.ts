import type { Id, MessageId, UserId } from '../core/ids.ts'
import { activitiesAtOnce } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { ActivityLog, WaitingActivity } from '../ports/activity.ts'
import type { BoostStore } from '../ports/boosts.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { LikeStore } from '../ports/likes.ts'
import type { NotificationStore } from '../ports/notifications.ts'
import type { Bodies } from './bodies.ts'
import { answeredBy, concerned, type NewNotification, type NotificationMaker } from './notify.ts'

/**
 * Works the log of activity off: looks up what stands by now of likes, boosts and follows, and makes notifications of it, or
 * takes them away; tells those who follow authors with `notify` of their messages. [NT2] However many liked one message
 * meanwhile, its author's notification changes once.
 */
export interface ActivityWork {
  /** Until nothing waits, or `stop`; one process at a time. */
  round(stop: AbortSignal): Promise<void>
  stats(): { done: number; oldest: number | undefined }
}

type Edge = WaitingActivity & { readonly kind: 'like' | 'boost' | 'follow' }

export function createActivityWork({
  activity,
  notifications,
  maker,
  bodies,
  likes,
  boosts,
  graph,
  log,
}: {
  activity: ActivityLog
  notifications: Pick<NotificationStore, 'withdraw'>
  maker: Pick<NotificationMaker, 'make'>
  bodies: Pick<Bodies, 'many'>
  likes: Pick<LikeStore, 'likedAmong' | 'likers'>
  boosts: Pick<BoostStore, 'boostedAmong' | 'boostsOf'>
  graph: Pick<FollowGraph, 'edge' | 'notifyPage'>
  log: (problem: string, error: unknown) => void
}): ActivityWork {
  const stats: { done: number; oldest: number | undefined } = { done: 0, oldest: undefined }

  /** Whether each still stands. */
  async function standing(edges: readonly Edge[]): Promise<boolean[]> {
    const found = new Map<Edge, boolean>()
    const work: Promise<void>[] = []
    const follows = edges.filter(({ kind }) => kind === 'follow')
    for (const edge of follows) {
      work.push(graph.edge(edge.user, edge.subject).then((there) => void found.set(edge, there !== undefined)))
    }
    for (const [kind, among] of [
      ['like', likes.likedAmong],
      ['boost', boosts.boostedAmong],
    ] as const) {
      const byUser = Map.groupBy(
        edges.filter((edge) => edge.kind === kind),
        ({ user }) => user,
      )
      for (const [user, list] of byUser) {
        const subjects = list.length === 1 ? [list[0]!.subject] : [...new Set(list.map(({ subject }) => subject))]
        work.push(
          among(user, subjects).then((there) => {
            for (const edge of list) found.set(edge, there.has(edge.subject))
          }),
        )
      }
    }
    await Promise.all(work)
    return edges.map((edge) => found.get(edge)!)
  }

  /** Whom a message belongs to; undefined where it is gone. */
  async function authors(messages: Iterable<MessageId>): Promise<Map<MessageId, UserId>> {
    const ids = [...new Set(messages)]
    const found = await bodies.many(ids)
    return new Map(found.flatMap((body) => (body === undefined ? [] : [[body.id, body.author] as const])))
  }

  /** Somebody else who did the same and still does. */
  async function another({ kind, user, subject }: Edge, reader: UserId): Promise<UserId | undefined> {
    const others = (list: readonly UserId[]) => list.find((one) => one !== user && one !== reader)
    if (kind === 'like') return others((await likes.likers(subject, undefined, 3)).users)
    if (kind === 'boost') return others((await boosts.boostsOf(subject, undefined, 3)).boosts.map((one) => one.user))
    return undefined
  }

  async function workEdges(edges: readonly Edge[]): Promise<void> {
    if (edges.length === 0) return
    const [stand, owners] = await Promise.all([
      standing(edges),
      authors(edges.filter(({ kind }) => kind !== 'follow').map(({ subject }) => subject)),
    ])
    const gone = []
    /** The last of each name: a message that many like names one of them. */
    const made = new Map<string, NewNotification>()
    for (const [i, edge] of edges.entries()) {
      const { kind, user, at } = edge
      const reader = kind === 'follow' ? edge.subject : owners.get(edge.subject)
      if (reader === undefined || reader === user) continue
      const subject: Id = kind === 'follow' ? user : edge.subject
      if (stand[i]) {
        const name = `${kind} ${reader} ${subject}`
        if ((made.get(name)?.at ?? 0) <= at) made.set(name, { reader, type: kind, subject, user, at })
      } else gone.push({ reader, type: kind, subject, user, instead: await another(edge, reader) })
    }
    if (gone.length > 0) await notifications.withdraw(gone)
    await maker.make([...made.values()])
  }

  /** One page of those who want to hear of a message; what is left waits behind the rest. */
  async function workMessage({ user: author, subject, at, page }: WaitingActivity): Promise<void> {
    const [body] = await bodies.many([subject])
    if (body === undefined) return
    const { users, next } = await graph.notifyPage(author, page)
    const told = concerned(author, body.body, await answeredBy(bodies, body.body))
    const readers = users.filter((user) => !told.has(user))
    await maker.make(readers.map((reader) => ({ reader, type: 'message', subject, user: author, at })))
    if (next !== undefined) await activity.put({ kind: 'message', user: author, subject, at, page: next })
  }

  async function work(list: readonly WaitingActivity[]): Promise<void> {
    await workEdges(list.filter((one): one is Edge => one.kind !== 'message'))
    for (const one of list) if (one.kind === 'message') await workMessage(one)
  }

  return {
    async round(stop) {
      while (!stop.aborted) {
        const list = await activity.next(activitiesAtOnce)
        stats.oldest = list[0]?.at
        if (list.length === 0) return
        try {
          await work(list)
        } catch (error) {
          // An engine that is away is waited for. A mistake of ours would be made again, and hold up all that comes after.
          if (error instanceof Refusal) throw error
          log('activity was passed over that could not be told of', error)
        }
        await activity.done(list)
        stats.done += list.length
        if (list.length < activitiesAtOnce) return
      }
    },
    stats: () => ({ ...stats }),
  }
}
