import { timeOf, type UserId } from '../core/ids.ts'
import { previewPath } from '../core/media.ts'
import { Refusal } from '../core/refusal.ts'
import { foldHandle, handleFault, withNewlines } from '../core/text.ts'
import type { Me, ProfileChange, Relation, User } from '../core/wire.ts'
import type { BlockStore, Standing } from '../ports/blocks.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { FollowGraph } from '../ports/graph.ts'
import { asAvatar } from '../ports/media.ts'
import type { UserRecord, UserStore } from '../ports/users.ts'
import type { MediaService } from './media.ts'
import { createOneByOne } from './one-by-one.ts'
import type { Profiles } from './profiles.ts'
import { standsBetween } from './visibility.ts'

/** People as API.md shows them, counts and `you` included. */
export interface People {
  /** The user as `reader` sees them; without `you` where it is the reader. Throws `no_such_user`. */
  byId(reader: UserId, id: UserId): Promise<User>
  /** Whether or not `reader` may see them: throws `no_such_user`. */
  mustExist(id: UserId): Promise<void>
  /** Throws `no_such_user`, also where a block stands between the two. */
  mustSee(reader: UserId, id: UserId): Promise<void>
  /** Throws `no_such_user`. */
  byHandle(reader: UserId, handle: string): Promise<User>
  me(reader: UserId): Promise<Me>
  /** Changes name, bio or picture, of which an empty one is none. Throws `invalid` for what is no unused picture of theirs. */
  change(reader: UserId, change: ProfileChange): Promise<Me>
  /** In the order given; who is gone, or hidden by a block, is left out. At most 1,000. */
  list(reader: UserId, ids: readonly UserId[]): Promise<User[]>
  /** The same of whom the reader blocks, for the reader's own list of them. */
  listBlocked(reader: UserId, ids: readonly UserId[]): Promise<User[]>
  /** Handles and names that begin with `prefix`, by handle upward, after the handle `after`. */
  search(
    reader: UserId,
    prefix: string,
    after: string | undefined,
    length: number,
  ): Promise<{ users: User[]; next?: string }>
  /** How `reader` and `other` stand to each other. */
  relation(reader: UserId, other: UserId): Promise<Relation>
}

export function noSuchUser(): Refusal {
  return new Refusal('no_such_user', 'There is no such user, or not any more: look for them by handle.')
}

export function createPeople({
  users,
  graph,
  blocks,
  bus,
  clock,
  profiles,
  pictures,
  unread,
}: {
  users: UserStore
  graph: Pick<FollowGraph, 'edge'>
  blocks: Pick<BlockStore, 'standings'>
  bus: Bus
  clock: Clock
  profiles: Pick<Profiles, 'forget'>
  /** Undefined in processes that change nobody. */
  pictures: Pick<MediaService, 'claimAvatar' | 'drop'> | undefined
  /** How many notifications somebody has not read. */
  unread: (user: UserId) => Promise<number>
}): People {
  async function plain(record: UserRecord): Promise<User> {
    const counts = await users.counts(record.id)
    return {
      id: String(record.id),
      handle: record.handle,
      name: record.name,
      bio: record.bio,
      ...(record.avatar !== undefined && { avatar: previewPath(record.avatar) }),
      followers: counts.followers,
      following: counts.following,
      messages: counts.messages,
      createdAt: new Date(timeOf(record.id)).toISOString(),
    }
  }

  async function relationOf(reader: UserId, other: UserId, standing: Standing | undefined): Promise<Relation> {
    const [to, from] = await Promise.all([graph.edge(reader, other), graph.edge(other, reader)])
    return {
      following: to !== undefined,
      followedBy: from !== undefined,
      notify: to?.notify ?? false,
      muted: standing?.muted ?? false,
      blocked: standing?.blocked ?? false,
    }
  }

  const oneByOne = createOneByOne<UserId>(clock)
  const standing = async (reader: UserId, other: UserId) => (await blocks.standings(reader, [other])).get(other)

  /** In the order given, without those who are hidden by a block, unless it is the reader's own and they `look`. */
  async function seen(reader: UserId, records: readonly UserRecord[], look = false): Promise<User[]> {
    const others = records.map(({ id }) => id).filter((id) => id !== reader)
    const standings = await blocks.standings(reader, others)
    const shown = records.filter(({ id }) => {
      const standing = standings.get(id)
      return !standsBetween(standing) || (look && standing!.blocked)
    })
    return Promise.all(
      shown.map(async (record) => {
        if (record.id === reader) return plain(record)
        const [user, you] = await Promise.all([plain(record), relationOf(reader, record.id, standings.get(record.id))])
        return { ...user, you }
      }),
    )
  }

  async function seenOne(reader: UserId, record: UserRecord | undefined): Promise<User> {
    const [user] = record ? await seen(reader, [record]) : []
    if (!user) throw noSuchUser()
    return user
  }

  async function recordsOf(ids: readonly UserId[]): Promise<UserRecord[]> {
    const records = await users.many(ids)
    return records.filter((record) => record !== undefined)
  }

  async function mustExist(id: UserId): Promise<void> {
    const [record] = await users.many([id])
    if (!record) throw noSuchUser()
  }

  async function me(reader: UserId): Promise<Me> {
    const [record] = await users.many([reader])
    if (!record) throw noSuchUser()
    const [user, count] = await Promise.all([plain(record), unread(reader)])
    return { ...user, unread: count, role: record.role }
  }

  async function changeNow(reader: UserId, { name, bio, avatar }: ProfileChange): Promise<Me> {
    const change = {
      ...(name !== undefined && { name }),
      ...(bio !== undefined && { bio: withNewlines(bio) }),
      ...(avatar !== undefined && { avatar }),
    }
    if (Object.keys(change).length > 0) {
      if (avatar) await pictures!.claimAvatar(reader, avatar)
      const former = avatar === undefined ? undefined : (await users.many([reader]))[0]?.avatar
      if (!(await users.update(reader, change))) throw noSuchUser()
      if (former !== undefined && former !== avatar) await pictures!.drop({ id: former, owner: reader }, asAvatar)
      profiles.forget(reader)
      bus.publish('all', { kind: 'profile', user: reader })
    }
    return me(reader)
  }

  return {
    relation: async (reader, other) => relationOf(reader, other, await standing(reader, other)),
    me,
    async byId(reader, id) {
      const [record] = await users.many([id])
      return seenOne(reader, record)
    },
    mustExist,
    async mustSee(reader, id) {
      await mustExist(id)
      if (reader !== id && standsBetween(await standing(reader, id))) throw noSuchUser()
    },
    async byHandle(reader, handle) {
      return seenOne(reader, handleFault(handle) ? undefined : await users.byHandle(foldHandle(handle)))
    },
    // One after the other: each takes the picture away that the one before it gave.
    change: (reader, change) => oneByOne(reader, () => changeNow(reader, change)),
    list: async (reader, ids) => seen(reader, await recordsOf(ids)),
    listBlocked: async (reader, ids) => seen(reader, await recordsOf(ids), true),
    async search(reader, prefix, after, length) {
      // One more than asked for tells whether there is a next page.
      const found = await users.search(prefix, after, length + 1)
      const page = found.slice(0, length)
      const people = await seen(reader, page)
      return found.length > length ? { users: people, next: page[length - 1]!.handle } : { users: people }
    },
  }
}
