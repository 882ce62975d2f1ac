import { afterAll, beforeAll, expect, test } from 'bun:test'
import { graphClockMs } from '../../src/core/limits.ts'
import { until } from '../until.ts'
import { Client, type Gateway, openGateway, type Person } from './harness.ts'

let gateway: Gateway
let count = 0
beforeAll(() => {
  gateway = openGateway({ hotFollowers: 2 })
})
afterAll(() => {
  expect(gateway.problems).toEqual([])
  gateway.close()
})

async function people(): Promise<{ ada: Person; ben: Person; reader: Person; client: Client }> {
  const [ada, ben, reader] = [
    await gateway.person(`ada${++count}`),
    await gateway.person(`ben${count}`),
    await gateway.person(`reader${count}`),
  ]
  for (const author of [ada, ben]) await gateway.follow(reader, author)
  const client = await Client.ready(gateway, reader)
  await until(() => gateway.hub.stats().refillsWaiting === 0)
  return { ada, ben, reader, client }
}

/** Ada writes what the reader sees: once it has come, all before it has come or will not. */
async function comes(client: Client, author: Person, text: string): Promise<void> {
  await gateway.publish(author, text)
  await until(() => client.texts.includes(text))
}

test('who is muted is silent at once, and heard again once unmuted', async () => {
  const { ada, ben, reader, client } = await people()
  await comes(client, ben, 'b1')
  await gateway.mute(reader, ben)
  await gateway.publish(ben, 'b2')
  await comes(client, ada, 'a1')
  await gateway.unmute(reader, ben)
  await comes(client, ben, 'b3')
  expect(client.texts).toEqual(['b1', 'a1', 'b3'])
})

test('a socket that is opened later does not hear who is muted either, and stays exact for others', async () => {
  const { ada, ben, reader } = await people()
  await gateway.mute(reader, ben)
  // By then the word of the mute is old: only what was read with the hello tells.
  gateway.pass(graphClockMs + 1_000)
  const client = await Client.ready(gateway, reader)
  for (let i = 0; i < 5; i++) {
    await gateway.publish(ben, `b${i}`)
    await gateway.publish(ada, `a${i}`)
  }
  await until(() => client.texts.length === 5)
  await comes(client, ada, 'last')
  expect(client.texts).toEqual(['a0', 'a1', 'a2', 'a3', 'a4', 'last'])
})

test('a hot author who is muted is silent', async () => {
  const { ada, ben, reader, client } = await people()
  for (let i = 0; i < 3; i++) await gateway.follow(await gateway.person(`fan${count}x${i}`), ben)
  await comes(client, ben, 'hot 1')
  await gateway.mute(reader, ben)
  await gateway.publish(ben, 'hot 2')
  await comes(client, ada, 'a1')
  await gateway.unmute(reader, ben)
  await comes(client, ben, 'hot 3')
  expect(client.texts).toEqual(['hot 1', 'a1', 'hot 3'])
})

test('a block silences both', async () => {
  const { ada, ben, reader, client } = await people()
  await gateway.follow(ben, reader)
  const bens = await Client.ready(gateway, ben)
  await comes(bens, reader, 'r1')
  await gateway.block(ben, reader)
  await gateway.publish(ben, 'b1')
  await gateway.publish(reader, 'r2')
  await comes(client, ada, 'a1')
  await gateway.follow(ben, ada)
  await comes(bens, ada, 'a2')
  expect(bens.texts).toEqual(['r1', 'b1', 'a2'])
  expect(client.texts).not.toContain('b1')
})

test('[N3] who is blocked is told no counts of what they may not see, then or later', async () => {
  const { ada, ben, reader, client } = await people()
  const [adas, bens] = [await gateway.publish(ada, 'a1'), await gateway.publish(ben, 'b1')]
  const fan = await gateway.person(`liker${count}`)
  await gateway.like(fan, bens)
  client.send({ op: 'watch', ids: [String(adas), String(bens)] })
  expect((await client.next('likes')).counts).toEqual({ [adas]: 0, [bens]: 1 })
  await gateway.block(ben, reader)
  await gateway.like(await gateway.person(`late${count}`), bens)
  await gateway.like(fan, adas)
  await until(() => client.frames.at(-1)!.counts?.[adas] === 1)
  expect(client.frames.at(-1)!.counts).toEqual({ [adas]: 1 })
  // As of what is not there.
  client.send({ op: 'watch', ids: [String(adas), String(bens)] })
  await until(() => client.frames.at(-1)!.counts?.[bens] === 0)
  await gateway.like(await gateway.person(`later${count}`), bens)
  await gateway.like(reader, adas)
  await until(() => client.frames.at(-1)!.counts?.[adas] === 2)
  expect(client.frames.at(-1)!.counts).toEqual({ [adas]: 2 })
  await gateway.road.deleteMessage(ben.id, bens)
  await gateway.road.deleteMessage(ada.id, adas)
  expect((await client.next('deleted')).id).toBe(String(adas))
})

test('no look is taken for those who hide nobody', async () => {
  const { ada, client } = await people()
  const before = gateway.hub.stats()
  for (let i = 0; i < 20; i++) await gateway.publish(ada, `m${i}`)
  await until(() => client.texts.length === 20)
  expect(gateway.hub.stats().refills).toBe(before.refills)
})

test('sockets of an account that is deleted are closed, and its messages go out no more', async () => {
  const { ada, ben, client } = await people()
  const bens = await Client.ready(gateway, ben)
  await comes(client, ben, 'b1')
  await gateway.withdraw(ben)
  expect(await bens.closeCode()).toBe(4401)
  const late = await Client.open(gateway.url)
  late.send({ op: 'hello', token: ben.token })
  expect(await late.closeCode()).toBe(4401)
  // As a publish does that was under way.
  await gateway.publish(ben, 'b2')
  await comes(client, ada, 'a1')
  expect(client.texts).toEqual(['b1', 'a1'])
})
