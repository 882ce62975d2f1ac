import { afterAll, beforeAll, expect, test } from 'bun:test'
import { Pair } from './same-pair.ts'
import type { Answer } from './same-side.ts'
import { SocketPair } from './same-sockets.ts'

/** Rate limits, which each gateway counts for itself: so there is one. */
const pair = new Pair()
beforeAll(() => pair.start({ options: ['--rate-limits', 'on'], gateways: 1 }), 120_000)
afterAll(() => pair.end(), 60_000)

const limitHeaders = ({ status, headers, body }: Answer) => ({
  status,
  code: body.code,
  policy: headers.get('ratelimit-policy'),
  rate: headers.get('ratelimit')?.replace(/=\d+/g, ''),
  retry: headers.has('retry-after'),
})

/** Asks both so often, at once; what came more than once counts once. */
async function often(who: string, method: string, path: string, times: number, asked = {}): Promise<void> {
  const kinds = await Promise.all(
    pair.sides.map(async (side) => {
      const all = await Promise.all(Array.from({ length: times }, () => side.ask(who, method, path, asked)))
      return [...new Set(all.map((answer) => JSON.stringify(limitHeaders(answer))))].sort()
    }),
  )
  expect(kinds[1]).toEqual(kinds[0]!)
  expect(kinds[0]!.some((kind) => kind.includes('rate_limited'))).toBe(true)
}

test('too many writes, reads and log-ins: 429, what is left, when to come back', async () => {
  await pair.people('amy')
  await often('amy', 'PUT', '/messages/1/like', 340)
  await often('amy', 'GET', '/users/1', 1_300)
  await often('', 'POST', '/sessions', 30, { json: { handle: 'nobody', password: 'x' } })
})

test('more than 32 sockets of one user: 4429', async () => {
  await pair.people('ben')
  const open: SocketPair[] = []
  for (let i = 0; i < 32; i++) open.push(await SocketPair.ready(pair, 'ben'))
  const more = await SocketPair.open(pair, { headers: { authorization: 'Bearer {ben}' } })
  more.send({ op: 'hello' })
  await more.closed(4429)
  for (const sockets of open) sockets.close()
})

test('frames beyond the rate are refused, the socket stays', async () => {
  await pair.people('cat')
  const sockets = await SocketPair.ready(pair, 'cat')
  for (let i = 0; i < 320; i++) sockets.send({ op: 'like', ref: `${i}`, id: '1' })
  const codes = await Promise.all(
    sockets.clients.map(async (client) => {
      const all = await Promise.all(Array.from({ length: 320 }, (_, i) => client.next(`ref:${i}`)))
      return [...new Set(all.map(({ error }) => error!.code))].sort()
    }),
  )
  expect(codes[0]).toEqual(['no_such_message', 'rate_limited'])
  expect(codes[1]).toEqual(codes[0]!)
  sockets.close()
})
