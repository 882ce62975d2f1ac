import { describe, expect, test } from 'bun:test'
import { until } from '../until.ts'
import { frameFault } from './described.ts'
import { Client, type Gateway, openGateway, type Person } from './harness.ts'
import { RawClient } from './raw-client.ts'

async function rawReady(gateway: Gateway, person: Person, hello: object = {}): Promise<RawClient> {
  const client = await RawClient.open(gateway.port)
  client.send({ op: 'hello', token: person.token, ...hello })
  await until(() => client.texts.length > 0)
  return client
}

/** How many frames were taken when no more are. */
async function standstill(gateway: Gateway): Promise<number> {
  let before = -1
  await until(async () => {
    const { received } = gateway.hub.stats()
    const still = received > 0 && received === before
    before = received
    await Bun.sleep(still ? 0 : 200)
    return still
  })
  return before
}

const messages = (client: RawClient) => client.frames.filter((frame) => frame.event === 'message')

describe('a client that stops reading', () => {
  test('lags, and once it reads again is given everything, once and in order', async () => {
    const gateway = openGateway()
    const author = await gateway.person('author')
    const reader = await gateway.person('reader')
    await gateway.follow(reader, author)
    const client = await rawReady(gateway, reader)
    client.tcp.pause()
    const others = await Client.ready(gateway, reader)
    const text = 'x'.repeat(10_000)
    // More than the kernel's buffers hold.
    let n = 0
    const ids: number[] = []
    while (gateway.hub.stats().lagged === 0) {
      if (n > 2_000) throw new Error('the kernel swallows everything')
      ids.push(await gateway.publish(author, `${n++} ${text}`))
    }
    const deleted = ids.pop()!
    for (let i = 0; i < 50; i++) ids.push(await gateway.publish(author, `${n++} ${text}`))
    await gateway.road.deleteMessage(author.id, deleted)
    await gateway.settled()
    // Who reads is not held up by who does not.
    await until(() => others.texts.length === n || others.texts.length === n - 1)
    expect(gateway.hub.stats().lagged).toBe(1)
    client.tcp.resume()
    await until(() => messages(client).length >= ids.length, 20_000)
    const frames = client.frames
    const lagged = frames.findIndex((frame) => frame.event === 'lagged')
    expect(lagged).toBeGreaterThan(0)
    expect(frameFault(frames[lagged]!, undefined)).toBeUndefined()
    expect(frames[lagged]!.cursor).toBe(frames.slice(0, lagged).findLast((frame) => frame.cursor)!.cursor!)
    expect(messages(client).map((frame) => Number(frame.message!.id))).toEqual(ids)
    expect(frames.some((frame) => frame.event === 'deleted' && frame.id === String(deleted))).toBeTrue()
    // It is live again.
    const last = await gateway.publish(author, 'last')
    await until(() => client.frames.at(-1)!.message?.id === String(last))
    expect(gateway.problems).toEqual([])
    client.destroy()
    gateway.close()
  }, 60_000)

  test('while being refilled, too: it is given the rest when it reads', async () => {
    const gateway = openGateway()
    const author = await gateway.person('author')
    const reader = await gateway.person('reader')
    await gateway.follow(reader, author)
    const first = await Client.ready(gateway, reader)
    const ids: number[] = []
    for (let i = 0; i < 390; i++) ids.push(await gateway.publish(author, `${i} ${'é'.repeat(5_000)}`))
    await gateway.settled()
    const client = await rawReady(gateway, reader, { since: first.frames[0]!.cursor })
    client.tcp.pause()
    await until(() => gateway.hub.stats().refillsWaiting === 0)
    ids.push(await gateway.publish(author, 'late'))
    client.tcp.resume()
    await until(() => messages(client).length >= ids.length, 20_000)
    expect(messages(client).map((frame) => Number(frame.message!.id))).toEqual(ids)
    gateway.close()
  }, 60_000)

  test('and goes on asking: its answers wait, nothing is lost, memory stays bounded', async () => {
    const gateway = openGateway()
    const author = await gateway.person('author')
    for (let i = 0; i < 20; i++) await gateway.publish(author, `${i} ${'x'.repeat(9_000)}`)
    const client = await rawReady(gateway, author)
    client.tcp.pause()
    for (let i = 0; i < 2_000; i++) client.send({ op: 'fetch', ref: `${i}`, length: 5 })
    // It stops reading requests whose answers would have no room.
    expect(await standstill(gateway)).toBeLessThan(500)
    client.tcp.resume()
    await until(() => client.texts.length === 2_001, 20_000)
    expect(new Set(client.frames.map((frame) => frame.ref)).size).toBe(2_001)
    gateway.close()
  }, 60_000)

  test('for good is closed', async () => {
    const gateway = openGateway()
    const author = await gateway.person('author')
    for (let i = 0; i < 20; i++) await gateway.publish(author, `${i} ${'x'.repeat(9_000)}`)
    const client = await rawReady(gateway, author)
    client.tcp.pause()
    for (let i = 0; i < 1_000; i++) client.send({ op: 'fetch', ref: `${i}`, length: 5 })
    await standstill(gateway)
    for (let i = 0; i < 8 && gateway.hub.stats().sockets > 0; i++) {
      gateway.pass(20_000)
      await Bun.sleep(600)
    }
    await until(() => gateway.hub.stats().sockets === 0)
    client.destroy()
    gateway.close()
  }, 30_000)
})

describe('pings', () => {
  test('come to every socket; who answers stays, who is silent for a minute goes', async () => {
    const gateway = openGateway({ speed: 25 })
    const person = await gateway.person('ann')
    const [alive, dead] = [await rawReady(gateway, person), await rawReady(gateway, person)]
    dead.answersPings = false
    await until(() => alive.pings >= 2 && dead.pings >= 2)
    gateway.pass(50_000)
    const pings = alive.pings
    await until(() => alive.pings > pings)
    gateway.pass(11_000)
    await until(() => dead.closeCode !== undefined)
    expect(dead.closeCode).toBe(4503)
    expect(alive.closeCode).toBeUndefined()
    // It does not answer the close frame either.
    gateway.pass(6_000)
    await until(() => dead.gone)
    gateway.close()
  }, 15_000)
})

describe('drain', () => {
  test('tells all to move, takes nothing new, and closes them 4503 in time', async () => {
    const gateway = openGateway()
    const author = await gateway.person('author')
    const clients: Client[] = []
    for (let i = 0; i < 10; i++) clients.push(await Client.ready(gateway, author))
    const mute = await Client.open(gateway.url)
    const began = performance.now()
    const drained = gateway.hub.drain(2_000)
    for (const client of clients) {
      const { after } = await client.next('moving')
      expect(after).toBeGreaterThanOrEqual(0)
      expect(after).toBeLessThanOrEqual(1_000)
    }
    expect((await clients[0]!.ask({ op: 'send', ref: 's', text: 'late' })).error?.code).toBe('draining')
    expect(await clients[0]!.ask({ op: 'fetch', ref: 'f' })).toHaveProperty('ok')
    expect((await fetch(gateway.url.replace('ws', 'http'), { headers: { Upgrade: 'websocket' } })).status).toBe(503)
    await drained
    expect(performance.now() - began).toBeLessThan(2_200)
    for (const client of [...clients, mute]) expect(await client.closeCode()).toBe(4503)
    gateway.close()
  })

  test('is over at once when nobody is there', async () => {
    const gateway = openGateway()
    const began = performance.now()
    await gateway.hub.drain(5_000)
    expect(performance.now() - began).toBeLessThan(500)
    gateway.close()
  })
})
