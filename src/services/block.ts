import { bothOver } from '../core/both-over.ts'
import type { UserId } from '../core/ids.ts'
import { blockedMax, mutedMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Relation } from '../core/wire.ts'
import type { ActivityLog } from '../ports/activity.ts'
import type { BlockStore } from '../ports/blocks.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Backfill } from './follow.ts'
import type { People } from './people.ts'

/** Muting and blocking; each call is idempotent and resolves to how the two stand to each other then. */
export interface Blocks {
  /**
   * Hides the other's messages, and boosts of and by them, from the user's own timeline; in pages, by `since` and live.
   * Throws `no_such_user` (also where a block stands between them), `invalid` (oneself, too many).
   */
  mute(user: UserId, other: UserId): Promise<Relation>
  /** What was hidden is in pages again. Throws `no_such_user`, `invalid`. */
  unmute(user: UserId, other: UserId): Promise<Relation>
  /**
   * Ends both follows and hides each from the other, everywhere. Also of somebody by whom one is blocked. Throws
   * `no_such_user`, `invalid`.
   */
  block(user: UserId, other: UserId): Promise<Relation>
  /** Brings no follow back. Throws `no_such_user`, `invalid`. */
  unblock(user: UserId, other: UserId): Promise<Relation>
}

export function createBlocks({
  blocks,
  graph,
  activity,
  bus,
  people,
  backfill,
  clock,
}: {
  blocks: BlockStore
  graph: Pick<FollowGraph, 'followees' | 'unfollow' | 'edge'>
  activity: Pick<ActivityLog, 'put'>
  bus: Pick<Bus, 'publish'>
  people: Pick<People, 'relation' | 'mustExist' | 'mustSee'>
  /** Puts an author's newest messages beneath a reader's inbox, as a follow does. */
  backfill: Backfill
  clock: Pick<Clock, 'now'>
}): Blocks {
  async function checkOther(user: UserId, other: UserId): Promise<void> {
    if (user === other) throw new Refusal('invalid', '`id` must be somebody else: this is you.', { field: 'id' })
    await people.mustExist(other)
  }

  /** Every gateway hears that whom they see is about to change, or has. */
  function tell(...readers: UserId[]): void {
    for (const reader of readers) bus.publish('all', { kind: 'graph', reader })
  }

  /** What told the followee of it goes too. */
  async function endFollow(reader: UserId, followee: UserId): Promise<void> {
    const told = activity.put({ kind: 'follow', user: reader, subject: followee, at: clock.now() })
    await bothOver(graph.unfollow(reader, followee), told)
  }

  function tooMany(what: string, max: number): Refusal {
    return new Refusal('invalid', `One may ${what} ${max} people: take somebody off the list first.`, { field: 'id' })
  }

  return {
    async mute(user, other) {
      await checkOther(user, other)
      await people.mustSee(user, other)
      const { hidden } = await graph.followees(user)
      if (hidden && !hidden.muted.has(other) && hidden.muted.size >= mutedMax) throw tooMany('mute', mutedMax)
      await blocks.setMuted(user, other, true)
      tell(user)
      return people.relation(user, other)
    },

    async unmute(user, other) {
      await checkOther(user, other)
      await blocks.setMuted(user, other, false)
      // An inbox made anew meanwhile holds none of theirs. Also where nothing changed: an earlier try may have ended before.
      if (await graph.edge(user, other)) await backfill(user, other)
      tell(user)
      return people.relation(user, other)
    },

    async block(user, other) {
      await checkOther(user, other)
      const { hidden } = await graph.followees(user)
      if (hidden && !hidden.blocked.has(other) && hidden.blocking >= blockedMax) throw tooMany('block', blockedMax)
      // First: a follow under way sees it, or is seen here.
      await blocks.setBlocked(user, other, true)
      await bothOver(endFollow(user, other), endFollow(other, user))
      tell(user, other)
      return people.relation(user, other)
    },

    async unblock(user, other) {
      await checkOther(user, other)
      await blocks.setBlocked(user, other, false)
      tell(user, other)
      return people.relation(user, other)
    },
  }
}
