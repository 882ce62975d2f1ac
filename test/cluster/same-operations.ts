import { expect, test } from 'bun:test'
import { RawClient } from '../socket/raw-client.ts'
import { until } from '../until.ts'
import type { Pair } from './same-pair.ts'
import type { Side } from './same-side.ts'
import { SocketPair } from './same-sockets.ts'

/** Names of metrics and their labels, without what belongs to the engine. */
async function metricNames(address: string): Promise<string[]> {
  const got = await (await fetch(`${address}/metrics`)).text()
  return [...new Set([...got.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => `${name} ${type}`))].sort()
}

async function lagged(side: Side): Promise<number> {
  const all = await Promise.all(side.servers.map(async ({ address }) => (await fetch(`${address}/metrics`)).text()))
  return all.reduce((sum, got) => sum + Number(/^rookery_sockets_lagged (\d+)/m.exec(got)?.[1] ?? 0), 0)
}

/** What operators ask for. */
export function operations(pair: Pair): void {
  test('healthz, readyz and metrics', async () => {
    for (const path of ['/healthz', '/readyz']) for (let i = 0; i < 2; i++) await pair.same('', `GET ${path}`)
    await pair.person('opa')
    for (const headers of [{ 'x-forwarded-for': '203.0.113.7' }, { 'x-forwarded-for': '10.1.2.3, 2001:db8::7' }]) {
      await pair.same('', 'GET /metrics', { headers })
      await pair.same('opa', 'GET /metrics', { headers })
    }
    const alone = await metricNames(pair.embedded.next())
    for (const [i, { address }] of pair.cluster.servers.entries()) {
      const names = await metricNames(address)
      // The disk is the engines' own there, and only the first has the role that sends pushes.
      const others = i === 0 ? /^rookery_disk_/ : /^rookery_(disk|push)_/
      expect(alone.filter((name) => !names.includes(name) && !others.test(name))).toEqual([])
    }
  })

  test('a socket that reads too slowly lags, then is given everything, once and in order', async () => {
    await pair.people('slo', 'wri')
    await pair.same('slo', 'PUT /users/{wriId}/follow')
    const sides = pair.sides.map(async (side) => {
      const client = await RawClient.open(Number(new URL(side.next()).port))
      client.send({ op: 'hello', token: side.word('slo') })
      await until(() => client.texts.length > 0)
      client.tcp.pause()
      const before = await lagged(side)
      const send = async (text: string) =>
        (await side.ask('wri', 'POST', '/send', { json: { text } })).body.id as string
      const ids: string[] = []
      // More than the kernel's buffers hold, and then what it takes; deliveries may be behind.
      while ((await lagged(side)) === before && ids.length < 2_400) {
        const texts = Array.from({ length: ids.length < 240 ? 60 : 12 }, () => '"'.repeat(10_000))
        ids.push(...(await Promise.all(texts.map(send))))
      }
      expect(await lagged(side)).toBeGreaterThan(before)
      ids.push(await send('last'))
      client.tcp.resume()
      const got = () => client.texts.filter((text) => text.startsWith('{"event":"message"'))
      await until(() => got().length >= ids.length, 20_000)
      const seen = got().map((text) => (JSON.parse(text) as { message: { id: string } }).message.id)
      const byId = (list: readonly string[]) => list.toSorted((a, b) => Number(a) - Number(b))
      expect(byId(seen)).toEqual(byId(ids))
      expect(client.texts.filter((text) => text.startsWith('{"event":"lagged"')).length).toBe(1)
      client.destroy()
    })
    await Promise.all(sides)
  })
}

/** Sockets that say nothing more. */
export interface Early {
  readonly mute: SocketPair
  readonly ready: readonly RawClient[]
}

/** Opens what is looked at by `leaving`: sockets without a hello, and ready ones that only answer pings. */
export async function openEarly(pair: Pair): Promise<Early> {
  await pair.person('ear')
  const mute = await SocketPair.open(pair, { headers: { authorization: 'Bearer {ear}' } })
  const ready = await Promise.all(
    pair.sides.map(async (side) => {
      const client = await RawClient.open(Number(new URL(side.next()).port))
      client.send({ op: 'hello', token: side.word('ear') })
      return client
    }),
  )
  return { mute, ready }
}

/** What takes its time, and going away, which is the last thing that is tried. */
export function leaving(pair: Pair, early: () => Promise<Early>): void {
  test('a hello must come within 5 s; pings come to every socket', async () => {
    const { mute, ready } = await early()
    await mute.closed(4401)
    await until(() => ready.every(({ pings }) => pings > 0), 27_000, 'a ping at both')
    for (const client of ready) {
      expect(client.closeCode).toBeUndefined()
      client.destroy()
    }
  })

  test('SIGTERM: told to move, then closed 4503, exit status 0 within 10 s', async () => {
    await pair.people('mov')
    // Where the gateway alone goes, the other one stays.
    for (let i = 0; i < pair.cluster.servers.length - 1; i++) pair.cluster.next()
    const sockets = await SocketPair.ready(pair, 'mov')
    const servers = sockets.servers
    const began = performance.now()
    const ended = servers.map((server) => server.end('SIGTERM'))
    await Promise.all(sockets.clients.map((client) => client.next('moving')))
    sockets.send({ op: 'send', ref: 's', text: 'late' })
    await sockets.next('ref:s')
    sockets.send({ op: 'fetch', ref: 'f' })
    await sockets.next('ref:f')
    await until(() => sockets.clients.every(({ closed }) => closed !== undefined), 10_000)
    expect(sockets.clients.map(({ closed }) => closed!.code)).toEqual([4503, 4503])
    expect(await Promise.all(ended)).toEqual([0, 0])
    expect(performance.now() - began).toBeLessThan(10_000)
  })
}
