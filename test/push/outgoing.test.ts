import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer as createSecureServer } from 'node:https'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { outgoingAnswerBytesMax, outgoingWithinMs } from '../../src/core/limits.ts'
import { createGuardedFetch } from '../../src/outgoing/guarded-fetch.ts'
import { OutgoingRefused } from '../../src/ports/outgoing.ts'
import { privateHosts } from '../http/refused-pushes.ts'
import { until } from '../until.ts'

const what = { method: 'POST', headers: { 'x-one': 'two' }, body: Buffer.from('body') } as const
const opened: { close(): void }[] = []
afterAll(() => {
  for (const one of opened) one.close()
})

/** A host of the public internet whose look-up gives these, one after the other; the last for ever. */
function guarded(...answers: string[][]) {
  const asked: string[] = []
  const resolve = async (host: string) => {
    asked.push(host)
    return answers[Math.min(asked.length, answers.length) - 1]!
  }
  return { ...createGuardedFetch({ allowPrivate: false, resolve }), asked }
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    sockets.add(socket.on('error', () => {}))
  })
  opened.push({
    close() {
      for (const socket of sockets) socket.destroy()
      server.close()
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

describe('[O11] [O12] a host that has a private address', () => {
  for (const host of privateHosts) {
    test(`is refused when given and when called: ${host}`, async () => {
      const { fault, request, asked } = guarded(['8.8.8.8'])
      const url = `https://${host}/push`
      expect(await fault(url)).toContain('public')
      expect(request(url, what)).rejects.toBeInstanceOf(OutgoingRefused)
      // Its name or number tells.
      expect(asked).toEqual([])
    })
  }

  test('by one of several addresses, or by a name that points there', async () => {
    for (const addresses of [['127.0.0.1'], ['8.8.8.8', '10.0.0.1'], ['2606:4700::1', 'fd00::1'], ['::ffff:7f00:1']]) {
      expect(await guarded(addresses).fault('https://push.example.org/1')).toContain('public')
      expect(guarded(addresses).request('https://push.example.org/1', what)).rejects.toBeInstanceOf(OutgoingRefused)
    }
  })

  test('since it was given: it is looked up again, once, and nothing is called', async () => {
    let calls = 0
    const port = await listening(createServer(() => calls++))
    const { fault, request, asked } = guarded(['8.8.8.8'], ['127.0.0.1'])
    const url = `https://push.example.org:${port}/1`
    expect(await fault(url)).toBeUndefined()
    await expect(request(url, what)).rejects.toBeInstanceOf(OutgoingRefused)
    expect(asked).toEqual(['push.example.org', 'push.example.org'])
    expect(calls).toBe(0)
  })

  test('only https is called, and no user or password is given on', async () => {
    for (const url of ['http://push.example.org/', 'ftp://push.example.org/', 'file:///etc/passwd', 'nonsense', '']) {
      expect(await guarded(['8.8.8.8']).fault(url)).toBe('must be an https URL')
      expect(guarded(['8.8.8.8']).request(url, what)).rejects.toBeInstanceOf(OutgoingRefused)
    }
    expect(await guarded(['8.8.8.8']).fault('https://a:b@push.example.org/')).toContain('password')
  })

  test('one that does not resolve is taken when given, and fails when called', async () => {
    const resolve = () => Promise.reject(new Error('no such host'))
    const { fault, request } = createGuardedFetch({ allowPrivate: false, resolve })
    expect(await fault('https://push.example.org/')).toBeUndefined()
    expect(request('https://push.example.org/', what)).rejects.toThrow('no such host')
  })
})

describe('with private addresses allowed', () => {
  const calling = createGuardedFetch({ allowPrivate: true, resolve: async () => ['127.0.0.1'] })

  test('[O12] the call goes to the address that was looked up, with the name in `Host`', async () => {
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      async fetch(request) {
        return Response.json([request.headers.get('host'), request.headers.get('x-one'), await request.text()])
      },
    })
    opened.push({ close: () => void server.stop(true) })
    const answer = await calling.request(`http://push.example.org:${server.port}/a?b`, what)
    expect(answer.status).toBe(200)
    expect(answer.headers['content-type']).toContain('json')
    expect(JSON.parse(Buffer.from(answer.body!).toString())).toEqual([`push.example.org:${server.port}`, 'two', 'body'])
  })

  test('[O12] by https the name is asked for and its certificate must be good', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'rookery-'))
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
    const name = ['-subj', '/CN=push.example.org', '-addext', 'subjectAltName=DNS:push.example.org']
    const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-keyout', key, '-out', cert, ...name]
    expect(Bun.spawnSync(['openssl', ...made]).exitCode).toBe(0)
    const names: string[] = []
    const files = { key: readFileSync(key), cert: readFileSync(cert) }
    const server = createSecureServer(files, (_, answer) => answer.end())
    server.on('secureConnection', (socket) => void names.push(String(socket.servername)))
    const port = await listening(server)
    rmSync(folder, { recursive: true })
    // Nobody vouches for it.
    await expect(calling.request(`https://push.example.org:${port}/`, what)).rejects.toThrow(/certificate/i)
    expect(names.every((asked) => asked === 'push.example.org')).toBe(true)
  })

  test('[O13] a redirect is an answer like any other', async () => {
    let calls = 0
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch(request) {
        calls++
        return Response.redirect(new URL('/elsewhere', request.url).href, 307)
      },
    })
    opened.push({ close: () => void server.stop(true) })
    const answer = await calling.request(`http://push.example.org:${server.port}/`, what)
    expect([answer.status, calls]).toEqual([307, 1])
  })

  test('[O14] whatever hangs is given up in time, and let go of', async () => {
    const open = new Set<Socket>()
    const keep = (socket: Socket) => {
      open.add(socket)
      socket
        .on('close', () => open.delete(socket))
        .on('error', () => {})
        .resume()
      return socket
    }
    const drip = (first: string, next: string) => (socket: Socket) => {
      keep(socket).write(first)
      const timer = setInterval(() => socket.write(next), 100)
      socket.on('close', () => clearInterval(timer))
    }
    const never = { allowPrivate: true, resolve: () => new Promise<string[]>(() => {}) }
    const silent = await listening(createServer(keep))
    const headers = await listening(createServer(drip('HTTP/1.1 200 OK\r\n', 'x-a: b\r\n')))
    const body = await listening(createServer(drip('HTTP/1.1 200 OK\r\ncontent-length: 9999\r\n\r\n', 'x')))
    const began = performance.now()
    const calls = [
      calling.request(`http://push.example.org:${silent}/`, what),
      calling.request(`https://push.example.org:${silent}/`, what),
      calling.request(`http://push.example.org:${headers}/`, what),
      calling.request(`http://push.example.org:${body}/`, what),
      createGuardedFetch(never).request('https://push.example.org/', what),
    ]
    const settled = await Promise.allSettled(calls)
    expect(settled.map(({ status }) => status)).toEqual(Array(5).fill('rejected'))
    expect(performance.now() - began).toBeLessThan(outgoingWithinMs + 2_000)
    await until(() => open.size === 0)
  })

  test('[O14] it ends at once when it is not wanted any more', async () => {
    const silent = await listening(createServer(() => {}))
    const ending = new AbortController()
    const call = calling.request(`http://push.example.org:${silent}/`, { ...what, signal: ending.signal })
    ending.abort()
    await expect(call).rejects.toThrow('not wanted')
  })

  test('of a larger answer the status alone is given', async () => {
    const server = Bun.serve({
      hostname: '127.0.0.1',
      port: 0,
      fetch: (request) => new Response('x'.repeat(Number(new URL(request.url).search.slice(1)))),
    })
    opened.push({ close: () => void server.stop(true) })
    const ask = (bytes: number) => calling.request(`http://push.example.org:${server.port}/?${bytes}`, what)
    expect((await ask(outgoingAnswerBytesMax)).body).toHaveLength(outgoingAnswerBytesMax)
    expect(await ask(outgoingAnswerBytesMax + 1)).toMatchObject({ status: 200, body: undefined })
    expect(await ask(50_000_000)).toMatchObject({ status: 200, body: undefined })
  })
})
