import { afterAll, beforeAll, expect, test } from 'bun:test'
import { connect } from 'node:net'
import { until } from '../until.ts'
import { openServer, type Person, type TestServer } from './harness.ts'

let server: TestServer
let ada: Person
beforeAll(async () => {
  server = openServer()
  ada = await server.person('ada')
})
afterAll(() => server.close())

/** Sends bytes as they are and gives back what came until the server closed, or until `enough` of it is there. */
async function raw(bytes: string | Uint8Array, enough: RegExp): Promise<string> {
  let got = ''
  let closed = false
  const tcp = connect(server.port, '127.0.0.1')
  tcp.on('data', (data) => {
    got += Buffer.from(data as Uint8Array).toString('latin1')
  })
  tcp.on('close', () => {
    closed = true
  })
  tcp.on('error', () => {})
  tcp.write(bytes)
  await until(() => closed || enough.test(got))
  tcp.destroy()
  return got
}

const whole = /\r\n\r\n[\s\S]*\}$/
const anyEnd = /HTTP\/1\.1 \d{3}[\s\S]*\r\n\r\n/
const statusOf = (answer: string) => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0)

test('what is not HTTP is refused with a bare status or closed', async () => {
  const nonsense: (string | Uint8Array)[] = [
    'GET\r\n\r\n',
    'GET /fetch\r\n\r\n',
    'NONSENSE /fetch HTTP/1.1\r\nHost: x\r\n\r\n',
    'GET /fetch HTTP/9.9\r\nHost: x\r\n\r\n',
    'GET /fetch HTTP/1.1\r\n\r\n',
    'GET /fetch HTTP/1.1\r\nHost: x\r\nNo colon here\r\n\r\n',
    'POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'POST /send HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    `GET /fetch HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
    Uint8Array.from({ length: 600 }, (_, i) => (i * 7) % 256),
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  ]
  for (const bytes of nonsense) {
    const status = await Promise.race([raw(bytes, anyEnd).then(statusOf), Bun.sleep(1_000).then(() => 0)])
    expect([String(bytes).slice(0, 60), status === 0 || (status >= 400 && status !== 500)]).toEqual([
      String(bytes).slice(0, 60),
      true,
    ])
  }
})

test('odd requests that are HTTP get a proper answer', async () => {
  const token = `Authorization: Bearer ${ada.token}`
  const odd: [request: string, status: number][] = [
    [`GET /fetch HTTP/1.0\r\n${token}\r\n\r\n`, 200],
    [`GET http://elsewhere.example/fetch HTTP/1.1\r\nHost: x\r\n${token}\r\n\r\n`, 200],
    [`GET /fetch HTTP/1.1\r\nHost: ::::\r\n${token}\r\n\r\n`, 200],
    [`GET /fetch HTTP/1.1\r\nHost: %zz@/?#\r\n${token}\r\n\r\n`, 200],
    [`GET /fetch?length=1&&=&a=b=c HTTP/1.1\r\nHost: x\r\n${token}\r\n\r\n`, 200],
    ['GET /%2e%2e/%2e%2e/etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    ['GET //fetch HTTP/1.1\r\nHost: x\r\n\r\n', 404],
    [`GET /fetch HTTP/1.1\r\nHost: x\r\nauthorization: bearer   ${ada.token}  \r\n\r\n`, 200],
    ['GET /fetch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n', 401],
    ['GET /fetch HTTP/1.1\r\nHost: x\r\nCookie: rookery=\xff\xfe; =; rookery\r\n\r\n', 401],
    ['GET /users/\xff\xfe HTTP/1.1\r\nHost: x\r\n\r\n', 401],
  ]
  for (const [request, status] of odd) {
    expect([request, statusOf(await raw(Buffer.from(request, 'latin1'), whole))]).toEqual([request, status])
  }
})

test('a body of any declared length is refused by name before it is sent', async () => {
  const head = `POST /send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\nContent-Type: application/json\r\n`
  for (const length of [65_537, 1e9, 2 ** 53 - 1, 2 ** 53].map(BigInt)) {
    expect(await raw(`${head}Content-Length: ${length}\r\n\r\n{"text":`, whole)).toContain('"code":"too_large"')
  }
})

test('a chunked body is counted as it comes', async () => {
  const head = `POST /send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`
  const chunk = `${(8_192).toString(16)}\r\n${'x'.repeat(8_192)}\r\n`
  expect(await raw(`${head}${chunk.repeat(9)}`, whole)).toContain('"code":"too_large"')
  expect(statusOf(await raw(`${head}d\r\n{"text":"hi"}\r\n0\r\n\r\n`, whole))).toBe(201)
})

test('clients that leave in the middle leave nothing behind', async () => {
  const head = `POST /send HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${ada.token}\r\nContent-Type: application/json\r\n`
  for (let i = 0; i < 20; i++) {
    const tcp = connect(server.port, '127.0.0.1')
    tcp.on('error', () => {})
    await new Promise<void>((sent) => tcp.write(`${head}Content-Length: 1000\r\n\r\n{"text":"half`, () => sent()))
    tcp.destroy()
  }
  // All of them are over: a drain would otherwise wait for them.
  expect((await server.ask('GET', '/fetch', { token: ada.token })).status).toBe(200)
  expect(server.mistakes).toEqual([])
  await server.gateway.drain()
})
