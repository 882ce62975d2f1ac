import { idMax, type UserId } from '../core/ids.ts'
import { exportPageRows, sessionsListedMax } from '../core/limits.ts'
import { mediaObject } from '../core/media.ts'
import type { BlockStore } from '../ports/blocks.ts'
import type { FollowGraph } from '../ports/graph.ts'
import type { LikeStore } from '../ports/likes.ts'
import { type MediaStore, notThere } from '../ports/media.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { UserStore } from '../ports/users.ts'
import type { People } from './people.ts'
import { authorObject } from './profiles.ts'

/**
 * Everything of one user as lines of JSON, some at a time, each with its `kind`: `profile`, then `session`, `follow`,
 * `follower`, `mute`, `block`, `like`, `message` and `medium` in this order, then one `end` with how many lines came before it, without which the
 * export is not whole. Nothing is read before the last lines were asked for, and nothing is held: its cost is what it reads.
 */
export type Export = (user: UserId) => AsyncGenerator<string, void>

export function createExport({
  people,
  users,
  graph,
  blocks,
  likes,
  messages,
  media,
}: {
  people: Pick<People, 'me'>
  users: Pick<UserStore, 'many' | 'sessions'>
  graph: Pick<FollowGraph, 'listFollowers' | 'listFollowing' | 'followees'>
  blocks: Pick<BlockStore, 'standings'>
  likes: Pick<LikeStore, 'likedBy'>
  messages: Pick<MessageStore, 'outbox' | 'many'>
  media: Pick<MediaStore, 'ofOwner'>
}): Export {
  type Lines = AsyncGenerator<string[], void>

  async function named(kind: string, ids: readonly UserId[]): Promise<string[]> {
    const records = await users.many(ids)
    return records.filter((one) => one !== undefined).map((one) => `{"kind":"${kind}","user":${authorObject(one)}}`)
  }

  async function* listed(
    kind: string,
    list: (page: string | undefined) => Promise<{ users: UserId[]; next?: string }>,
  ): Lines {
    for (let page: string | undefined; ; ) {
      const found = await list(page)
      yield await named(kind, found.users)
      page = found.next
      if (page === undefined) return
    }
  }

  async function* hidden(user: UserId): Lines {
    const { hidden } = await graph.followees(user)
    if (hidden === undefined) return
    const others = [...new Set([...hidden.muted.ids, ...hidden.blocked.ids])]
    for (let at = 0; at < others.length; at += exportPageRows) {
      const some = others.slice(at, at + exportPageRows)
      const standings = await blocks.standings(user, some)
      yield await named(
        'mute',
        some.filter((other) => standings.get(other)?.muted),
      )
      yield await named(
        'block',
        some.filter((other) => standings.get(other)?.blocked),
      )
    }
  }

  async function* liked(user: UserId): Lines {
    for (let page: string | undefined; ; ) {
      const found = await likes.likedBy(user, page, exportPageRows)
      yield found.messages.map((id) => `{"kind":"like","message":"${id}"}`)
      page = found.next
      if (page === undefined) return
    }
  }

  /** As they are stored, past the cache: old messages would take the place of what others read. */
  async function* written(user: UserId): Lines {
    for (let below = idMax; ; ) {
      const entries = await messages.outbox(user, below, exportPageRows)
      const records = await messages.many(entries.map((entry) => entry.id))
      yield records.filter((one) => one !== undefined).map(({ body }) => `{"kind":"message",${body}}`)
      if (entries.length < exportPageRows) return
      below = entries.at(-1)!.id
    }
  }

  /** What was uploaded, its bytes to be fetched from its `url`. */
  async function* uploaded(user: UserId): Lines {
    for (let page: string | undefined; ; ) {
      const found = await media.ofOwner(user, page, exportPageRows)
      const there = found.media.filter(({ use }) => use !== notThere)
      yield there.map((medium) => {
        const createdAt = new Date(medium.createdAt).toISOString()
        return JSON.stringify({ kind: 'medium', ...mediaObject(medium), createdAt })
      })
      page = found.next
      if (page === undefined) return
    }
  }

  async function* all(user: UserId): Lines {
    yield [JSON.stringify({ kind: 'profile', user: await people.me(user) })]
    const sessions = await users.sessions(user, sessionsListedMax)
    yield sessions.map(({ createdAt, device }) =>
      JSON.stringify({ kind: 'session', createdAt: new Date(createdAt).toISOString(), name: device }),
    )
    yield* listed('follow', (page) => graph.listFollowing(user, page, exportPageRows))
    yield* listed('follower', (page) => graph.listFollowers(user, page, exportPageRows))
    yield* hidden(user)
    yield* liked(user)
    yield* written(user)
    yield* uploaded(user)
  }

  return async function* exported(user) {
    let count = 0
    for await (const lines of all(user)) {
      count += lines.length
      if (lines.length > 0) yield `${lines.join('\n')}\n`
    }
    yield `${JSON.stringify({ kind: 'end', lines: count })}\n`
  }
}
