import { cursorAgeMaxMs } from '../../core/cursor.ts'
import { Followees } from '../../core/followees.ts'
import { type Id, idAt, type UserId } from '../../core/ids.ts'
import { fanoutPageReaders, notifyPageReaders } from '../../core/limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FollowGraph } from '../../ports/graph.ts'
import { hiddenFrom } from './blocks.ts'
import { idsAbove, insert, remove } from './sorted.ts'
import { type MemoryTruth, noteId } from './truth.ts'

/**
 * Pages follow the followers' ids upward and a token is the last id of its page: who comes or goes between two pages moves
 * nobody else from one to another (G5).
 */
export function createMemoryGraph(truth: MemoryTruth, clock: Clock, pageReaders = fanoutPageReaders): FollowGraph {
  const followersOf = (user: UserId) => truth.followers.get(user) ?? []
  const followeesOf = (user: UserId) => truth.followees.get(user) ?? new Map<UserId, never>()
  const isNotified = (user: UserId) => (reader: UserId) => followeesOf(reader).get(user)?.notify === true
  const sortedFollowees = (user: UserId) => [...followeesOf(user).keys()].sort((a, b) => a - b)

  function readFollowees(reader: UserId): Followees {
    const held = truth.followeesRead.get(reader)
    if (held !== undefined) return held
    const read = new Followees(Float64Array.from(sortedFollowees(reader)), hiddenFrom(truth, reader))
    truth.followeesRead.set(reader, read)
    return read
  }

  function readSince(reader: UserId): ReadonlyMap<UserId, Id> {
    const oldest = idAt(clock.now() - cursorAgeMaxMs)
    const recent = new Map<UserId, Id>()
    for (const [followee, edge] of followeesOf(reader)) if (edge.since >= oldest) recent.set(followee, edge.since)
    return recent
  }

  function listAfter(users: UserId[], page: string | undefined, length: number) {
    const found = idsAbove(users, page === undefined ? 0 : Number(page), length + 1)
    if (found.length <= length) return { users: found }
    const kept = found.slice(0, length)
    return { users: kept, next: String(kept.at(-1)) }
  }

  return {
    async follow(reader, followee, since, notify) {
      const edges = truth.followees.get(reader) ?? new Map()
      truth.followees.set(reader, edges)
      const edge = edges.get(followee)
      truth.followeesRead.delete(reader)
      if (edge) {
        const changed = edge.notify !== notify
        edge.notify = notify
        return changed
      }
      noteId(truth, since)
      edges.set(followee, { since, notify })
      const followers = followersOf(followee)
      truth.followers.set(followee, followers)
      insert(followers, reader)
      return true
    },

    async unfollow(reader, followee) {
      truth.followeesRead.delete(reader)
      remove(followersOf(followee), reader)
      return truth.followees.get(reader)?.delete(followee) ?? false
    },

    async fanoutPage(author, page) {
      const found = idsAbove(followersOf(author), page === undefined ? 0 : Number(page), pageReaders + 1)
      const readers = found.slice(0, pageReaders)
      const next = found.length > pageReaders ? String(readers.at(-1)) : undefined
      return {
        readers: Float64Array.from(page === undefined ? [author, ...readers] : readers),
        next,
        notifies: page === undefined && followersOf(author).some(isNotified(author)),
      }
    },

    async notifyPage(author, page) {
      const found = idsAbove(
        followersOf(author).filter(isNotified(author)),
        page === undefined ? 0 : Number(page),
        notifyPageReaders + 1,
      )
      const users = found.slice(0, notifyPageReaders)
      return { users, next: found.length > users.length ? String(users.at(-1)) : undefined }
    },

    async followees(reader) {
      return readFollowees(reader)
    },

    async followedSince(reader) {
      return readSince(reader)
    },

    async follows(reader) {
      return { followees: readFollowees(reader), since: readSince(reader) }
    },

    async listFollowers(user, page, length) {
      return listAfter(followersOf(user), page, length)
    },

    async listFollowing(user, page, length) {
      return listAfter(sortedFollowees(user), page, length)
    },

    async edge(reader, followee) {
      const edge = truth.followees.get(reader)?.get(followee)
      return edge && { notify: edge.notify }
    },

    async followerCount(user) {
      return followersOf(user).length
    },

    async followingCount(user) {
      return followeesOf(user).size
    },
  }
}
