import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { until } from '../until.ts'
import { Client, type Gateway, openGateway, type Person } from './harness.ts'
import { RawClient } from './raw-client.ts'

let gateway: Gateway
let ann: Person
beforeAll(async () => {
  gateway = openGateway()
  ann = await gateway.person('ann')
})
afterAll(() => {
  expect(gateway.problems).toEqual([])
  gateway.close()
})

const cookie = (token: string, origin: string) => ({ headers: { Cookie: `a=b; rookery=${token}`, Origin: origin } })
const own = () => `http://127.0.0.1:${gateway.port}`

describe('the hello', () => {
  test('with a token in the first frame: one ready, with the user and a cursor, event first', async () => {
    const client = await Client.open(gateway.url)
    client.send({ op: 'hello', token: ann.token })
    const ready = await client.next('ready')
    expect(ready.user).toMatchObject({ id: String(ann.id), handle: 'ann', followers: 0 })
    expect(ready.cursor).toBeString()
    expect(client.raw[0]).toStartWith('{"event":"ready"')
    expect(client.socket.protocol).toBe('')
  })

  test('with a token in the header: nothing comes before the hello', async () => {
    const client = await Client.open(gateway.url, { headers: { Authorization: `Bearer ${ann.token}` } })
    await Bun.sleep(30)
    expect(client.frames).toEqual([])
    client.send({ op: 'hello' })
    await client.next('ready')
  })

  test('with a cookie of the same origin', async () => {
    const client = await Client.open(gateway.url, cookie(ann.token, own()))
    client.send({ op: 'hello' })
    await client.next('ready')
  })

  test('a cookie that comes with a foreign origin is ignored', async () => {
    const client = await Client.open(gateway.url, cookie(ann.token, 'http://evil.example'))
    client.send({ op: 'hello' })
    expect(await client.closeCode()).toBe(4401)
    const other = await Client.open(gateway.url, cookie('wrong', 'http://evil.example'))
    other.send({ op: 'hello', token: ann.token })
    await other.next('ready')
  })

  test('a token in the hello goes before the cookie', async () => {
    const bob = await gateway.person('bob')
    const client = await Client.open(gateway.url, cookie(ann.token, own()))
    client.send({ op: 'hello', token: bob.token })
    expect((await client.next('ready')).user).toMatchObject({ handle: 'bob' })
  })

  test('a wrong token is upgraded, then closed 4401 without a word', async () => {
    const wrong = 'x'.repeat(43)
    const clients = await Promise.all([
      Client.open(gateway.url, { headers: { Authorization: `Bearer ${wrong}` } }),
      Client.open(gateway.url, { headers: { Authorization: 'Basic YTpi' } }),
      Client.open(gateway.url, cookie(wrong, own())),
      Client.open(gateway.url),
    ])
    clients[3]!.send({ op: 'hello', token: wrong })
    for (const client of clients) {
      expect(await client.closeCode()).toBe(4401)
      expect(client.frames).toEqual([])
    }
  })

  test('the subprotocol is echoed where it is offered', async () => {
    for (const protocols of [['rookery.v1'], ['other', 'rookery.v1']]) {
      const client = await Client.open(gateway.url, { protocols })
      expect(client.socket.protocol).toBe('rookery.v1')
      client.send({ op: 'hello', token: ann.token })
      await client.next('ready')
    }
  })

  test('another subprotocol is not echoed', async () => {
    const raw = await RawClient.open(gateway.port, 'Sec-WebSocket-Protocol: other, another\r\n')
    expect(raw.head).toStartWith('HTTP/1.1 101')
    expect(raw.head).not.toMatch(/sec-websocket-protocol/i)
    raw.send({ op: 'hello', token: ann.token })
    await until(() => raw.frames[0]?.event === 'ready')
    raw.destroy()
  })

  test('must be the first frame; what is asked before it is refused', async () => {
    const client = await Client.open(gateway.url)
    client.send({ op: 'fetch', ref: 'a' })
    expect((await client.next('ref:a')).error).toMatchObject({ code: 'unauthorized' })
    client.send('nonsense')
    expect((await client.next('error')).error).toMatchObject({ code: 'bad_json' })
    client.send({ op: 'hello', token: 7 })
    expect((await client.next('error')).error).toMatchObject({ code: 'invalid', field: 'token' })
    client.send({ op: 'hello', token: ann.token })
    await client.next('ready')
  })

  test('a client that keeps asking without a hello is closed 4401', async () => {
    const client = await Client.open(gateway.url)
    for (let i = 0; i < 100; i++) client.send({ op: 'fetch', ref: `${i}` })
    expect(await client.closeCode()).toBe(4401)
  })

  test('must come within 5 seconds', async () => {
    const client = await Client.open(gateway.url, { headers: { Authorization: `Bearer ${ann.token}` } })
    gateway.pass(5_001)
    expect(await client.closeCode()).toBe(4401)
  })

  test('is said once: a second one is an error, and the socket stays', async () => {
    const client = await Client.ready(gateway, ann)
    client.send({ op: 'hello', token: ann.token })
    expect((await client.next('error')).error?.code).toBe('bad_request')
    expect(await client.ask({ op: 'fetch', ref: 'x' })).toHaveProperty('ok')
  })

  test('frames sent right after it are answered after ready', async () => {
    const client = await Client.open(gateway.url)
    client.send({ op: 'hello', token: ann.token })
    for (let i = 0; i < 10; i++) client.send({ op: 'fetch', ref: `r${i}` })
    await until(() => client.frames.length === 11)
    expect(client.frames[0]!.event).toBe('ready')
    expect(new Set(client.frames.slice(1).map((frame) => frame.ref))).toHaveProperty('size', 10)
  })

  test('a cursor of another reader expires: an error frame, then close 4410', async () => {
    const bea = await gateway.person('bea')
    const { cursor } = (await Client.ready(gateway, bea)).frames[0]!
    const client = await Client.open(gateway.url)
    client.send({ op: 'hello', token: ann.token, since: cursor })
    expect(await client.closeCode()).toBe(4410)
    expect(client.frames).toHaveLength(1)
    expect(client.raw[0]).toStartWith('{"error":{"code":"cursor_expired"')
  })

  test('a damaged cursor is refused, and another hello may follow', async () => {
    const client = await Client.open(gateway.url)
    client.send({ op: 'hello', token: ann.token, since: 'nonsense' })
    expect((await client.next('error')).error).toMatchObject({ code: 'invalid', field: 'since' })
    client.send({ op: 'hello', token: ann.token })
    await client.next('ready')
  })

  test('what is no handshake is refused', async () => {
    expect((await fetch(gateway.url.replace('ws', 'http'))).status).toBe(400)
  })

  test('a dead token closes its sockets 4401, and no others', async () => {
    const bib = await gateway.person('bib')
    const [gone, stays] = [await Client.ready(gateway, bib), await Client.ready(gateway, ann)]
    await gateway.logOut(bib)
    expect(await gone.closeCode()).toBe(4401)
    expect(await stays.ask({ op: 'fetch', ref: '1' })).toHaveProperty('ok')
  })
})

test('more sockets of one user than allowed: 4429', async () => {
  const limited = openGateway({ limited: true })
  const eve = await limited.person('eve')
  const clients: Client[] = []
  for (let i = 0; i < 32; i++) clients.push(await Client.ready(limited, eve))
  const tooMany = await Client.open(limited.url, { headers: { Authorization: `Bearer ${eve.token}` } })
  tooMany.send({ op: 'hello' })
  expect(await tooMany.closeCode()).toBe(4429)
  clients[0]!.close()
  await until(() => limited.hub.stats().sockets === 31)
  await Client.ready(limited, eve)
  limited.close()
})
