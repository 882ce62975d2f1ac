import { randomBytes } from 'node:crypto'
import { type Id, timeOf, type UserId } from '../core/ids.ts'
import { pageLengthMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { foldHandle, newPasswordFault, reasonFault } from '../core/text.ts'
import type { Invite } from '../core/wire-community.ts'
import type { Act, AuditLog } from '../ports/audit.ts'
import type { UserCounts, UserRecord, UserRole, UserStore } from '../ports/users.ts'
import type { Accounts } from './accounts.ts'
import { type NoteAct, shell } from './audit.ts'
import type { Invites } from './invites.ts'
import type { Passwords } from './passwords.ts'
import { noSuchUser } from './people.ts'
import type { Suspensions } from './suspensions.ts'
import type { Withdrawn } from './withdrawn.ts'

/** A user as the shell shows them. */
export interface ListedUser {
  readonly id: string
  readonly handle: string
  readonly name: string
  readonly role: UserRole
  readonly createdAt: string
  /** Since when; absent for most. */
  readonly suspendedAt?: string
}

/** An act as the shell shows it; handles are empty where the account is gone. */
export interface ListedAct {
  readonly id: string
  readonly at: string
  /** Absent for the shell. */
  readonly actor?: { readonly id: string; readonly handle: string }
  readonly act: Act
  readonly user?: { readonly id: string; readonly handle: string }
  /** The message, the report or the invitation. */
  readonly subject?: string
  readonly note: string
}

/** What the operator does with accounts from the shell of the machine itself; by handle. All throw `no_such_user`. */
export interface Operators {
  /** A page of all users, in the engine's order. */
  list(what: { page?: string }): Promise<{ users: ListedUser[]; next?: string }>
  show(what: { handle: string }): Promise<ListedUser & UserCounts & { bio: string }>
  role(what: { handle: string; role: UserRole }): Promise<ListedUser>
  suspend(what: { handle: string; reason: string }): Promise<ListedUser>
  restore(what: { handle: string }): Promise<ListedUser>
  /** Gone for everybody when it resolves; its rows go bit by bit while a server runs. */
  delete(what: { handle: string }): Promise<ListedUser>
  /** Ends all sessions. Without a password one is made up. */
  password(what: { handle: string; password?: string }): Promise<{ handle: string; password: string }>
  invite(what: object): Promise<Invite>
  /** Newest first, below the id `before`. */
  log(what: { before?: Id }): Promise<{ acts: ListedAct[]; next?: Id }>
}

export function createOperators({
  users,
  withdrawn,
  accounts,
  passwords,
  suspensions,
  invites,
  audit,
  noteAct,
  takeId,
}: {
  /** Those who are withdrawn included. */
  users: UserStore
  withdrawn: Pick<Withdrawn, 'of' | 'load'>
  accounts: Pick<Accounts, 'remove' | 'endSessions'>
  passwords: Pick<Passwords, 'hash'>
  suspensions: Suspensions
  invites: Pick<Invites, 'make' | 'read'>
  audit: Pick<AuditLog, 'list'>
  noteAct: NoteAct
  takeId: () => Promise<Id>
}): Operators {
  const isDeleted = (id: UserId) => withdrawn.of(id).some(({ why }) => why === 'deleted')

  function listed({ id, handle, name, role }: UserRecord): ListedUser {
    const suspension = withdrawn.of(id).find(({ why }) => why === 'suspended')
    return {
      id: String(id),
      handle,
      name,
      role,
      createdAt: new Date(timeOf(id)).toISOString(),
      ...(suspension && { suspendedAt: new Date(suspension.at).toISOString() }),
    }
  }

  async function found(handle: string): Promise<UserRecord> {
    // A process that was started for this question alone has not read it yet.
    await withdrawn.load()
    const record = await users.byHandle(foldHandle(handle))
    if (!record || isDeleted(record.id)) throw noSuchUser()
    return record
  }

  async function named(ids: readonly UserId[]): Promise<{ id: string; handle: string }[]> {
    const records = await users.many(ids)
    return ids.map((id, i) => ({ id: String(id), handle: records[i]?.handle ?? '' }))
  }

  return {
    async list({ page }) {
      await withdrawn.load()
      const { users: some, next } = await users.list(page, pageLengthMax)
      const shown = some.filter(({ id }) => !isDeleted(id)).map(listed)
      return next === undefined ? { users: shown } : { users: shown, next }
    },
    async show({ handle }) {
      const record = await found(handle)
      return { ...listed(record), bio: record.bio, ...(await users.counts(record.id)) }
    },
    async role({ handle, role }) {
      const record = await found(handle)
      await noteAct(shell, 'role', { user: record.id, note: role })
      await users.update(record.id, { role })
      return listed({ ...record, role })
    },
    async suspend({ handle, reason }) {
      const fault = reasonFault(reason)
      if (fault) throw new Refusal(fault.code, `The reason ${fault.detail}.`, { field: 'reason' })
      const record = await found(handle)
      await suspensions.suspend(shell, record.id, reason)
      return listed(record)
    },
    async restore({ handle }) {
      const record = await found(handle)
      await suspensions.restore(shell, record.id)
      return listed(record)
    },
    async delete({ handle }) {
      const record = await found(handle)
      await noteAct(shell, 'delete_account', { user: record.id })
      await accounts.remove(record.id)
      return listed(record)
    },
    async password({ handle, password = randomBytes(12).toString('base64url') }) {
      const fault = newPasswordFault(password)
      if (fault) throw new Refusal(fault.code, `The password ${fault.detail}.`, { field: 'password' })
      const record = await found(handle)
      const passwordHash = await passwords.hash(password)
      await noteAct(shell, 'password', { user: record.id })
      await users.update(record.id, { passwordHash })
      await accounts.endSessions(record.id)
      return { handle: record.handle, password }
    },
    async invite() {
      const id = await takeId()
      await invites.make(shell, id)
      return invites.read(id)
    },
    async log({ before = Number.MAX_SAFE_INTEGER }) {
      const entries = await audit.list(before, pageLengthMax)
      const actors = await named(entries.map(({ actor }) => actor))
      const about = await named(entries.map(({ user }) => user))
      const acts = entries.map(({ id, actor, act, user, subject, note }, i) => ({
        id: String(id),
        at: new Date(timeOf(id)).toISOString(),
        ...(actor !== shell && { actor: actors[i]! }),
        act,
        ...(user !== 0 && { user: about[i]! }),
        ...(subject !== 0 && { subject: String(subject) }),
        note,
      }))
      return entries.length < pageLengthMax ? { acts } : { acts, next: entries.at(-1)!.id }
    },
  }
}
