import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { residentBytes } from '../../bench/processes.ts'
import type { AsyncApi } from '../../src/gateway/description/asyncapi.ts'
import type { OpenApi } from '../../src/gateway/description/openapi.ts'
import { type Case, filled, othersThings } from '../http/refusals.ts'
import * as bodies from '../http/refused-bodies.ts'
import { refusedByDescription } from '../http/refused-by-description.ts'
import * as requests from '../http/refused-requests.ts'
import { Client } from '../socket/harness.ts'
import * as frames from '../socket/refused-frames.ts'
import { until } from '../until.ts'
import { type Account, call, LiveReader, PollingReader, signUp } from './client.ts'
import { ServerProcess, temporaryFolder } from './server.ts'

/** The whole table of bad input against a server on the embedded engine, in a process of its own, over and over. */
const rounds = 5
const moreBytesMax = 50 * 1024 * 1024

const folder = temporaryFolder()
const server = new ServerProcess(folder.path)
let ada: Account
let cases: Case[]
let openApi: OpenApi
let asyncApi: AsyncApi
beforeAll(async () => {
  await server.start()
  ada = await signUp(server.address, 'ada')
  openApi = (await call<OpenApi>(server.address, 'GET', '/openapi.json')).body
  asyncApi = (await call<AsyncApi>(server.address, 'GET', '/asyncapi.json')).body
  const ask = async (token: string, method: string, path: string, body?: object) =>
    (await call<Record<string, unknown>>(server.address, method, path, { token, body })).body ?? {}
  const words = await othersThings(ada.id, (handle) => signUp(server.address, handle), ask)
  const tables = [...Object.values(bodies), ...Object.values(requests), refusedByDescription(openApi)]
  cases = tables.flat().map((each) => filled(each, words))
})
afterAll(async () => {
  await server.end('SIGKILL')
  folder.remove()
})

/** A case's status, code and field, and whether it came with a sentence. */
async function asked({ method, path, asked, anonymous }: Case) {
  const { token = anonymous ? undefined : ada.token, json, raw, headers } = asked
  const response = await fetch(server.address + path, {
    method,
    headers: {
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...headers,
    },
    ...((json !== undefined || raw !== undefined) && { body: json === undefined ? raw : JSON.stringify(json) }),
  } as RequestInit)
  const { code, field, detail } = (await response.json()) as { code: string; field?: string; detail: string }
  return { refused: [response.status, code, field], isSentence: /^\S.{15,}\.$/s.test(detail) }
}

/** Somebody follows, somebody writes, and it is read, live and by polling. */
async function normalJourney(round: number): Promise<void> {
  const reader = await signUp(server.address, `reader${round}`)
  const writer = await signUp(server.address, `writer${round}`)
  await call(server.address, 'PUT', `/users/${writer.id}/follow`, { token: reader.token })
  const live = new LiveReader(server.address, reader)
  await live.start()
  const polling = new PollingReader(server.address, reader)
  await polling.poll()
  const sent = await call<{ id: string }>(server.address, 'POST', '/send', {
    token: writer.token,
    body: { text: 'well' },
  })
  await until(() => live.has(sent.body.id))
  await until(async () => {
    await polling.poll()
    return polling.has(sent.body.id)
  })
  live.stop()
}

/** Bytes on a bare connection, whatever comes back. */
async function thrown(bytes: string | Uint8Array): Promise<void> {
  const tcp = connect(Number(new URL(server.address).port), '127.0.0.1')
  let over = false
  tcp.on('data', () => tcp.end())
  tcp.on('close', () => {
    over = true
  })
  tcp.on('error', () => {})
  tcp.end(bytes)
  await until(() => over)
}

const head = (more: string) =>
  `POST /send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\nContent-Type: application/json\r\n${more}\r\n\r\n`

test('[D4] all of it is refused by name, again and again, and leaves neither memory nor anything else behind', async () => {
  expect(cases.length).toBeGreaterThan(500)
  await normalJourney(0)
  const before = residentBytes(server.pid)
  for (let round = 1; round <= rounds; round++) {
    for (const each of cases) {
      const { what, refused } = each
      const got = await asked(each)
      const expected = { refused: [...refused, ...(refused.length < 3 ? [undefined] : [])], isSentence: true }
      expect({ what, ...got }).toEqual({ what, ...expected } as never)
    }
    const client = await Client.open(`${server.address.replace('http', 'ws')}/socket`)
    client.send({ op: 'hello', token: ada.token })
    await client.next('ready')
    for (const { what, text, refused, ref } of [
      ...frames.malformed,
      ...frames.refusedArguments,
      ...frames.refusedByDescription(asyncApi),
    ]) {
      const from = client.frames.length
      client.send(text)
      const { error } = await client.refusalAfter(from, ref)
      expect([what, error.code, error.field]).toEqual([what, refused[0], refused[1]])
    }
    client.send('x'.repeat(65_537))
    expect(await client.closeCode()).toBe(1009)
    for (const bytes of [
      'NONSENSE\r\n\r\n',
      `GET /fetch HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(1_000_000)}\r\n\r\n`,
      `GET /${'x'.repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      `GET / HTTP/1.1\r\nHost: x\r\n${Array.from({ length: 5_000 }, (_, i) => `X-${i}: x\r\n`).join('')}\r\n`,
      `${head('Content-Length: 9007199254740992')}{`,
      `${head('Content-Length: 99999999999999999999999')}{`,
      `${head('Transfer-Encoding: chunked')}ffffffffffffffff\r\n{`,
    ]) {
      await thrown(bytes)
    }
  }
  await normalJourney(rounds)
  // A collector needs its time; what is held for good does not go away.
  const more = () => residentBytes(server.pid) - before
  await until(() => more() < moreBytesMax, 20_000, 'memory within 50 MiB of before')
  expect(server.errors.split('\n').filter((line) => /"level":[56]0/.test(line))).toEqual([])
}, 120_000)
