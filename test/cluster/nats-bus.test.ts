import { afterEach, describe, expect, test } from 'bun:test'
import { busUnsentBytesMax } from '../../src/core/limits.ts'
import { FrameWriter, readFrame } from '../../src/engines/cluster/nats/bus-code.ts'
import type { BusEvent } from '../../src/ports/bus.ts'
import { until } from '../until.ts'
import { newKeyspace, openBus, type TestBus } from './nats.ts'
import { startServers } from './nats-servers.ts'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function open(keyspace: string, settings?: Parameters<typeof openBus>[1]): Promise<TestBus> {
  const own = await openBus(keyspace, settings)
  ending.push(own.close)
  return own
}

function listen({ bus }: TestBus, gateway: string): BusEvent[] {
  const heard: BusEvent[] = []
  bus.subscribe(gateway, (event) => void heard.push(event))
  return heard
}

function gaps({ bus }: TestBus): { count: number } {
  const seen = { count: 0 }
  bus.onGap(() => void seen.count++)
  return seen
}

/** A subscription is with the server once something has come back from it. */
const settled = (...all: TestBus[]) => Promise.all(all.map(({ link }) => link.connection.flush()))

const hot = (position: number): BusEvent => ({ kind: 'hot', position })
const large = 2 ** 53 - 1
const everyKind: BusEvent[] = [
  { kind: 'delivered', id: large, author: large - 1, crossed: false, to: [] },
  { kind: 'delivered', id: 1, author: 2, crossed: true, to: [large, 4_294_967_296, 0, 7, 8, 9] },
  hot(0),
  { kind: 'deleted', id: 1, author: 2, stamp: large },
  { kind: 'likes', id: 1, likes: 0 },
  { kind: 'revoked', token: 'a3f0'.repeat(16) },
  { kind: 'revoked', token: '' },
  { kind: 'revoked', token: 'naïve 👋' },
  { kind: 'graph', reader: 5 },
  { kind: 'profile', user: 6 },
  { kind: 'withdrawn', user: 7 },
  { kind: 'sessions', user: 8 },
]

describe('the Bus between processes', () => {
  test('[B1] every kind of event arrives whole, once, in order, at gateway and at all', async () => {
    const keyspace = newKeyspace()
    const [one, two, other] = [await open(keyspace), await open(keyspace), await open(newKeyspace())]
    const [heard, strange] = [listen(two, 'g2'), listen(other, 'g2')]
    await settled(one, two, other)
    const events = Array.from({ length: 50 }, () => everyKind).flat()
    for (const [i, event] of events.entries()) one.bus.publish(i % 3 ? 'g2' : 'all', event)
    await until(() => heard.length >= events.length)
    expect(heard).toEqual(events)
    expect(strange).toEqual([])
    expect(two.reported).toEqual([])
  })

  test('what is for own gateways does not travel; what is for all is heard once at home', async () => {
    const keyspace = newKeyspace()
    const [one, two] = [await open(keyspace), await open(keyspace)]
    const [home, away] = [listen(one, 'g1'), listen(two, 'g2')]
    await settled(one, two)
    one.bus.publish('g1', hot(1))
    one.bus.publish('all', hot(2))
    two.bus.publish('g1', hot(3))
    await until(() => home.length === 3 && away.length === 1)
    expect(home).toEqual([hot(1), hot(2), hot(3)])
    expect(away).toEqual([hot(2)])
    expect(one.bus.stats().framesSent).toBe(1)
  })

  test('events of one turn for one gateway are one message, of bounded size', async () => {
    const keyspace = newKeyspace()
    const [one, two] = [await open(keyspace), await open(keyspace)]
    const heard = listen(two, 'g2')
    await settled(one, two)
    for (let i = 0; i < 100; i++) one.bus.publish('g2', hot(i))
    await until(() => heard.length === 100)
    expect(one.bus.stats().framesSent).toBe(1)
    const to = Array.from({ length: 3_000 }, (_, i) => i)
    for (let i = 0; i < 20; i++) one.bus.publish('g2', { kind: 'delivered', id: i, author: 1, crossed: false, to })
    await until(() => heard.length === 120)
    expect(one.bus.stats().framesSent).toBeGreaterThan(3)
    expect(heard.at(-1)).toEqual({ kind: 'delivered', id: 19, author: 1, crossed: false, to })
  })

  test('what a subscriber throws is reported, and the others hear the event', async () => {
    const keyspace = newKeyspace()
    const [one, two] = [await open(keyspace), await open(keyspace)]
    two.bus.subscribe('g2', () => {
      throw new Error('planned')
    })
    const heard = listen(two, 'g2')
    await settled(one, two)
    one.bus.publish('g2', hot(1))
    await until(() => heard.length === 1)
    expect(two.reported).toHaveLength(1)
  })

  test('gateways of any name', async () => {
    const keyspace = newKeyspace()
    const [one, two] = [await open(keyspace), await open(keyspace)]
    const name = 'host.example:8080 *>'
    const [heard, near] = [listen(two, name), listen(two, 'host')]
    await settled(one, two)
    one.bus.publish(name, hot(1))
    await until(() => heard.length === 1)
    expect(near).toEqual([])
  })

  test('a frame that cannot be read counts as a gap', async () => {
    const keyspace = newKeyspace()
    const [one, two] = [await open(keyspace), await open(keyspace)]
    const heard = listen(two, 'g2')
    const seen = gaps(two)
    await settled(one, two)
    one.link.connection.publish(`${keyspace}.all`, new Uint8Array(17))
    one.link.connection.publish(`${keyspace}.all`, new Uint8Array(new Float64Array([9, 1, 2]).buffer))
    await until(() => seen.count === 2)
    expect(heard).toEqual([])
  })
})

describe('the Bus when NATS fails', () => {
  test('away: own subscribers are served; afterwards everybody is told of the gap, and events travel again', async () => {
    const servers = await startServers()
    ending.push(() => servers.end())
    const keyspace = newKeyspace()
    const [one, two] = [await open(keyspace, servers.settings), await open(keyspace, servers.settings)]
    const [home, away] = [listen(one, 'g1'), listen(two, 'g2')]
    const [gapsHere, gapsThere] = [gaps(one), gaps(two)]
    await settled(one, two)
    await servers.kill(0)
    await until(() => !one.bus.connected && !two.bus.connected)
    one.bus.publish('all', hot(1))
    one.bus.publish('g2', hot(2))
    await until(() => home.length === 1)
    expect(one.bus.stats().dropped).toBe(2)
    await servers.start(0)
    await until(() => one.bus.connected && two.bus.connected && gapsHere.count > 0 && gapsThere.count > 0, 10_000)
    await until(() => {
      one.bus.publish('g2', hot(3))
      return away.length > 0
    })
    expect(away[0]).toEqual(hot(3))
  })

  test('who was connected all along hears that another had to drop events', async () => {
    const servers = await startServers({ servers: 2 })
    ending.push(() => servers.end())
    const keyspace = newKeyspace()
    const [first, second] = servers.settings.nodes
    const one = await open(keyspace, { nodes: [first!] })
    const two = await open(keyspace, { nodes: [second!] })
    listen(two, 'g2')
    const seen = gaps(two)
    await settled(one, two)
    const home = () => two.link.connection.getServer().startsWith(second!.host)
    expect(home()).toBe(true)
    servers.pause(0)
    ending.push(async () => servers.resume(0))
    // More than may be under way to a server that reads nothing.
    const to = new Array<number>(3_000).fill(1)
    for (let i = 0; i < 300; i++) {
      one.bus.publish('g2', { kind: 'delivered', id: i, author: 1, crossed: false, to })
      await Promise.resolve()
    }
    await until(() => one.bus.stats().dropped > 0)
    expect(one.bus.stats().framesSent * 24_000).toBeLessThan(2 * busUnsentBytesMax)
    await until(() => seen.count > 0, 20_000)
    expect(home()).toBe(true)
    expect(one.bus.connected).toBe(true)
  })
})

test('a frame cut anywhere is either read up to there or refused, never a wrong event', () => {
  const writer = new FrameWriter()
  for (const event of everyKind) writer.append(event)
  const frame = writer.take()
  for (let length = 0; length < frame.length; length += 8) {
    const events: BusEvent[] = []
    readFrame(frame.subarray(0, length), (event) => void events.push(event))
    expect(events).toEqual(everyKind.slice(0, events.length))
  }
})
