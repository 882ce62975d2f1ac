import type { UserId } from '../core/ids.ts'
import { pageLengthMax } from '../core/limits.ts'
import type { User } from '../core/wire.ts'
import type { BlockStore } from '../ports/blocks.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { People } from './people.ts'

/**
 * Whom the user has muted or blocked, a page at a time, the oldest account first. Nobody is on both: who is blocked is on
 * that list alone. `page` is the `next` of the page before.
 */
export type HiddenList = (
  user: UserId,
  wish: 'muted' | 'blocked',
  page: string | undefined,
  length: number,
) => Promise<{ users: User[]; next?: string }>

export function createHiddenList({
  graph,
  blocks,
  people,
}: {
  graph: Pick<FollowGraph, 'followees'>
  blocks: Pick<BlockStore, 'standings'>
  people: Pick<People, 'list' | 'listBlocked'>
}): HiddenList {
  /** Those of the ids whom the user has blocked: by whom they are blocked is nobody's to know. */
  async function blockedOf(user: UserId, ids: readonly UserId[]): Promise<UserId[]> {
    const standings = await blocks.standings(user, ids)
    return ids.filter((id) => standings.get(id)?.blocked)
  }

  return async function hiddenList(user, wish, page, length) {
    const { hidden } = await graph.followees(user)
    const after = page === undefined ? 0 : Number(page)
    let rest = [...(hidden?.[wish].ids ?? [])].filter((id) => id > after)
    const found: UserId[] = []
    while (rest.length > 0 && found.length <= length) {
      const some = rest.slice(0, pageLengthMax)
      rest = rest.slice(pageLengthMax)
      found.push(...(wish === 'blocked' ? await blockedOf(user, some) : some))
    }
    const ids = found.slice(0, length)
    const users = await (wish === 'blocked' ? people.listBlocked(user, ids) : people.list(user, ids))
    return found.length > length ? { users, next: String(ids.at(-1)) } : { users }
  }
}
