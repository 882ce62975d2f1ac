import type { Id, UserId } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import { foldHandle } from '../core/text.ts'
import type { Bus } from '../ports/bus.ts'
import type { HostUser, HostUsers } from '../ports/host-users.ts'
import type { UserStore } from '../ports/users.ts'
import type { HostPictures } from './host-pictures.ts'
import type { Profiles } from './profiles.ts'
import type { Claims } from './signed-tokens.ts'

/** The account of a host's user, made on first sight. Throws `unauthorized` where it was deleted. */
export type HostAccount = (claims: Claims) => Promise<UserId>

/**
 * Accounts of people whom a host product vouches for: whatever `--registration` says, and without a password. The host's
 * name for them is taken over when they are made and whenever the host changes it, by the newest token; in between they
 * may call themselves otherwise. Its picture likewise, a little later.
 */
export function createHostAccounts({
  users,
  hostUsers,
  bus,
  profiles,
  takeId,
  pictures,
}: {
  users: Pick<UserStore, 'many' | 'update'>
  hostUsers: HostUsers
  bus: Pick<Bus, 'publish'>
  profiles: Pick<Profiles, 'forget'>
  takeId: () => Promise<Id>
  /** Absent where no media are kept. */
  pictures?: HostPictures | undefined
}): HostAccount {
  async function isThere(user: UserId): Promise<boolean> {
    return (await users.many([user]))[0] !== undefined
  }

  async function takeOverName(claims: Claims, { user, name, namedAt }: HostUser): Promise<void> {
    if (claims.name === undefined || claims.name === name || claims.issuedAt <= namedAt) return
    await users.update(user, { name: claims.name })
    profiles.forget(user)
    bus.publish('all', { kind: 'profile', user })
    await hostUsers.named(claims.sub, claims.name, claims.issuedAt)
  }

  async function make({ sub, handle: wish, name, issuedAt }: Claims): Promise<UserId> {
    const id = await takeId()
    const handle = wish === undefined ? `u${id}` : foldHandle(wish)
    const user = await hostUsers.create(sub, { id, handle, name: name ?? handle, bio: '', role: 'user' }, issuedAt)
    if (await isThere(user)) return user
    throw new Refusal('unauthorized', 'The account of this token’s user was deleted, or is suspended.')
  }

  async function account(claims: Claims): Promise<UserId> {
    const found = await hostUsers.find(claims.sub)
    if (found === undefined || !(await isThere(found.user))) return make(claims)
    await takeOverName(claims, found)
    return found.user
  }

  return async (claims) => {
    const user = await account(claims)
    if (claims.picture !== undefined) pictures?.offer(user, claims.picture, claims.issuedAt)
    return user
  }
}
