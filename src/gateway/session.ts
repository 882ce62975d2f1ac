import type { UserId } from '../core/ids.ts'
import { Refusal } from '../core/refusal.ts'
import type { Auth } from '../services/auth.ts'
import { cookieToken, originState } from './origin.ts'
import type { Session } from './table.ts'

/**
 * Whose request this is. A header counts before a cookie; a cookie counts only without a foreign `Origin`, and for a
 * change only with our own one, so that no other site can act for its visitors.
 * @throws Refusal `unauthorized`, `forbidden`.
 */
export async function readSession(
  request: Request,
  auth: Pick<Auth, 'userOf'>,
  ownOrigin: string | undefined,
): Promise<Session & { user: UserId }> {
  const session = offeredSession(request, ownOrigin)
  if (!session) throw new Refusal('unauthorized', 'Send `Authorization: Bearer TOKEN`; `POST /sessions` gives a token.')
  const user = await auth.userOf(session.token)
  if (user === undefined) {
    throw new Refusal('unauthorized', 'This token is unknown or logged out: `POST /sessions` gives a new one.')
  }
  return { ...session, user }
}

function offeredSession(request: Request, ownOrigin: string | undefined): Session | undefined {
  const authorization = request.headers.get('authorization')
  if (authorization !== null) {
    const token = /^Bearer +(\S+) *$/i.exec(authorization)?.[1]
    return token === undefined ? undefined : { token, byCookie: false }
  }
  const token = cookieToken(request.headers)
  if (token === undefined) return undefined
  const origin = originState(request.headers, ownOrigin)
  if (origin === 'foreign') return undefined
  if (origin === 'none' && request.method !== 'GET' && request.method !== 'HEAD') {
    throw new Refusal(
      'forbidden',
      'With a cookie, changes need the `Origin` of this server: use a bearer token instead.',
    )
  }
  return { token, byCookie: true }
}
