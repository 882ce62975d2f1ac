import type { MessageId, UserId } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import type { Publish } from '../services/publish.ts'
import type { Timeline } from '../services/timeline.ts'
import type { Life } from './life.ts'
import type { Connected } from './live.ts'
import type { Random } from './random.ts'
import type { Watch } from './stream.ts'

/** What a gateway does for clients. */
export interface Offers {
  readonly publish: Publish
  remove(author: UserId, id: MessageId): Promise<unknown>
  follow(reader: UserId, followee: UserId): Promise<unknown>
  unfollow(reader: UserId, followee: UserId): Promise<unknown>
  mute(reader: UserId, author: UserId): Promise<unknown>
  unmute(reader: UserId, author: UserId): Promise<unknown>
  like(user: UserId, id: MessageId): Promise<unknown>
  unlike(user: UserId, id: MessageId): Promise<unknown>
  readonly timeline: Timeline
  /** Opens a socket to the gateway's hub. */
  connect(reader: UserId, since: string | undefined, client: LiveClient): Connected
}

/** What a socket tells its client. */
export interface LiveClient {
  ready(cursor: string): void
  message(message: unknown, cursor: string): void
  deleted(id: MessageId): void
  closed(why: 'lost' | 'expired'): void
  /** A frame that should not have come. */
  wrong(what: string): void
}

/** A gateway as clients see it: a name that a process stands behind, most of the time. */
export interface Gateway {
  readonly name: string
  readonly process: { readonly life: Life; readonly offers: Offers } | undefined
}

/** What clients live in. */
export interface Town extends Watch {
  readonly random: Random
  readonly gateways: readonly Gateway[]
  readonly users: readonly UserId[]
  /** Users who publish much, and so are followed more. */
  readonly authors: readonly UserId[]
  /** False once everybody has to come to an end. */
  readonly busy: () => boolean
  /** Whether the chain held from one cursor to the next, so that no id may come twice. */
  unbroken(reader: UserId, from: string, to: string): boolean
  /** When the fan-out of the message was done and every process could know; Infinity as long as it was not. */
  visibleFrom(id: MessageId): number
}

/** The connection broke before the answer: whether anything happened is unknown. */
export class Lost extends Error {}

/** Asks one gateway (any by default) over a network that takes a moment each way. */
export async function ask<T>(
  town: Town,
  run: (offers: Offers) => Promise<T>,
  gateway = town.random.pick(town.gateways),
): Promise<T> {
  const { scheduler, random } = town
  await scheduler.sleep(random.exponential(2))
  const { process } = gateway
  if (process === undefined) {
    await scheduler.sleep(100 + random.number() * 400)
    throw new Lost('refused')
  }
  return new Promise((resolve, reject) => {
    const leave = process.life.atEnd(() => reject(new Lost('cut')))
    const settle = (answer: () => void) =>
      scheduler.after(random.exponential(2), () => {
        leave()
        answer()
      })
    run(process.offers).then(
      (value) => settle(() => resolve(value)),
      (error) => settle(() => reject(error)),
    )
  })
}

/** Whether it is worth trying again; what is neither a refusal nor a lost connection is a bug, and reported. */
export function mayRetry(town: Town, what: string, error: unknown): boolean {
  if (error instanceof Lost) return true
  if (error instanceof Refusal) {
    if (error.code === 'cursor_expired') town.report('only age ends a cursor', what)
    return error.status === 503 || error.status === 429
  }
  town.report('no bug shows', `${what}: ${error instanceof Error ? error.stack : String(error)}`)
  return false
}
