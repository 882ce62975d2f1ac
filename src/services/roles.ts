import type { UserId } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import type { UserRole, UserStore } from '../ports/users.ts'

export interface Roles {
  /** `user` also for who is gone. */
  of(user: UserId): Promise<UserRole>
  /** Throws `forbidden` unless the user is a moderator or an admin. */
  mustModerate(user: UserId): Promise<UserRole>
  /** Throws `forbidden` unless the user is an admin. */
  mustAdminister(user: UserId): Promise<void>
}

/** Who may do what. Asked of the store at each such call, so that a role that was taken is gone at once, everywhere. */
export function createRoles({ users }: { users: Pick<UserStore, 'many'> }): Roles {
  async function of(user: UserId): Promise<UserRole> {
    const [record] = await users.many([user])
    return record?.role ?? 'user'
  }

  return {
    of,
    async mustModerate(user) {
      const role = await of(user)
      if (role === 'user') throw new Refusal('forbidden', 'This is for moderators: ask one of them.')
      return role
    },
    async mustAdminister(user) {
      if ((await of(user)) !== 'admin') throw new Refusal('forbidden', 'This is for admins: ask one of them.')
    },
  }
}
