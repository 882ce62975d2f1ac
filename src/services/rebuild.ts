import type { Followees } from '../core/followees.ts'
import type { MessageId, UserId } from '../core/ids.ts'
import { buildWithinMs, inboxMadeIds } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Chance } from '../ports/chance.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Inbox, InboxHead } from '../ports/inbox.ts'
import type { MessageStore } from '../ports/messages.ts'
import { isAway, noInbox } from './stand-in.ts'

const waitForBuilderMs = 20

/**
 * Makes sure that a reader has an inbox, and resolves to its head. An absent one is made anew: created under a fresh epoch
 * (deliveries land from then on), then filled beneath from the outboxes of whom the reader follows. A message is stored
 * before its fan-out begins, so one of the two catches it. `noInbox` when it cannot be reached, or not be made in time.
 */
export type EnsureInbox = (reader: UserId) => Promise<InboxHead>

/** The outboxes a reader's timeline is made of: of those followed and their own; sorted upward. */
export async function authorsOf(graph: Pick<FollowGraph, 'followees'>, reader: UserId): Promise<Float64Array> {
  return authorsAmong(await graph.followees(reader), reader)
}

/** The same from followees at hand. */
export function authorsAmong({ ids }: Followees, reader: UserId): Float64Array {
  const authors = new Float64Array(ids.length + 1)
  let i = 0
  while (i < ids.length && ids[i]! < reader) i++
  authors.set(ids.subarray(0, i))
  authors[i] = reader
  authors.set(ids.subarray(i), i + 1)
  return authors
}

export function createEnsureInbox({
  inbox,
  graph,
  messages,
  clock,
  chance,
}: {
  inbox: Pick<Inbox, 'head' | 'create' | 'complete'>
  graph: Pick<FollowGraph, 'followees'>
  messages: Pick<MessageStore, 'recent'>
  clock: Clock
  chance: Chance
}): EnsureInbox {
  const building = new Map<UserId, Promise<InboxHead>>()

  async function fill(reader: UserId, epoch: number, builder: number): Promise<void> {
    const { ids, reach } = await messages.recent(await authorsOf(graph, reader), inboxMadeIds)
    // A full answer leaves out what is older than its last id; another one leaves out what memory does not reach.
    const floor: MessageId = ids.length === inboxMadeIds ? ids[ids.length - 1]! - 1 : reach
    await inbox.complete(reader, epoch, builder, ids, floor)
  }

  async function make(reader: UserId): Promise<InboxHead> {
    const until = clock.now() + 2 * buildWithinMs
    while (clock.now() < until) {
      const head = await inbox.head(reader)
      if (head !== undefined) return head
      const epoch = chance.epoch()
      const builder = chance.epoch()
      const now = clock.now()
      const found = await inbox.create(reader, epoch, builder, now, now + buildWithinMs)
      if (found === 'created') await fill(reader, epoch, builder)
      else if (found === 'building') await clock.sleep(waitForBuilderMs)
    }
    throw new Refusal('unavailable', 'Your timeline is being rebuilt; try again in a moment.', { retryAfterSeconds: 1 })
  }

  return async function ensure(reader) {
    try {
      const head = await inbox.head(reader)
      if (head !== undefined) return head
      let making = building.get(reader)
      if (making === undefined) {
        making = make(reader).finally(() => building.delete(reader))
        building.set(reader, making)
      }
      return await making
    } catch (error) {
      if (isAway(error)) return noInbox
      throw error
    }
  }
}
