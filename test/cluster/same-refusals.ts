import { expect, test } from 'bun:test'
import type { AsyncApi } from '../../src/gateway/description/asyncapi.ts'
import type { OpenApi } from '../../src/gateway/description/openapi.ts'
import type { Case } from '../http/refusals.ts'
import * as bodies from '../http/refused-bodies.ts'
import { refusedByDescription } from '../http/refused-by-description.ts'
import * as requests from '../http/refused-requests.ts'
import * as frames from '../socket/refused-frames.ts'
import type { Pair } from './same-pair.ts'
import { SocketPair } from './same-sockets.ts'

/** What no server takes: the tables that hold for one server hold here. */
export function refusals(pair: Pair): void {
  for (const [group, cases] of Object.entries({ ...bodies, ...requests })) {
    test(`${group} that are refused, ${cases.length} of them`, async () => {
      if (!pair.embedded.words.has('bensNext')) await othersThings(pair)
      for (const each of cases) await refused(pair, each)
    })
  }

  test('what no call takes, by its description', async () => {
    const document = (await pair.same('', 'GET /openapi.json')).body as unknown as OpenApi
    for (const each of refusedByDescription(document)) await refused(pair, each)
  })

  test('what no frame may be', async () => {
    const document = (await pair.same('', 'GET /asyncapi.json')).body as unknown as AsyncApi
    const sockets = await SocketPair.ready(pair, 'ada')
    const cases = [...frames.malformed, ...frames.refusedArguments, ...frames.refusedByDescription(document)]
    for (const { what, text, refused, ref } of cases) {
      const before = sockets.clients.map((client) => client.frames.length)
      sockets.send(text)
      const got = await Promise.all(sockets.clients.map((client, i) => client.refusalAfter(before[i]!, ref)))
      sockets.compare(got, what)
      expect([what, got[0]!.error.code, got[0]!.error.field]).toEqual([what, refused[0], refused[1]])
    }
    sockets.close()
  })

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
        // These end what the others go by.
        if ((path === '/sessions' || path === '/users/me') && method === 'DELETE') continue
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

/** As of `othersThings` in ../http/refusals.ts, at both. */
async function othersThings(pair: Pair): Promise<void> {
  for (const name of ['ada', 'ben', 'cat']) if (!pair.embedded.words.has(name)) await pair.person(name)
  await pair.same('ben', 'POST /send', { json: { text: 'of ben' }, keep: { bensMessage: 'id' } })
  await pair.same('ben', 'POST /send', { json: { text: 'gone' }, keep: { gone: 'id' } })
  await pair.same('ben', 'DELETE /messages/{gone}')
  for (const name of ['ben', 'cat']) await pair.same(name, 'PUT /users/{adaId}/follow')
  await pair.same('ben', 'PUT /users/{catId}/follow')
  await pair.same('ben', 'GET /fetch', { keep: { bensCursor: 'cursor' } })
  const two = ({ body }: { body: { users?: unknown[]; next?: string } }) => body.next !== undefined
  // Followers have an order of their own on a cluster; whom one follows stands in that of ids.
  await pair.soon('ben', 'GET /users/{benId}/following?length=1', two, { keep: { bensNext: 'next' } })
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
