import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { type Account, call, LiveReader, sendSurely, signUp } from '../system/client.ts'
import type { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { Installation } from './processes.ts'

/** Each component in a process of its own. */
describe('roles', () => {
  const installation = new Installation()
  let gateway: ServerProcess
  let author: Account
  let reader: Account

  beforeAll(async () => {
    gateway = await installation.start('gateway')
    author = await signUp(gateway.address, 'author')
    reader = await signUp(gateway.address, 'reader')
    await call(gateway.address, 'PUT', `/users/${author.id}/follow`, { token: reader.token })
  }, 120_000)
  afterAll(() => installation.remove(), 60_000)

  const sendOnce = (token: string, text: string, headers: Record<string, string> = {}) =>
    fetch(`${gateway.address}/send`, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ text }),
    })

  test('a gateway that finds nobody who publishes answers /send with 503, and all else', async () => {
    const answer = await sendOnce(author.token, 'too early')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).not.toBeNull()
    expect(await answer.json()).toMatchObject({ code: 'unavailable' })
    expect((await call(gateway.address, 'GET', '/fetch', { token: author.token })).status).toBe(200)
  })

  for (const roles of ['publish', 'fanout', 'notify']) {
    test(`a process with the role ${roles} answers operators, and nobody else`, async () => {
      const worker = await installation.start(roles)
      for (const path of ['/healthz', '/readyz', '/metrics']) {
        expect([path, (await fetch(worker.address + path)).status]).toEqual([path, 200])
      }
      for (const path of ['/', '/fetch', '/socket', '/users/me', '/openapi.json', '/internal/nothing']) {
        expect([path, (await fetch(worker.address + path)).status]).toEqual([path, 404])
      }
      const internal = { method: 'POST', headers: { 'content-type': 'application/json' } }
      const call = { author: Number(author.id), text: 'without the key' }
      for (const key of [undefined, '', 'a'.repeat(64)]) {
        const answer = await fetch(`${worker.address}/internal/publish`, {
          ...internal,
          headers: { ...internal.headers, ...(key !== undefined && { 'rookery-key': key }) },
          body: JSON.stringify(call),
        })
        expect(answer.status).toBe(404)
      }
    })
  }

  test('a message goes from gateway to publisher to fan-out, and comes live', async () => {
    const live = new LiveReader(gateway.address, reader)
    await live.start()
    await until(async () => (await sendOnce(author.token, 'first')).status === 201, 10_000)
    const id = await sendSurely(gateway.address, author, 'through three processes', 'key 1')
    await until(() => live.has(id), 15_000)
    live.stop()
  })

  test('what the fan-out has read, another gateway shows without asking Cassandra for it', async () => {
    const other = await installation.start('gateway')
    const live = new LiveReader(other.address, reader)
    await live.start()
    const ids: string[] = []
    for (let i = 0; i < 20; i++) ids.push(await sendSurely(gateway.address, author, `shared ${i}`, `shared ${i}`))
    await until(() => ids.every((id) => live.has(id)), 15_000)
    live.stop()
    const metrics = await (await fetch(`${other.address}/metrics`)).text()
    const hits = Number(/^rookery_shared_bodies_hits_total (\d+)/m.exec(metrics)?.[1])
    expect(hits).toBeGreaterThanOrEqual(ids.length)
  }, 60_000)

  test('what a publisher refuses is refused by the gateway in the same words', async () => {
    const empty = await sendOnce(author.token, '')
    expect([empty.status, ((await empty.json()) as { code: string }).code]).toEqual([422, 'text_empty'])
    const long = await sendOnce(author.token, 'x'.repeat(10_241))
    expect([long.status, ((await long.json()) as { code: string; field: string }).field]).toEqual([422, 'text'])
  })

  test('a publisher is killed, another drains: with their keys all messages are published, each once', async () => {
    const [killed, drained] = [await installation.start('publish'), await installation.start('publish')]
    const texts = Array.from({ length: 60 }, (_, i) => `message ${i}`)
    const ids: string[] = []
    for (const [i, text] of texts.entries()) {
      if (i === 20) void killed.end('SIGKILL')
      if (i === 40) void drained.end('SIGTERM')
      ids.push(await sendSurely(gateway.address, author, text, `once ${i}`))
    }
    expect(new Set(ids).size).toBe(texts.length)
    const { body } = await call<{ messages: { text: string }[] }>(
      gateway.address,
      'GET',
      `/users/${author.id}/messages?length=60`,
      { token: author.token },
    )
    expect(body.messages.map((message) => message.text)).toEqual(texts.toReversed())
  }, 60_000)

  test('one of two workers of the fan-out is killed; the other does what it left, in order', async () => {
    const second = await installation.start('fanout')
    const live = new LiveReader(gateway.address, reader)
    await live.start()
    const ids: string[] = []
    for (let i = 0; i < 20; i++) {
      if (i === 10) void second.end('SIGKILL')
      ids.push(await sendSurely(gateway.address, author, `fan ${i}`, `fan ${i}`))
    }
    await until(() => ids.every((id) => live.has(id)), 60_000)
    const order = live.seen.map((message) => message.id).filter((id) => ids.includes(id))
    expect(order).toEqual(ids)
    live.stop()
  }, 90_000)
})
