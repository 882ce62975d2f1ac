import type { UserId } from '../core/ids.ts'
import {
  hotAuthorsLookedAt,
  suggestedMax,
  suggestersAtOnce,
  suggestersMax,
  suggestionsOfEachMax,
} from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { User } from '../core/wire.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { HotLog } from '../ports/hot-log.ts'
import type { People } from './people.ts'

/**
 * Whom the reader may want to follow, a page at a time: friends of friends, most shared first, then the oldest account.
 * Where there are none, those who follow the reader, then authors who are widely read of late. Never who is followed,
 * muted or blocked, nor the reader. Throws `invalid` (page).
 */
export type Suggest = (
  reader: UserId,
  page: string | undefined,
  length: number,
) => Promise<{ users: User[]; next?: string }>

interface Suggestion {
  readonly user: UserId
  /** How many of those whom the reader follows do follow them. */
  readonly shared: number
}

export function createSuggest({
  graph,
  hotLog,
  people,
}: {
  graph: Pick<FollowGraph, 'followees' | 'listFollowing' | 'listFollowers'>
  hotLog: Pick<HotLog, 'head' | 'after'>
  people: Pick<People, 'list'>
}): Suggest {
  /** By how many it is shared, of a bounded sample. */
  async function friendsOfFriends(friends: Float64Array): Promise<Map<UserId, number>> {
    const shared = new Map<UserId, number>()
    const asked = spread(friends, suggestersMax)
    for (let from = 0; from < asked.length; from += suggestersAtOnce) {
      const some = asked.slice(from, from + suggestersAtOnce)
      const lists = await Promise.all(some.map((one) => graph.listFollowing(one, undefined, suggestionsOfEachMax)))
      for (const { users } of lists) for (const user of users) shared.set(user, (shared.get(user) ?? 0) + 1)
    }
    return shared
  }

  async function others(reader: UserId): Promise<Map<UserId, number>> {
    const widelyRead = hotLog.after(hotLog.head() - hotAuthorsLookedAt, hotAuthorsLookedAt).map(({ author }) => author)
    const { users } = await graph.listFollowers(reader, undefined, suggestedMax)
    return new Map([...widelyRead.map((user) => [user, 1] as const), ...users.map((user) => [user, 2] as const)])
  }

  /** The best ones, best first. */
  async function suggestions(reader: UserId): Promise<Suggestion[]> {
    const followees = await graph.followees(reader)
    const mayBe = (user: UserId) => user !== reader && !followees.has(user) && !followees.hidden?.has(user)
    const found = best(await friendsOfFriends(followees.ids), mayBe)
    return found.length > 0 ? found : best(await others(reader), mayBe)
  }

  return async function suggest(reader, page, length) {
    const last = page === undefined ? undefined : readToken(page)
    const all = await suggestions(reader)
    const rest = last === undefined ? all : all.filter((one) => isBefore(last, one))
    const some = rest.slice(0, length)
    const users = await people.list(
      reader,
      some.map(({ user }) => user),
    )
    const { shared, user } = some.at(-1) ?? { shared: 0, user: 0 }
    return rest.length > length ? { users, next: `${shared}.${user}` } : { users }
  }
}

const isBefore = (a: Suggestion, b: Suggestion) => a.shared > b.shared || (a.shared === b.shared && a.user < b.user)

/** The `suggestedMax` that are shared most: those are sorted, of all others only their number is looked at. */
function best(candidates: ReadonlyMap<UserId, number>, mayBe: (user: UserId) => boolean): Suggestion[] {
  const bySharing: UserId[][] = []
  for (const [user, shared] of candidates) {
    if (mayBe(user)) (bySharing[shared] ??= []).push(user)
  }
  const found: Suggestion[] = []
  for (let shared = bySharing.length - 1; shared > 0 && found.length < suggestedMax; shared--) {
    for (const user of (bySharing[shared] ?? []).sort((a, b) => a - b)) found.push({ user, shared })
  }
  return found.slice(0, suggestedMax)
}

/** At most `max` of them, evenly out of the whole list: the same each time, so that pages go on from each other. */
function spread(users: Float64Array, max: number): UserId[] {
  if (users.length <= max) return [...users]
  return Array.from({ length: max }, (_, i) => users[Math.floor((i * users.length) / max)]!)
}

function readToken(page: string): Suggestion {
  const [, shared, user] = /^([0-9]{1,6})\.([0-9]{1,16})$/.exec(page) ?? []
  if (user === undefined) {
    throw new Refusal('invalid', 'Give the `next` of the page before as it came.', { field: 'before' })
  }
  return { user: Number(user), shared: Number(shared) }
}
