import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { exportPageRows } from '../../src/core/limits.ts'
import { until } from '../until.ts'
import { openServer, type Person, type TestServer } from './harness.ts'

let server: TestServer
let ann: Person
let bob: Person
beforeAll(async () => {
  server = openServer()
  ;[ann, bob] = [await server.person('ann'), await server.person('bob')]
})
afterAll(async () => {
  expect(server.mistakes).toEqual([])
  await server.close()
})

describe('export', () => {
  interface Line {
    kind: string
    text?: string
    message?: string
    lines?: number
    user?: { handle: string }
  }
  const linesOf = (text: string) =>
    text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line)

  test('is everything of one’s own, a line each, and an end', async () => {
    const [eva, pal, foe] = [await server.person('eva'), await server.person('pal'), await server.person('foe')]
    await server.ask('PUT', `/users/${pal.id}/follow`, { token: eva.token })
    await server.ask('PUT', `/users/${eva.id}/follow`, { token: pal.token })
    await server.ask('PUT', `/users/${foe.id}/block`, { token: eva.token })
    await server.ask('PUT', `/users/${bob.id}/mute`, { token: eva.token })
    await server.ask('PUT', `/users/${eva.id}/block`, { token: ann.token })
    const liked = await server.send(pal, 'liked')
    await server.ask('PUT', `/messages/${liked}/like`, { token: eva.token })
    const written = exportPageRows + 3
    for (let i = 0; i < written; i++) await server.send(eva, `line ${i}\n“quoted”`)
    const got = await server.ask('GET', '/users/me/export', { token: eva.token })
    expect(got.status).toBe(200)
    expect(got.headers.get('content-type')).toBe('application/x-ndjson')
    expect(got.headers.get('content-disposition')).toStartWith('attachment; filename=')
    const lines = linesOf(got.text)
    const of = (kind: string) => lines.filter((line) => line.kind === kind)
    expect(of('profile').map(({ user }) => user!.handle)).toEqual(['eva'])
    expect(of('session')).toMatchObject([{ name: expect.stringMatching(/^Bun/) }])
    expect(of('follow').map(({ user }) => user!.handle)).toEqual(['pal'])
    expect(of('follower').map(({ user }) => user!.handle)).toEqual(['pal'])
    expect(of('block').map(({ user }) => user!.handle)).toEqual(['foe'])
    expect(of('mute').map(({ user }) => user!.handle)).toEqual(['bob'])
    expect(of('like').map(({ message }) => message)).toEqual([liked])
    expect(of('message').map(({ text }) => text)).toEqual(
      Array.from({ length: written }, (_, i) => `line ${i}\n“quoted”`).toReversed(),
    )
    expect(lines.at(-1)).toEqual({ kind: 'end', lines: lines.length - 1 })
    expect(got.text).not.toContain(eva.token)
  })

  test('is read no faster than it is taken, and no further once nobody takes it', async () => {
    const ida = await server.person('ida')
    const text = 'x'.repeat(10_000)
    const pages = 60
    const record = (await server.engine.messages.many([Number(await server.send(ida, text))]))[0]!
    let read = 0
    let ended = false
    const slow = openServer({
      needs: (needs) => ({
        ...needs,
        auth: { ...needs.auth, userOf: async () => 1 },
        async *exportOf() {
          try {
            for (; read < pages; read++) yield `${record.body.repeat(exportPageRows)}\n`
          } finally {
            ended = true
          }
        },
      }),
    })
    const response = await fetch(`${slow.url}/users/me/export`, { headers: { authorization: `Bearer ${ida.token}` } })
    const reader = response.body!.getReader()
    await reader.read()
    // What fits in the buffers of both sockets is read ahead; 60 MB do not.
    let before = -1
    await until(() => {
      const still = read === before
      before = read
      return still && read > 0
    }, 10_000)
    expect(read).toBeLessThan(pages / 2)
    await reader.cancel()
    await until(() => ended, 10_000)
    expect(read).toBeLessThan(pages)
    await slow.close()
  })

  test('that cannot be read on is cut off, and logged', async () => {
    const broken = openServer({
      needs: (needs) => ({
        ...needs,
        auth: { ...needs.auth, userOf: async () => 1 },
        async *exportOf() {
          yield 'x'.repeat(100_000)
          throw new Error('no further')
        },
      }),
    })
    const headers = { authorization: `Bearer ${ann.token}` }
    const whole = fetch(`${broken.url}/users/me/export`, { headers }).then((response) => response.text())
    await expect(whole).rejects.toThrow()
    await until(() => broken.mistakes.length > 0)
    expect(broken.mistakes[0]).toContain('broken off')
    await broken.close()
  })
})
