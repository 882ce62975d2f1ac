import type { UserId } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import { withNewlines } from '../core/text.ts'
import type { Suspension } from '../core/wire-community.ts'
import type { PushStore } from '../ports/push.ts'
import type { UserRecord, UserStore } from '../ports/users.ts'
import { type NoteAct, shell } from './audit.ts'
import { noSuchUser } from './people.ts'
import { authorObject } from './profiles.ts'
import type { Roles } from './roles.ts'
import type { Withdrawn } from './withdrawn.ts'

export interface Suspensions {
  /**
   * The user is hidden from everybody and their tokens are dead, until they are restored; whoever is suspended already
   * stays so. `by`: a moderator, or the shell. Throws `forbidden`, `no_such_user`, `invalid` for oneself.
   */
  suspend(by: UserId, user: UserId, reason: string): Promise<Suspension>
  /** Everything is as before, but for the tokens. Throws `forbidden`, `no_such_user` where nobody is suspended. */
  restore(by: UserId, user: UserId): Promise<void>
}

export function createSuspensions({
  users,
  push,
  withdrawn,
  roles,
  noteAct,
}: {
  /** Those who are withdrawn included. */
  users: Pick<UserStore, 'many' | 'removeTokens'>
  push: Pick<PushStore, 'removeAll'>
  withdrawn: Pick<Withdrawn, 'load' | 'of' | 'withdraw' | 'readmit'>
  roles: Pick<Roles, 'mustModerate'>
  noteAct: NoteAct
}): Suspensions {
  const suspended = (user: UserId) => withdrawn.of(user).find(({ why }) => why === 'suspended')

  /** The user, where `by` has power over them: moderators and admins are the admins' to suspend. */
  async function subject(by: UserId, user: UserId): Promise<UserRecord> {
    const role = by === shell ? 'admin' : await roles.mustModerate(by)
    if (user === by) {
      throw new Refusal('invalid', 'Nobody suspends or restores themselves: ask another moderator.', { field: 'id' })
    }
    // What another gateway has just done counts already.
    await withdrawn.load()
    const [record] = await users.many([user])
    if (!record || withdrawn.of(user).some(({ why }) => why === 'deleted')) throw noSuchUser()
    if (record.role !== 'user' && role !== 'admin') {
      throw new Refusal('forbidden', 'Moderators and admins are suspended by admins alone: ask one of them.')
    }
    return record
  }

  return {
    async suspend(by, user, given) {
      const record = await subject(by, user)
      const reason = withNewlines(given)
      await noteAct(by, 'suspend', { user, note: reason })
      const since = await withdrawn.withdraw(user, 'suspended')
      await push.removeAll(user)
      await users.removeTokens(user)
      const [moderator] = by === shell ? [] : await users.many([by])
      return {
        user: JSON.parse(authorObject(record)),
        reason,
        since: new Date(since).toISOString(),
        ...(moderator && { moderator: JSON.parse(authorObject(moderator)) }),
      }
    },
    async restore(by, user) {
      await subject(by, user)
      if (!suspended(user)) {
        throw new Refusal('no_such_user', 'This user is not suspended: nothing is to be restored.', { field: 'id' })
      }
      await noteAct(by, 'restore', { user })
      // What was made by a log-in while they were being suspended.
      await users.removeTokens(user)
      await withdrawn.readmit(user, 'suspended')
    },
  }
}
