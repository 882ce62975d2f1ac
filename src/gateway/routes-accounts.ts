import { deviceName } from '../core/device.ts'
import { pageLengthDefault, sessionsListedMax, smallBodyBytesMax } from '../core/limits.ts'
import { Refusal } from '../core/refusal.ts'
import { foldHandle, handleFault, lineFault } from '../core/text.ts'
import { LogIn, Me, ProfileChange, SessionList, SignedIn, SignUp, User, UserList, UsersQuery } from '../core/wire.ts'
import type { Accounts } from '../services/accounts.ts'
import type { People } from '../services/people.ts'
import type { RateLimits } from '../services/rate-limit.ts'
import { mustAllow } from './answer.ts'
import { cookieHeader, originState } from './origin.ts'
import type { PageTokens } from './page-token.ts'
import { type Answer, type Row, row, type Session } from './table.ts'

/** Accounts, sessions and people. `ownOrigin`: of `--public-url`; undefined without one. */
export function accountRows({
  accounts,
  people,
  rates,
  pageTokens,
  ownOrigin,
}: {
  accounts: Pick<Accounts, 'signUp' | 'logIn' | 'logOut' | 'sessions' | 'endSession' | 'remove'>
  people: Pick<People, 'byId' | 'byHandle' | 'me' | 'change' | 'search'>
  rates: Pick<RateLimits, 'take'>
  pageTokens: PageTokens
  ownOrigin: string | undefined
}): Row[] {
  /** 201 with user and token; with the cookie too, when the request comes from a page of ours. */
  async function signedIn(request: Request, session: { user: number; token: string }): Promise<Answer> {
    const user = await people.byId(session.user, session.user)
    const answer = { status: 201, json: { user, token: session.token } }
    return originState(request.headers, ownOrigin) === 'same'
      ? { ...answer, headers: { 'Set-Cookie': cookieHeader(session.token, request.headers, ownOrigin) } }
      : answer
  }

  /** 204; without the cookie from now on, where that was the token. */
  function signedOut(request: Request, { byCookie }: Session): Answer {
    return byCookie
      ? { status: 204, headers: { 'Set-Cookie': cookieHeader(undefined, request.headers, ownOrigin) } }
      : { status: 204 }
  }

  const deviceOf = (request: Request) => deviceName(request.headers.get('user-agent'))

  return [
    row({
      method: 'POST',
      path: '/users',
      does: 'Makes an account and logs in',
      access: 'open',
      limit: 'signups',
      body: { schema: SignUp, bytesMax: smallBodyBytesMax },
      answers: { 201: SignedIn },
      refuses: ['handle_taken', 'registration_closed'],
      handle: async ({ request, body }) => signedIn(request, await accounts.signUp(body, deviceOf(request))),
    }),
    row({
      method: 'POST',
      path: '/sessions',
      does: 'Logs in: gives a token',
      access: 'open',
      limit: 'logins',
      body: { schema: LogIn, bytesMax: smallBodyBytesMax },
      answers: { 201: SignedIn },
      refuses: ['unauthorized', 'suspended'],
      async handle({ request, body }) {
        // Whether or not there is such an account; what cannot be a handle is nobody's.
        if (!handleFault(body.handle)) mustAllow(rates.take('account-logins', foldHandle(body.handle)))
        return signedIn(request, await accounts.logIn(body, deviceOf(request)))
      },
    }),
    row({
      method: 'DELETE',
      path: '/sessions',
      does: 'Logs out: ends the token',
      answers: { 204: 'nothing' },
      refuses: [],
      async handle({ request, reader, session }) {
        await accounts.logOut(reader, session!.token)
        return signedOut(request, session!)
      },
    }),
    row({
      method: 'GET',
      path: '/sessions',
      does: 'Lists one’s own sessions, the newest first',
      more: `\`name\` tells the device by its User-Agent, \`current\` the session that asks. ${sessionsListedMax} at most; a token that a host product signed is none.`,
      answers: { 200: SessionList },
      refuses: [],
      handle: async ({ reader, session }) => ({ status: 200, json: await accounts.sessions(reader, session!.token) }),
    }),
    row({
      method: 'DELETE',
      path: '/sessions/:id',
      does: 'Logs out one of one’s own sessions: ends its token',
      answers: { 204: 'nothing' },
      refuses: ['no_such_session'],
      async handle({ reader, id }) {
        await accounts.endSession(reader, id)
        return { status: 204 }
      },
    }),
    row({
      method: 'GET',
      path: '/users/me',
      does: 'Reads one’s own profile',
      answers: { 200: Me },
      refuses: [],
      handle: async ({ reader }) => ({ status: 200, json: await people.me(reader) }),
    }),
    row({
      method: 'PATCH',
      path: '/users/me',
      does: 'Changes one’s own profile',
      more: 'What is left out stays as it is. `avatar` is the id of a picture that one uploaded for this; empty: none.',
      body: { schema: ProfileChange, bytesMax: smallBodyBytesMax },
      answers: { 200: Me },
      refuses: [],
      handle: async ({ reader, body }) => ({ status: 200, json: await people.change(reader, body) }),
    }),
    row({
      method: 'DELETE',
      path: '/users/me',
      does: 'Deletes one’s own account',
      more: 'With its messages, likes, follows and media: all is hidden at once, and then taken away.',
      answers: { 204: 'nothing' },
      refuses: [],
      async handle({ request, reader, session }) {
        await accounts.remove(reader)
        return signedOut(request, session!)
      },
    }),
    row({
      method: 'GET',
      path: '/users/:id',
      does: 'Reads a user’s profile',
      answers: { 200: User },
      refuses: ['no_such_user'],
      handle: async ({ reader, id }) => ({ status: 200, json: await people.byId(reader, id) }),
    }),
    row({
      method: 'GET',
      path: '/users/@:handle',
      does: 'Reads the profile of whom a handle names',
      answers: { 200: User },
      refuses: ['no_such_user'],
      async handle({ reader, handle }) {
        const fault = lineFault(handle)
        if (fault) throw new Refusal(fault.code, `\`handle\` ${fault.detail}.`, { field: 'handle' })
        return { status: 200, json: await people.byHandle(reader, handle) }
      },
    }),
    row({
      method: 'GET',
      path: '/users',
      does: 'Finds users whose handle or name begins so',
      query: UsersQuery,
      answers: { 200: UserList },
      refuses: [],
      async handle({ reader, query: { query, before, length = pageLengthDefault } }) {
        const list = `search ${query}`
        const after = before === undefined ? undefined : pageTokens.open(list, before)
        const { users, next } = await people.search(reader, query, after, length)
        return { status: 200, json: next === undefined ? { users } : { users, next: pageTokens.seal(list, next) } }
      },
    }),
  ]
}
