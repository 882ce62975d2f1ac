import { afterEach, beforeEach, describe, expect, test } from 'bun:test'
import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { rookery, ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'
import { oneSentence, rookeryEnds } from './process.ts'

let folder: ReturnType<typeof temporaryFolder>
let data: string
let servers: ServerProcess[]

beforeEach(() => {
  folder = temporaryFolder()
  data = join(folder.path, 'data')
  servers = []
})
afterEach(async () => {
  for (const server of servers) await server.end('SIGKILL')
  folder.remove()
})

async function serve(...args: string[]): Promise<ServerProcess> {
  const server = new ServerProcess(data, args)
  servers.push(server)
  await server.start()
  return server
}

describe('serve', () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    test(`prints one line, logs JSON to standard error, and exits 0 on ${signal}`, async () => {
      const child = rookery(['serve', '--data', data, '--port', '0'])
      const out = child.stdout as ReadableStream<Uint8Array>
      let said = ''
      for await (const chunk of out) {
        said += new TextDecoder().decode(chunk)
        if (!said.includes('\n')) continue
        const port = /^listening on http:\/\/127\.0\.0\.1:(\d+)\n$/.exec(said)?.[1]
        expect((await fetch(`http://127.0.0.1:${port}/readyz`)).status).toBe(200)
        child.kill(signal)
      }
      const errors = await new Response(child.stderr as ReadableStream).text()
      expect(await child.exited).toBe(0)
      expect(said).toMatch(/^listening on http:\/\/127\.0\.0\.1:\d+\n$/)
      for (const line of errors.trimEnd().split('\n').filter(Boolean)) expect(JSON.parse(line)).toHaveProperty('msg')
    })
  }

  test('drains within 10 s although a socket stays open, and the folder serves again', async () => {
    const server = await serve()
    const answer = await fetch(`${server.address}/users`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: '{"handle":"ann","password":"correct horse"}',
    })
    const { token } = (await answer.json()) as { token: string }
    const events: string[] = []
    let closed = 0
    const socket = new WebSocket(`${server.address.replace('http', 'ws')}/socket`)
    socket.onopen = () => socket.send(JSON.stringify({ op: 'hello', token }))
    socket.onmessage = ({ data: frame }) => events.push((JSON.parse(String(frame)) as { event: string }).event)
    socket.onclose = ({ code }) => {
      closed = code
    }
    await until(() => events.includes('ready'))
    const began = performance.now()
    expect(await server.end('SIGTERM')).toBe(0)
    expect(performance.now() - began).toBeLessThan(10_000)
    await until(() => closed !== 0)
    expect(events).toContain('moving')
    expect(closed).toBe(4503)
    expect(server.errors).not.toContain(token)
    expect(server.errors).not.toContain('correct horse')

    await server.start()
    const me = await fetch(`${server.address}/users/me`, { headers: { Authorization: `Bearer ${token}` } })
    expect(me.status).toBe(200)
  })

  test('a taken port is one sentence and status 1', async () => {
    const server = await serve()
    const port = new URL(server.address).port
    const ended = await rookeryEnds('serve', '--data', join(folder.path, 'other'), '--port', port)
    expect([ended.status, ended.out]).toEqual([1, ''])
    expect(ended.errors).toMatch(oneSentence)
    expect(ended.errors).toContain(port)
  })

  test('a data folder in use is one sentence and status 1, and hurts nobody', async () => {
    const server = await serve()
    const ended = await rookeryEnds('serve', '--data', data, '--port', '0')
    expect([ended.status, ended.out]).toEqual([1, ''])
    expect(ended.errors).toMatch(oneSentence)
    expect((await fetch(`${server.address}/readyz`)).status).toBe(200)
  })

  test('a file in place of the data folder is one sentence and status 1', async () => {
    writeFileSync(data, 'not a folder')
    const ended = await rookeryEnds('serve', '--data', data, '--port', '0')
    expect(ended.status).toBe(1)
    expect(ended.errors).toMatch(oneSentence)
  })

  test('the memory engine serves, and says that it keeps nothing', async () => {
    const server = await serve('--engine', 'memory')
    expect((await fetch(`${server.address}/readyz`)).status).toBe(200)
    expect(server.errors).toContain('keeps nothing')
  })
})

test('npm start passes options on, and SIGTERM to npm reaches the server', async () => {
  const child = Bun.spawn(['npm', 'start', '--silent', '--', '--port', '0', '--data', data], {
    cwd: resolve(import.meta.dir, '../..'),
    stdin: 'ignore',
    stdout: 'pipe',
    stderr: 'ignore',
  })
  let said = ''
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk)
    if (said.includes('\n')) child.kill('SIGTERM')
  }
  // The stream ends when the last process that holds it has gone: no server is left behind.
  await child.exited
  const address = /^listening on (\S+)\n$/.exec(said)?.[1]
  expect(address).toBeDefined()
  await expect(fetch(`${address}/healthz`)).rejects.toThrow()
})

describe('wrong usage is one sentence and status 2', () => {
  for (const args of [
    [],
    ['dance'],
    ['plan', 'everything'],
    ['backup'],
    ['restore', 'somewhere', '--engine', 'memory'],
    ['serve', '--port', 'eighty'],
    ['serve', '--roles', 'gateway'],
    ['serve', '--engine', 'cluster', '--redis', 'http://127.0.0.1'],
    ['serve', '--keep', '6d'],
    ['serve', '--keep', '200GiB', '--engine', 'memory'],
    ['serve', '--media', 's3://'],
    ['serve', '--media', 'http://127.0.0.1/uploads'],
    ['serve', '--public-url', 'https://example.org/?from=here'],
    ['serve', 'twice'],
    ['token'],
    ['bench', 'nothing-of-that-name'],
  ]) {
    test(`rookery ${args.join(' ')}`, async () => {
      const ended = await rookeryEnds(...args)
      expect([ended.status, ended.out]).toEqual([2, ''])
      expect(ended.errors).toMatch(oneSentence)
    })
  }
})

test('the sentence is about what was given, and about nothing else', async () => {
  const { errors } = await rookeryEnds('serve', '--port', 'eighty')
  expect(errors).toStartWith('rookery: --port ')
})

test('--help and --version answer with status 0', async () => {
  const help = await rookeryEnds('--help')
  expect(help.status).toBe(0)
  const commands = ['serve', 'load', 'token', 'explain', 'backup', 'restore', 'bench', 'sim', 'doctor']
  for (const command of commands) expect(help.out).toContain(`  ${command} `)
  expect(await rookeryEnds('--version')).toMatchObject({
    status: 0,
    out: expect.stringMatching(/^rookery \d+\.\d+\.\d+\n$/),
  })
  for (const command of commands) {
    const { status, out } = await rookeryEnds(command, '--help')
    expect([command, status, out.startsWith(`Usage: rookery ${command}`)]).toEqual([command, 0, true])
  }
})
