import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type Id, parseId, type UserId } from '../core/ids.ts'
import { inviteAgeMs, inviteLeftMs } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import type { Invite } from '../core/wire-community.ts'
import type { Clock } from '../ports/clock.ts'
import type { InviteRecord, InviteStore } from '../ports/invites.ts'
import type { UserStore } from '../ports/users.ts'
import type { NoteAct } from './audit.ts'
import type { CreateOnce } from './create-once.ts'
import type { Roles } from './roles.ts'

/** An invitation that somebody has shown, and that can still be used. */
export interface ShownInvite {
  /** It is now for that account and for no other. Throws `invalid` where somebody was faster. */
  take(user: UserId): Promise<void>
  /** The account was made. */
  done(user: UserId): Promise<void>
  /** The account was not made. */
  giveBack(user: UserId): Promise<void>
}

export interface Invites {
  /** For moderators and admins. Throws `forbidden`. */
  invite(by: UserId, key: string | undefined): Promise<Invite>
  /** For the operator at the shell, or whoever else needs not be asked. */
  make(by: UserId, id: Id): Promise<void>
  read(id: Id): Promise<Invite>
  /** Throws `invalid` for a code that was never given, was used, or has expired; says which. */
  show(code: string): Promise<ShownInvite>
}

export function createInvites({
  invites,
  users,
  roles,
  noteAct,
  createOnce,
  clock,
}: {
  invites: InviteStore
  users: Pick<UserStore, 'many'>
  roles: Roles
  noteAct: NoteAct
  createOnce: CreateOnce
  clock: Pick<Clock, 'now'>
}): Invites {
  async function make(by: UserId, id: Id): Promise<void> {
    const secret = randomBytes(10).toString('hex')
    await noteAct(by, 'invite', { subject: id })
    await invites.add({ id, secret, by, expiresAt: clock.now() + inviteAgeMs, usedBy: 0, usedAt: 0 })
  }

  async function read(id: Id): Promise<Invite> {
    const invite = await invites.one(id)
    if (!invite) throw refused('has expired')
    return { code: `${id}-${invite.secret}`, expiresAt: new Date(invite.expiresAt).toISOString() }
  }

  /** Whether somebody has it: not where the sign-up that took it has died. */
  async function isUsed({ usedBy, usedAt }: InviteRecord): Promise<boolean> {
    if (usedBy === 0) return false
    if (usedAt === 0 || usedAt > clock.now() - inviteLeftMs) return true
    return (await users.many([usedBy]))[0] !== undefined
  }

  return {
    make,
    read,
    invite: (by, key) =>
      createOnce(by, 'invite', key, {
        async prepare() {
          await roles.mustModerate(by)
          return (id) => make(by, id)
        },
        exists: async (id) => (await invites.one(id)) !== undefined,
        read,
      }),

    async show(code) {
      const [, id, secret] = /^([0-9]{1,16})-([0-9a-f]{20})$/.exec(code) ?? []
      const number = id === undefined ? undefined : parseId(id)
      const invite = number === undefined ? undefined : await invites.one(number)
      if (!invite || !timingSafeEqual(Buffer.from(secret!), Buffer.from(invite.secret))) {
        throw refused('was not given by this server')
      }
      if (invite.expiresAt <= clock.now()) throw refused('has expired')
      if (await isUsed(invite)) throw refused('was used already')
      return {
        async take(user) {
          if (!(await invites.pass(invite.id, invite.usedBy, user, clock.now()))) throw refused('was used already')
        },
        async done(user) {
          await invites.pass(invite.id, user, user, 0)
        },
        async giveBack(user) {
          await invites.pass(invite.id, user, 0, 0)
        },
      }
    },
  }
}

function refused(why: string): Refusal {
  return new Refusal('invalid', `This invitation ${why}: ask a moderator for another one.`, { field: 'invite' })
}
