import { afterAll, afterEach, beforeAll, describe, expect, test } from 'bun:test'
import { type Account, call, PollingReader, sendSurely, signUp, wholeTimeline } from '../system/client.ts'
import type { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { testEngines } from './engines.ts'
import { FrameSocket } from './frames.ts'
import { Installation } from './processes.ts'
import { createProxy, type TcpProxy } from './proxy.ts'

/** A gateway that reaches each engine through a proxy, which cuts it off or lets it hang; another one is untouched. */
describe('engines that are away', () => {
  const proxies = {} as Record<'cassandra' | 'redis' | 'nats', TcpProxy>
  let installation: Installation
  let direct: Installation
  let hurt: ServerProcess
  let well: ServerProcess
  let author: Account
  let reader: Account
  let keys = 0

  beforeAll(async () => {
    const engines = await testEngines()
    for (const name of ['cassandra', 'redis', 'nats'] as const) {
      const [host, port] = engines[name].split(':')
      proxies[name] = createProxy(host!, Number(port))
    }
    installation = new Installation({
      redis: `127.0.0.1:${proxies.redis.port}`,
      nats: `127.0.0.1:${proxies.nats.port}`,
      cassandra: `127.0.0.1:${proxies.cassandra.port}`,
    })
    direct = new Installation({}, installation)
    hurt = await installation.start()
    well = await direct.start()
    author = await signUp(well.address, 'author')
    reader = await signUp(well.address, 'reader')
    await call(well.address, 'PUT', `/users/${author.id}/follow`, { token: reader.token })
  }, 120_000)
  afterAll(async () => {
    await direct?.end()
    await installation?.remove()
    for (const proxy of Object.values(proxies)) proxy.close()
  }, 60_000)
  afterEach(async () => {
    for (const proxy of Object.values(proxies)) proxy.release()
    await until(async () => (await readyz()).text === '{"status":"ok"}', 30_000, 'all engines being back')
  })

  async function readyz(): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${hurt.address}/readyz`)
    return { status: answer.status, text: await answer.text() }
  }
  const send = (text: string) => sendSurely(hurt.address, author, text, `key ${++keys}`)

  /** Asks once; how long that took, in ms. */
  async function timed(path: string): Promise<{ status: number; ms: number }> {
    const began = performance.now()
    const answer = await fetch(hurt.address + path, { headers: { authorization: `Bearer ${reader.token}` } })
    await answer.text()
    return { status: answer.status, ms: performance.now() - began }
  }

  for (const how of ['cut', 'hold'] as const) {
    test(`Redis ${how === 'cut' ? 'gone' : 'hung'}: read from the outboxes, nothing missing, and back by itself`, async () => {
      const polling = new PollingReader(hurt.address, reader)
      await polling.poll()
      const before = await send('before')
      await until(async () => {
        await polling.poll()
        return polling.has(before)
      }, 10_000)

      const socket = await FrameSocket.open(hurt.address, reader.token)
      const given = (id: string) => socket.frames.filter(({ message }) => (message as { id: string })?.id === id).length

      proxies.redis[how]()
      await until(async () => (await readyz()).text.includes('"degraded":["redis"]'), 15_000)
      expect((await readyz()).status).toBe(200)
      const meanwhile = await send('meanwhile')
      for (const path of ['/fetch', `/fetch?since=${polling.cursor}`, '/users/me']) {
        const { status, ms } = await timed(path)
        expect([path, status]).toEqual([path, 200])
        expect(ms).toBeLessThan(5_000)
      }
      expect((await wholeTimeline(hurt.address, reader)).map(({ id }) => id)).toContain(meanwhile)
      await polling.poll()
      expect(polling.has(meanwhile)).toBe(true)

      proxies.redis.release()
      await until(async () => (await readyz()).text === '{"status":"ok"}', 30_000)
      const after = await send('after')
      await until(async () => {
        await polling.poll()
        return polling.has(after)
      }, 30_000)
      const own = polling.seen.map(({ id }) => id).filter((id) => [before, meanwhile, after].includes(id))
      expect(own).toEqual([before, meanwhile, after])
      await until(() => given(meanwhile) > 0 && given(after) > 0, 30_000)
      expect([given(meanwhile), given(after)]).toEqual([1, 1])
      socket.close()
    }, 120_000)
  }

  test('NATS gone: published all the same, tokens die, and what was published comes once it is back', async () => {
    const guest = await signUp(well.address, `guest${++keys}`)
    const socket = await FrameSocket.open(hurt.address, guest.token)
    const live = await FrameSocket.open(well.address, reader.token)
    proxies.nats.cut()
    await until(async () => (await readyz()).text.includes('"degraded":["nats"]'), 15_000)
    expect((await readyz()).status).toBe(200)
    const began = performance.now()
    const id = await send('without a queue')
    expect(performance.now() - began).toBeLessThan(3_000)

    await call(well.address, 'DELETE', '/sessions', { token: guest.token })
    await until(
      async () => (await call(hurt.address, 'GET', '/users/me', { token: guest.token })).status === 401,
      6_000,
    )
    await until(() => socket.closedWith === 4401, 15_000)

    // Of what others do this gateway hears nothing: it reads deletions on, and asks for counts and names.
    const old = (
      await call<{ id: string }>(well.address, 'POST', '/send', { token: author.token, body: { text: 'old' } })
    ).body.id
    const at = (server: ServerProcess) =>
      call<{ likes: number }>(server.address, 'GET', `/messages/${old}`, { token: reader.token })
    expect((await at(hurt)).body.likes).toBe(0)
    const kept = (
      await call<{ id: string }>(well.address, 'POST', '/send', { token: author.token, body: { text: 'kept' } })
    ).body.id
    const shown = async () =>
      (
        await call<{ likes: number; author: { name: string } }>(hurt.address, 'GET', `/messages/${kept}`, {
          token: reader.token,
        })
      ).body
    const watching = await FrameSocket.open(hurt.address, reader.token)
    watching.send({ op: 'watch', ids: [kept] })
    expect((await shown()).likes).toBe(0)
    await call(well.address, 'PUT', `/messages/${kept}/like`, { token: reader.token })
    await call(well.address, 'PATCH', '/users/me', { token: author.token, body: { name: 'Renamed' } })
    await call(well.address, 'DELETE', `/messages/${old}`, { token: author.token })
    await until(async () => (await at(hurt)).status === 404, 6_000)
    await until(async () => {
      const { likes, author } = await shown()
      return likes === 1 && author.name === 'Renamed'
    }, 15_000)
    await watching.heard(({ counts }) => (counts as Record<string, number> | undefined)?.[kept] === 1, 15_000)
    watching.close()

    proxies.nats.release()
    await live.heard(({ message }) => (message as { id: string } | undefined)?.id === id, 75_000)
    live.close()
  }, 150_000)

  test('Cassandra gone: not ready, nothing acknowledged, each answer a 503 in time; and back by itself', async () => {
    proxies.cassandra.cut()
    await until(async () => (await readyz()).status === 503, 15_000)
    const began = performance.now()
    const answer = await fetch(`${hurt.address}/send`, {
      method: 'POST',
      headers: { authorization: `Bearer ${author.token}`, 'content-type': 'application/json' },
      body: '{"text":"nowhere to go"}',
    })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).not.toBeNull()
    expect(performance.now() - began).toBeLessThan(10_000)
    expect((await fetch(`${hurt.address}/healthz`)).status).toBe(200)
    proxies.cassandra.release()
    await until(async () => (await readyz()).status === 200, 30_000)
    await send('and again')
  }, 90_000)
})
