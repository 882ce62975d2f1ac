import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { signedLeewaySeconds } from '../../src/core/limits.ts'
import { hostSecret, inSeconds, signed } from '../signed.ts'
import { until } from '../until.ts'
import { Client, type Gateway, openGateway } from './harness.ts'

let gateway: Gateway
beforeAll(() => {
  gateway = openGateway({ jwtSecret: hostSecret })
})
afterAll(() => {
  expect(gateway.problems).toEqual([])
  gateway.close()
})

async function hello(token: string): Promise<Client> {
  const client = await Client.open(gateway.url)
  client.send({ op: 'hello', token })
  return client
}

describe('a socket with a token that a host product signs [HU4] [HU5]', () => {
  test('is let in, and is live', async () => {
    const ann = await gateway.person('ann')
    const client = await hello(await signed({ sub: 'one', preferred_username: 'one' }))
    const { user } = await client.next('ready')
    expect(user).toMatchObject({ handle: 'one' })
    await gateway.follow({ id: Number(user!.id), token: '' }, ann)
    await gateway.publish(ann, 'live')
    expect((await client.next('message')).message!.text).toBe('live')
    client.close()
  })

  test('is refused with 4401 and the reason', async () => {
    const expired = await hello(await signed({ sub: 'two', exp: inSeconds(-60) }))
    expect(await expired.closeCode()).toBe(4401)
    expect(expired.closed!.reason).toMatch(/expired/)
    expect(expired.frames).toEqual([])
    const header = { headers: { Authorization: `Bearer ${await signed({ sub: 'two', exp: inSeconds(-60) })}` } }
    expect(await (await Client.open(gateway.url, header)).closeCode()).toBe(4401)
  })

  test('is closed with 4401 once its token is logged out, and no other', async () => {
    const [token, other] = [await signed({ sub: 'three', jti: '1' }), await signed({ sub: 'three', jti: '2' })]
    const clients = [await hello(token), await hello(other)]
    for (const client of clients) await client.next('ready')
    await gateway.logOut({ id: 0, token })
    expect(await clients[0]!.closeCode()).toBe(4401)
    expect((await clients[1]!.ask({ op: 'fetch', ref: 'r' })).ok).toBeDefined()
    clients[1]!.close()
  })

  test('is closed with 4401 when its token expires; one without an end stays', async () => {
    const ending = await hello(await signed({ sub: 'four', exp: inSeconds(20) }))
    const staying = await hello(await signed({ sub: 'four' }))
    for (const client of [ending, staying]) await client.next('ready')
    gateway.pass(20_000)
    expect((await ending.ask({ op: 'fetch', ref: 'in the leeway' })).ok).toBeDefined()
    gateway.pass(signedLeewaySeconds * 1_000)
    expect(await ending.closeCode()).toBe(4401)
    expect(ending.closed!.reason).toMatch(/expired/)
    expect((await staying.ask({ op: 'fetch', ref: 'r' })).ok).toBeDefined()
    staying.close()
    await until(() => gateway.hub.stats().sockets === 0)
  })

  test('where words are lost, those whose tokens were ended are found by asking', async () => {
    const token = await signed({ sub: 'five' })
    const [ended, other] = [await hello(token), await hello(await signed({ sub: 'five', jti: 'other' }))]
    const plain = await Client.ready(gateway, await gateway.person('plain'))
    for (const client of [ended, other]) await client.next('ready')
    const { tokenHash, nobody } = await import('../../src/services/auth.ts')
    await gateway.engine.users.addToken(tokenHash(token), nobody, Date.now())
    await gateway.hub.closeDead(gateway.lives)
    expect(await ended.closeCode()).toBe(4401)
    for (const client of [other, plain]) {
      expect((await client.ask({ op: 'fetch', ref: 'r' })).ok).toBeDefined()
      client.close()
    }
  })
})
