import { Hidden } from '../../core/hidden.ts'
import type { UserId } from '../../core/ids.ts'
import type { BlockStore } from '../../ports/blocks.ts'
import type { MemoryTruth } from './truth.ts'

const none: ReadonlySet<UserId> = new Set()

export function hiddenFrom({ muted, blocked, blockers }: MemoryTruth, reader: UserId): Hidden | undefined {
  const of = (map: Map<UserId, Set<UserId>>) => map.get(reader) ?? none
  return Hidden.of([...of(muted)], [...of(blocked)], [...of(blockers)])
}

export function createMemoryBlocks(truth: MemoryTruth): BlockStore {
  function set(map: Map<UserId, Set<UserId>>, user: UserId, other: UserId, on: boolean): boolean {
    const others = map.get(user) ?? new Set()
    map.set(user, others)
    truth.followeesRead.delete(user)
    if (!on) return others.delete(other)
    const changed = !others.has(other)
    others.add(other)
    return changed
  }

  return {
    async setMuted(user, other, muted) {
      return set(truth.muted, user, other, muted)
    },
    async setBlocked(user, other, blocked) {
      set(truth.blockers, other, user, blocked)
      return set(truth.blocked, user, other, blocked)
    },
    async clear(user) {
      for (const other of truth.blocked.get(user) ?? []) set(truth.blockers, other, user, false)
      for (const other of truth.blockers.get(user) ?? []) set(truth.blocked, other, user, false)
      for (const map of [truth.muted, truth.blocked, truth.blockers]) map.delete(user)
      truth.followeesRead.delete(user)
      return false
    },
    async standings(user, others) {
      const has = (map: Map<UserId, Set<UserId>>, other: UserId) => map.get(user)?.has(other) ?? false
      const found = others.map((other) => {
        const muted = has(truth.muted, other)
        const blocked = has(truth.blocked, other)
        return [other, { muted, blocked, blockedBy: has(truth.blockers, other) }] as const
      })
      return new Map(found.filter(([, { muted, blocked, blockedBy }]) => muted || blocked || blockedBy))
    },
  }
}
