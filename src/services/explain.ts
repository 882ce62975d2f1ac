import type { UserId } from '../core/ids.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { UserStore } from '../ports/users.ts'
import { noSuchUser } from './people.ts'
import { hotUntilShare, isHot } from './publish.ts'

/** Why one reader's timeline costs what it costs (API.md, `./rookery explain`). */
export interface Explanation {
  readonly user: { readonly id: string; readonly handle: string }
  /** Absent: nothing is held in memory; the next read builds it. */
  readonly inbox:
    | { readonly state: 'absent' }
    | {
        readonly state: 'ready'
        readonly epoch: number
        readonly position: number
        /** Arrivals held. */
        readonly size: number
        /** At and below this id a page asks the outboxes. */
        readonly floor: string
      }
  readonly followees: readonly { readonly handle: string; readonly pulled: boolean; readonly why: string }[]
  /** Null, so that it stands in the JSON, when this process has answered no fetch of the reader. */
  readonly lastFetch: FetchCost | null
}

/** What a reader's last fetch cost this process. */
export interface FetchCost {
  readonly [figure: string]: number | string | boolean
  readonly at: string
  readonly milliseconds: number
  readonly messages: number
  readonly bySince: boolean
}

/** Readers whose last fetch is remembered; beyond, all are forgotten and it begins anew. */
const fetchesRememberedMax = 10_000

/** Remembers what each reader's last fetch cost. */
export function createFetchCosts() {
  const last = new Map<UserId, { at: number; milliseconds: number; messages: number; bySince: boolean }>()
  return {
    note(reader: UserId, at: number, milliseconds: number, messages: number, bySince: boolean): void {
      if (last.size >= fetchesRememberedMax) last.clear()
      last.set(reader, { at, milliseconds, messages, bySince })
    },
    of(reader: UserId): FetchCost | undefined {
      const cost = last.get(reader)
      if (cost === undefined) return undefined
      const milliseconds = Math.round(cost.milliseconds * 1_000) / 1_000
      return { ...cost, at: new Date(cost.at).toISOString(), milliseconds }
    },
  }
}

/** Throws `no_such_user`. */
export type Explain = (handle: string) => Promise<Explanation>

export function createExplain({
  users,
  graph,
  inbox,
  messages,
  fetchCosts,
  hotFollowers,
}: {
  users: Pick<UserStore, 'byHandle' | 'many'>
  graph: Pick<FollowGraph, 'followees' | 'followerCount'>
  inbox: Pick<Inbox, 'head'>
  messages: Pick<MessageStore, 'tips'>
  fetchCosts: { of(reader: UserId): FetchCost | undefined }
  hotFollowers: number
}): Explain {
  async function followee(id: UserId, handle: string) {
    const followers = await graph.followerCount(id)
    const pulled = isHot(followers, (await messages.tips(id)).mode, hotFollowers)
    return { handle, pulled, why: why(followers, pulled) }
  }

  function why(followers: number, pulled: boolean): string {
    if (!pulled) return `${followers} followers, at most ${hotFollowers}: pushed into the inbox`
    const until = `until they are ${Math.floor(hotFollowers * hotUntilShare)} or fewer`
    const more = followers > hotFollowers ? `more than ${hotFollowers}` : `once more than ${hotFollowers}, hot ${until}`
    return `${followers} followers, ${more}: read from the hot log at each fetch`
  }

  return async function explain(handle) {
    const user = await users.byHandle(handle)
    if (user === undefined) throw noSuchUser()
    const head = await inbox.head(user.id)
    const ids = [...(await graph.followees(user.id)).ids]
    const followees: Explanation['followees'][number][] = []
    for (let i = 0; i < ids.length; i += 1_000) {
      for (const record of await users.many(ids.slice(i, i + 1_000))) {
        if (record !== undefined) followees.push(await followee(record.id, record.handle))
      }
    }
    return {
      user: { id: String(user.id), handle: user.handle },
      inbox:
        head === undefined
          ? { state: 'absent' }
          : {
              state: 'ready',
              epoch: head.epoch,
              position: head.position,
              size: head.position - head.oldest + 1,
              floor: String(head.floor),
            },
      followees,
      lastFetch: fetchCosts.of(user.id) ?? null,
    }
  }
}
