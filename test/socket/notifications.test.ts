import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { until } from '../until.ts'
import { Client, type Gateway, openGateway, type Person } from './harness.ts'

let gateway: Gateway
beforeAll(() => {
  gateway = openGateway()
})
afterAll(() => {
  expect(gateway.problems).toEqual([])
  gateway.close()
})

let count = 0
async function two(): Promise<[Person, Person]> {
  const n = ++count
  return [await gateway.person(`ann${n}`), await gateway.person(`ben${n}`)]
}

type Json = { id: string; type: string; user: object; message?: { text: string; truncated?: boolean }; read: boolean }
const told = async (client: Client) => (await client.next('notification')).notification as unknown as Json

describe('notifications on sockets', () => {
  test('every open socket of the reader is told, as the list tells it, and nobody else', async () => {
    const [ann, ben] = await two()
    const sockets = [await Client.ready(gateway, ann), await Client.ready(gateway, ann)]
    const cut = await Client.ready(gateway, ann, { preview: 5 })
    const other = await Client.ready(gateway, ben)
    const id = await gateway.publish(ann, 'one of mine')
    await gateway.like(ben, id)
    for (const socket of sockets) {
      const got = await told(socket)
      expect(got).toMatchObject({ type: 'like', user: { id: String(ben.id) }, message: { text: 'one of mine' } })
      const { notifications } = await gateway.road.notifications.page(ann.id, Number.MAX_SAFE_INTEGER, 1)
      expect(JSON.parse(notifications[0]!)).toEqual(got)
    }
    expect((await told(cut)).message).toMatchObject({ text: 'one o', truncated: true })
    await gateway.publish(ann, `@ben${count} look`)
    expect(await told(other)).toMatchObject({ type: 'mention', user: { id: String(ann.id) }, read: false })
    expect(other.frames.filter(({ event }) => event === 'notification')).toHaveLength(1)
    expect(sockets[0]!.frames.filter(({ event }) => event === 'notification')).toHaveLength(1)
  })

  test('the socket that caused one is as any other, and hears of none to itself', async () => {
    const [ann, ben] = await two()
    const [client, other] = [await Client.ready(gateway, ann), await Client.ready(gateway, ben)]
    await client.ask({ op: 'send', ref: 's', text: `@ann${count} @ben${count}` })
    expect(await told(other)).toMatchObject({ type: 'mention' })
    await client.ask({ op: 'follow', ref: 'f', id: String(ben.id) })
    expect(await told(other)).toMatchObject({ type: 'follow', user: { id: String(ann.id) } })
    expect(client.frames.some(({ event }) => event === 'notification')).toBe(false)
  })

  test('read says how many are left, as over HTTP', async () => {
    const [ann, ben] = await two()
    const client = await Client.ready(gateway, ann)
    const ids: string[] = []
    for (let i = 0; i < 3; i++) {
      await gateway.publish(ben, `@ann${count} ${i}`)
      ids.push((await told(client)).id)
    }
    expect((await client.ask({ op: 'read', ref: 'r', upTo: ids[0]! })).ok).toEqual({ unread: 2 })
    expect((await client.ask({ op: 'read', ref: 's', upTo: ids[2]! })).ok).toEqual({ unread: 0 })
    expect((await client.ask({ op: 'read', ref: 't', upTo: 'x' })).error).toMatchObject({
      code: 'invalid',
      field: 'upTo',
    })
    expect((await client.ask({ op: 'read', ref: 'u' })).error).toMatchObject({ code: 'invalid', field: 'upTo' })
    expect(await gateway.road.notifications.unread(ann.id)).toBe(0)
  })

  test('many likes meanwhile are told once', async () => {
    const [ann] = await two()
    const client = await Client.ready(gateway, ann)
    const id = await gateway.publish(ann, 'popular')
    const fans = await Promise.all(Array.from({ length: 20 }, (_, i) => gateway.person(`fan${count}x${i}`)))
    await Promise.all(fans.map((fan) => gateway.like(fan, id)))
    expect(await told(client)).toMatchObject({ type: 'like', others: 19 })
    await until(async () => (await gateway.engine.activity.next(1)).length === 0)
    expect(client.frames.filter(({ event }) => event === 'notification')).toHaveLength(1)
  })
})
