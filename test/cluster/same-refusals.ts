import { expect, test } from 'bun:test'
import type { Case } from '../http/refusals.ts'
import * as bodies from '../http/refused-bodies.ts'
import * as requests from '../http/refused-requests.ts'
import type { Pair } from './same-pair.ts'

/** What no server takes: the tables that hold for one server hold here. */
export function refusals(pair: Pair): void {
  for (const [group, cases] of Object.entries({ ...bodies, ...requests })) {
    test(`${group} that are refused, ${cases.length} of them`, async () => {
      if (!pair.embedded.words.has('ada')) await pair.person('ada')
      for (const each of cases) await refused(pair, each)
    })
  }

  test('what is asked for in an odd way', async () => {
    await pair.people('odd')
    for (const path of [
      '/fetch?',
      '/fetch?x=%FF&length=100',
      '/fetch?preview=99999999999999999999',
      '/fetch?%FF=1&%zz',
      '//fetch',
      '/%2e%2e/x',
      '/users/%40odd',
    ]) {
      await pair.same('odd', `GET ${path}`)
    }
    for (const path of [
      '/fetch',
      '/users/me',
      '/users/{oddId}/followers',
      '/healthz',
      '/',
      '/nowhere',
      '/messages/1/like',
      '/sessions',
    ]) {
      for (const method of ['HEAD', 'OPTIONS', 'PROPFIND', 'PATCH', 'PUT', 'DELETE']) {
        // These two end the session.
        if (method === 'DELETE' && (path === '/sessions' || path === '/users/me')) continue
        await pair.same('odd', `${method} ${path}`, { headers: { origin: 'https://elsewhere.example' } })
      }
    }
    await pair.same('', 'OPTIONS /messages/1/like', {
      headers: { origin: 'https://elsewhere.example', 'access-control-request-method': 'PUT' },
    })
  })

  test('afterwards nothing is half done', async () => {
    await pair.same('ada', 'GET /users/me')
    await pair.same('ada', 'GET /fetch')
    await pair.same('ada', 'GET /users?query=somebody')
  })
}

async function refused(pair: Pair, { what, method, path, asked, anonymous, refused: expected }: Case): Promise<void> {
  const { token, json, raw, headers } = asked
  const { status, body } = await pair.same(anonymous ? '' : 'ada', `${method} ${path}`, {
    ...(json !== undefined && { json }),
    ...(raw !== undefined && { raw }),
    headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
  })
  expect([what, status, body.code, body.field]).toEqual([
    what,
    ...expected,
    ...(expected.length < 3 ? [undefined] : []),
  ])
}
