import { bothOver } from '../core/both-over.ts'
import { type Id, idMax, type UserId } from '../core/ids.ts'
import { backfillIds, followeesMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Relation } from '../core/wire.ts'
import type { ActivityLog } from '../ports/activity.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { OutboxRows } from '../ports/outbox-rows.ts'
import type { People } from './people.ts'

export interface Follow {
  /**
   * Idempotent; `notify` undefined leaves it as it is. The followee's newest messages come into pages, never as
   * arrivals. Throws `no_such_user`, `self_follow`, `invalid` (too many followees).
   */
  follow(reader: UserId, followee: UserId, notify: boolean | undefined): Promise<Relation>
  /** Idempotent. Throws as `follow`. */
  unfollow(reader: UserId, followee: UserId): Promise<Relation>
}

/**
 * Puts an author's newest messages beneath a reader's inbox. Not those whose fan-out is still to come: a ring that holds an
 * id does not take it again, and what must arrive would only ever be in pages. They raise the floor instead.
 */
export type Backfill = (reader: UserId, author: UserId) => Promise<void>

export function createBackfill({
  messages,
  outboxRows,
  inbox,
}: {
  messages: Pick<MessageStore, 'outbox'>
  outboxRows: Pick<OutboxRows, 'lowestUndone'>
  inbox: Pick<Inbox, 'backfill'>
}): Backfill {
  return async function backfill(reader, author) {
    const newest = (await messages.outbox(author, idMax, backfillIds + 1)).map((entry) => entry.id)
    // Read after the outbox: what was stored meanwhile is not taken for delivered.
    const undone = await outboxRows.lowestUndone()
    const delivered = newest.filter((id) => id < undone).slice(0, backfillIds)
    const leftOut = newest.find((id) => !delivered.includes(id)) ?? 0
    if (newest.length > 0) await inbox.backfill(reader, delivered, leftOut)
  }
}

export function createFollow({
  graph,
  activity,
  messages,
  backfill,
  bus,
  people,
  clock,
}: {
  graph: Pick<FollowGraph, 'follow' | 'unfollow' | 'edge' | 'followingCount'>
  activity: Pick<ActivityLog, 'put'>
  messages: Pick<MessageStore, 'outbox'>
  backfill: Backfill
  bus: Bus
  people: Pick<People, 'relation' | 'mustSee'>
  clock: Clock
}): Follow {
  async function checkOther(reader: UserId, other: UserId): Promise<void> {
    if (reader === other) {
      throw new Refusal('self_follow', 'One sees one’s own messages anyway: name somebody else.', { field: 'id' })
    }
    await people.mustSee(reader, other)
  }

  /** In one go: durable with the edge is that the followee is to be told of it. */
  async function logged(reader: UserId, followee: UserId, change: Promise<boolean>): Promise<boolean> {
    return bothOver(change, activity.put({ kind: 'follow', user: reader, subject: followee, at: clock.now() }))
  }

  /** What follows on the newest message: whatever is published once the follow has been answered, by any clock. */
  async function afterNewest(followee: UserId): Promise<Id> {
    const [newest] = await messages.outbox(followee, idMax, 1)
    return newest === undefined ? 0 : newest.id + 1
  }

  /** A block made meanwhile may have found no follow to end. */
  async function orUndo(reader: UserId, followee: UserId): Promise<void> {
    try {
      await people.mustSee(reader, followee)
    } catch (error) {
      if (error instanceof Refusal && error.code === 'no_such_user') await graph.unfollow(reader, followee)
      throw error
    }
  }

  return {
    async follow(reader, followee, notify) {
      await checkOther(reader, followee)
      const edge = await graph.edge(reader, followee)
      if (!edge && (await graph.followingCount(reader)) >= followeesMax) {
        throw new Refusal('invalid', `One may follow ${followeesMax} people: unfollow somebody first.`, { field: 'id' })
      }
      const since = await afterNewest(followee)
      // Also before the edge is there: an older message whose fan-out finds it must meet the filters of live sockets.
      bus.publish('all', { kind: 'graph', reader })
      const following = graph.follow(reader, followee, since, notify ?? edge?.notify ?? false)
      await logged(reader, followee, following)
      await orUndo(reader, followee)
      // Also where nothing changed: the try that made the edge may have ended before this.
      await backfill(reader, followee)
      bus.publish('all', { kind: 'graph', reader })
      return people.relation(reader, followee)
    },
    async unfollow(reader, followee) {
      await checkOther(reader, followee)
      const changed = await logged(reader, followee, graph.unfollow(reader, followee))
      if (changed) bus.publish('all', { kind: 'graph', reader })
      return people.relation(reader, followee)
    },
  }
}
