import { afterEach, expect, test } from 'bun:test'
import { silentLog } from '../core/log.ts'
import { Refusal } from '../core/refusal.ts'
import { systemClock } from '../ports/clock.ts'
import type { Member } from '../ports/members.ts'
import { problemResponse } from './answer.ts'
import { keyHeader, type PublishCall } from './internal.ts'
import { createRemotePublish } from './remote-publish.ts'

/** A process that publishes, as gateways see it: it answers each call as the test says. */
interface Publisher {
  readonly member: Member
  readonly calls: PublishCall[]
  stop(): void
}

const running: Publisher[] = []
afterEach(() => {
  for (const publisher of running.splice(0)) publisher.stop()
})

function publisher(answer: (call: PublishCall) => Response | undefined): Publisher {
  const calls: PublishCall[] = []
  const server = Bun.serve({
    hostname: '127.0.0.1',
    port: 0,
    async fetch(request, server) {
      expect(request.headers.get(keyHeader)).toBe('shared')
      const call = (await request.json()) as PublishCall
      calls.push(call)
      const response = answer(call)
      // No answer: the connection ends in the middle of the call.
      if (response === undefined) await server.stop(true)
      return response ?? new Response()
    },
  })
  const member = { node: running.length, address: `127.0.0.1:${server.port}`, roles: ['publish'] }
  const one = { member, calls, stop: () => void server.stop(true) }
  running.push(one)
  return one
}

const publishes = () =>
  publisher((call) => Response.json({ id: 7, author: call.author, body: `"text":"${call.text}"` }))
const refuses = (refusal: Refusal) => publisher(() => problemResponse(refusal, undefined))
const dies = () => publisher(() => undefined)

/** A gateway's way to these, tried in this order. */
function through(...publishers: Publisher[]): ReturnType<typeof createRemotePublish> {
  const gone: Member = { node: 60, address: '127.0.0.1:1', roles: ['publish'] }
  const other: Member = { node: 61, address: '127.0.0.1:2', roles: ['gateway', 'fanout'] }
  return createRemotePublish({
    members: { list: async () => [other, gone, ...publishers.map(({ member }) => member)] },
    sharedKey: 'shared',
    clock: systemClock,
    chance: { number: () => 0 },
    log: silentLog,
  })
}

test('one that is gone, or drains, has done nothing: the next is asked', async () => {
  const [drains, well] = [refuses(new Refusal('draining', 'Going down.')), publishes()]
  expect(await through(drains, well)(5, { text: 'hello' }, undefined)).toEqual({
    id: 7,
    author: 5,
    body: '"text":"hello"',
  })
  expect([drains.calls.length, well.calls.length]).toEqual([1, 1])
})

test('one that dies in the middle may have done it: without a key nobody else is asked', async () => {
  const [dying, well] = [dies(), publishes()]
  await expect(through(dying, well)(5, { text: 'hello' }, undefined)).rejects.toMatchObject({ code: 'unavailable' })
  expect([dying.calls.length, well.calls.length]).toEqual([1, 0])
})

test('… and with a key the next one is, with the same', async () => {
  const [dying, well] = [dies(), publishes()]
  expect((await through(dying, well)(5, { text: 'hello' }, 'key')).id).toBe(7)
  expect(well.calls).toEqual([{ author: 5, text: 'hello', key: 'key' }])
})

test('what one refuses is refused, in its words', async () => {
  const [strict, well] = [refuses(new Refusal('text_too_long', 'Shorten it.', { field: 'text' })), publishes()]
  const refused = through(strict, well)(5, { text: 'hello' }, 'key')
  await expect(refused).rejects.toMatchObject({ code: 'text_too_long', message: 'Shorten it.', field: 'text' })
  expect(well.calls).toEqual([])
})

test('nobody there is 503', async () => {
  await expect(through()(5, { text: 'hello' }, 'key')).rejects.toMatchObject({
    code: 'unavailable',
    retryAfterSeconds: 1,
  })
})
