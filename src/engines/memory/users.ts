import { foldText } from '../../core/words.ts'
import type { UserStore } from '../../ports/users.ts'
import { type MemoryTruth, noteId } from './truth.ts'

export function createMemoryUsers(truth: MemoryTruth): UserStore {
  const record = (id: number | undefined) => (id === undefined ? undefined : truth.users.get(id)?.record)

  return {
    async create(user, passwordHash) {
      if (truth.handles.has(user.handle)) return false
      truth.handles.set(user.handle, user.id)
      truth.users.set(user.id, { record: { ...user }, passwordHash })
      noteId(truth, user.id)
      return true
    },

    async many(ids) {
      return ids.map(record)
    },

    async byHandle(handle) {
      return record(truth.handles.get(handle))
    },

    async passwordHash(id) {
      return truth.users.get(id)?.passwordHash
    },

    async update(id, change) {
      const user = truth.users.get(id)
      if (!user) return false
      const { passwordHash = user.passwordHash, avatar = user.record.avatar ?? '', ...rest } = change
      const { avatar: _, ...record } = user.record
      user.record = avatar === '' ? { ...record, ...rest } : { ...record, ...rest, avatar }
      user.passwordHash = passwordHash
      return true
    },

    async counts(id) {
      return {
        followers: truth.followers.get(id)?.length ?? 0,
        following: truth.followees.get(id)?.size ?? 0,
        messages: truth.outboxes.get(id)?.length ?? 0,
      }
    },

    async search(prefix, after, length) {
      const wanted = foldText(prefix)
      if (wanted === '') return []
      return [...truth.users.values()]
        .map((user) => user.record)
        .filter((user) => user.handle.startsWith(wanted) || foldText(user.name).startsWith(wanted))
        .filter((user) => after === undefined || user.handle > after)
        .sort((a, b) => (a.handle < b.handle ? -1 : 1))
        .slice(0, length)
    },

    async list(page, length) {
      const after = page === undefined ? 0 : Number(page)
      const found = [...truth.users.values()].map((user) => user.record).filter((user) => user.id > after)
      const users = found.sort((a, b) => a.id - b.id).slice(0, length)
      return found.length > length ? { users, next: String(users.at(-1)!.id) } : { users }
    },

    async addToken(token, user, createdAt, device) {
      truth.tokens.set(token, { user, createdAt, device })
    },

    async userOfToken(token) {
      return truth.tokens.get(token)?.user
    },

    async removeToken(token) {
      truth.tokens.delete(token)
    },

    async sessions(user, limit) {
      const own = [...truth.tokens].filter(([, token]) => token.user === user)
      return own.slice(0, limit).map(([token, { createdAt, device }]) => ({ token, createdAt, device }))
    },

    async removeTokens(user) {
      for (const [token, owner] of truth.tokens) if (owner.user === user) truth.tokens.delete(token)
    },

    async remove(id) {
      const user = truth.users.get(id)
      if (!user) return
      truth.users.delete(id)
      truth.handles.delete(user.record.handle)
    },
  }
}
