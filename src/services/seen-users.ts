import type { UserStore } from '../ports/users.ts'
import type { Withdrawn } from './withdrawn.ts'

/** The users as everybody sees them: who is hidden from everybody is not there, though their handle is taken. */
export function createSeenUsers(users: UserStore, withdrawn: Pick<Withdrawn, 'has'>): UserStore {
  return {
    ...users,
    async many(ids) {
      const found = await users.many(ids)
      return found.map((user) => (user && !withdrawn.has(user.id) ? user : undefined))
    },
    async byHandle(handle) {
      const user = await users.byHandle(handle)
      return user && !withdrawn.has(user.id) ? user : undefined
    },
    async passwordHash(id) {
      return withdrawn.has(id) ? undefined : users.passwordHash(id)
    },
    async userOfToken(token) {
      const user = await users.userOfToken(token)
      return user !== undefined && withdrawn.has(user) ? undefined : user
    },
    async search(prefix, after, length) {
      const shown = []
      for (let last = after; shown.length < length; ) {
        const found = await users.search(prefix, last, length)
        for (const user of found) if (!withdrawn.has(user.id)) shown.push(user)
        if (found.length < length) break
        last = found.at(-1)!.handle
      }
      return shown.slice(0, length)
    },
  }
}
