import type { Id, UserId } from '../core/ids.ts'
import { sessionsListedMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { foldHandle } from '../core/text.ts'
import type { LogIn, SessionList, SignUp } from '../core/wire.ts'
import type { Bus } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { PushStore } from '../ports/push.ts'
import type { UserStore } from '../ports/users.ts'
import { type Auth, newToken, nobody, tokenHash } from './auth.ts'
import type { Invites, ShownInvite } from './invites.ts'
import type { Passwords } from './passwords.ts'
import { isSigned } from './signed-tokens.ts'
import type { Withdrawn } from './withdrawn.ts'

export interface Accounts {
  /**
   * A new account and its first token, for the device. Throws `registration_closed`, `handle_taken`, `overloaded`,
   * `invalid` (`invite`).
   */
  signUp(wish: SignUp, device?: string): Promise<{ user: UserId; token: string }>
  /** A new token. Throws `suspended`, or `unauthorized`, the same after the same time for a wrong handle and a wrong password. */
  logIn(claim: LogIn, device?: string): Promise<{ user: UserId; token: string }>
  /** The user's tokens, the newest first, `sessionsListedMax` at most; `token` is the current one. */
  sessions(user: UserId, token: string): Promise<SessionList>
  /** `logOut` of the user's token with that id. Throws `no_such_session`. */
  endSession(user: UserId, id: Id): Promise<void>
  /** Once it resolves the token is dead here, with its subscription to Web Push; all other gateways are told. */
  logOut(user: UserId, token: string): Promise<void>
  /**
   * The account is gone for everybody once it resolves, its tokens are dead and its messages hidden; its rows go bit by bit
   * (delete-account.ts), the handle is free after them.
   */
  remove(user: UserId): Promise<void>
  /** All tokens of the user are dead here once it resolves; all other gateways are told. */
  endSessions(user: UserId): Promise<void>
  /** A new token for a user that is known to be there. */
  issue(user: UserId): Promise<string>
}

/**
 * What a session is known by, from its token's hash: 52 of its bits tell the sessions of one user apart, and the token
 * from nothing.
 */
function sessionId(hash: string): Id {
  return Number.parseInt(hash.slice(0, 13), 16)
}

/** Accounts and their sessions. */
export function createAccounts({
  users,
  push,
  bus,
  clock,
  auth,
  passwords,
  withdrawn,
  takeId,
  invites,
  registration,
}: {
  /** Those who are withdrawn included: their handles are taken. */
  users: UserStore
  push: Pick<PushStore, 'remove' | 'removeAll'>
  bus: Bus
  clock: Pick<Clock, 'now'>
  auth: Pick<Auth, 'forget' | 'forgetUser'>
  passwords: Passwords
  withdrawn: Pick<Withdrawn, 'withdraw' | 'of'>
  takeId: () => Promise<Id>
  invites: Pick<Invites, 'show'>
  registration: 'open' | 'invite' | 'closed'
}): Accounts {
  async function issue(user: UserId, device?: string): Promise<string> {
    const token = newToken()
    await users.addToken(tokenHash(token), user, clock.now(), device)
    return token
  }

  /** To be called once the store knows that the token with this hash is dead. */
  function ended(hash: string): void {
    auth.forget(hash)
    bus.publish('all', { kind: 'revoked', token: hash })
  }

  /** The invitation that a sign-up needs here; undefined where it needs none. */
  async function invitation({ invite }: SignUp): Promise<ShownInvite | undefined> {
    if (registration === 'open') return undefined
    if (registration === 'closed') {
      throw new Refusal('registration_closed', 'This server takes no new people: ask its operator.')
    }
    if (invite !== undefined) return invites.show(invite)
    const detail = 'This server takes new people by invitation only: ask a moderator for one, and give it as `invite`.'
    throw new Refusal('registration_closed', detail, { field: 'invite' })
  }

  return {
    issue: (user) => issue(user),
    async remove(user) {
      await withdrawn.withdraw(user, 'deleted')
    },
    async signUp(wish, device) {
      const invite = await invitation(wish)
      const handle = foldHandle(wish.handle)
      const taken = () =>
        new Refusal('handle_taken', `Somebody else is @${handle}: choose another handle.`, { field: 'handle' })
      // Looked up first, so that a taken handle costs no hash; `create` decides.
      if (await users.byHandle(handle)) throw taken()
      const hash = await passwords.hash(wish.password)
      const id = await takeId()
      await invite?.take(id)
      const created = await users.create({ id, handle, name: wish.name ?? handle, bio: '', role: 'user' }, hash)
      if (!created) {
        await invite?.giveBack(id)
        throw taken()
      }
      await invite?.done(id)
      return { user: id, token: await issue(id, device) }
    },
    async logIn({ handle, password }, device) {
      const user = await users.byHandle(foldHandle(handle))
      // Nobody costs the same reads as somebody.
      if (!user) await users.many([nobody])
      const hash = await users.passwordHash(user?.id ?? nobody)
      const right = await passwords.matches(password, hash)
      const reasons = user && withdrawn.of(user.id).map(({ why }) => why)
      if (!user || !right || reasons!.includes('deleted')) {
        throw new Refusal('unauthorized', 'Handle and password do not belong together: check both.')
      }
      if (reasons!.includes('suspended')) {
        throw new Refusal('suspended', 'This account is suspended: ask the moderators of this server why.')
      }
      return { user: user.id, token: await issue(user.id, device) }
    },
    async endSessions(user) {
      await push.removeAll(user)
      await users.removeTokens(user)
      auth.forgetUser(user)
      bus.publish('all', { kind: 'sessions', user })
    },
    async logOut(user, token) {
      const hash = tokenHash(token)
      await push.remove(user, hash)
      // A signed token would be good until it expires: that it is not is remembered.
      await (isSigned(token) ? users.addToken(hash, nobody, clock.now()) : users.removeToken(hash))
      ended(hash)
    },
    async sessions(user, token) {
      const current = tokenHash(token)
      const found = await users.sessions(user, sessionsListedMax)
      const sessions = found
        .sort((a, b) => b.createdAt - a.createdAt)
        .map(({ token: hash, createdAt, device }) => ({
          id: String(sessionId(hash)),
          createdAt: new Date(createdAt).toISOString(),
          ...(device !== undefined && { name: device }),
          current: hash === current,
        }))
      return { sessions }
    },
    async endSession(user, id) {
      const found = await users.sessions(user, sessionsListedMax)
      const session = found.find(({ token }) => sessionId(token) === id)
      if (session === undefined) {
        throw new Refusal('no_such_session', 'You have no session with this id: `GET /sessions` lists them.')
      }
      await push.remove(user, session.token)
      await users.removeToken(session.token)
      ended(session.token)
    },
  }
}
