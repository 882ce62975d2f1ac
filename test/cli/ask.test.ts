import { Database } from 'bun:sqlite'
import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { type Account, call, signUp } from '../system/client.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'
import { oneSentence, rookeryEnds } from './process.ts'

const folder = temporaryFolder()
const data = join(folder.path, 'data')
const server = new ServerProcess(data, ['--hot-followers', '1'])
let [ann, bob, eve]: Account[] = []

beforeAll(async () => {
  await server.start()
  ;[ann, bob, eve] = [
    await signUp(server.address, 'ann'),
    await signUp(server.address, 'bob'),
    await signUp(server.address, 'eve'),
  ]
  // Two followers make Ann hot here, though what she has published so far was pushed.
  await call(server.address, 'POST', '/send', { token: ann!.token, body: { text: 'first' } })
  await call(server.address, 'PUT', `/users/${ann!.id}/follow`, { token: bob!.token })
  await call(server.address, 'PUT', `/users/${ann!.id}/follow`, { token: eve!.token })
  await call(server.address, 'PUT', `/users/${eve!.id}/follow`, { token: bob!.token })
  await call(server.address, 'GET', '/fetch', { token: bob!.token })
})
afterAll(async () => {
  await server.end('SIGKILL')
  folder.remove()
})

interface Explained {
  user: { id: string; handle: string }
  inbox: object
  followees: { handle: string; pulled: boolean; why: string }[]
  lastFetch: { messages: number } | null
}

async function askToken(handle: string): Promise<string> {
  const { status, out, errors } = await rookeryEnds('token', handle, '--data', data)
  expect([status, errors]).toEqual([0, ''])
  expect(out).toMatch(/^\S+\n$/)
  return out.trim()
}

async function explain(): Promise<Explained> {
  const { status, out, errors } = await rookeryEnds('explain', '@Bob', '--data', data, '--json', '--hot-followers', '1')
  expect([status, errors]).toEqual([0, ''])
  return JSON.parse(out) as Explained
}

function whoIsPulled({ user, followees }: Explained): unknown {
  const pulled = followees.map((f) => [f.handle, f.pulled, f.why.length > 10]).sort()
  return { handle: user.handle, pulled }
}

const expected = {
  handle: 'bob',
  pulled: [
    ['ann', true, true],
    ['eve', false, true],
  ],
}

test('while the server runs, token and explain ask it', async () => {
  const token = await askToken('Ann')
  const me = await call<{ id: string }>(server.address, 'GET', '/users/me', { token })
  expect([me.status, me.body.id]).toEqual([200, ann!.id])

  const explained = await explain()
  expect(whoIsPulled(explained)).toEqual(expected)
  expect(explained.lastFetch).toMatchObject({ messages: 1 })
  const { status, out } = await rookeryEnds('explain', 'bob', '--data', data)
  expect(status).toBe(0)
  expect(out).toContain('@ann')

  const nobody = await rookeryEnds('token', 'nobody', '--data', data)
  expect([nobody.status, nobody.out]).toEqual([1, ''])
  expect(nobody.errors).toMatch(oneSentence)
  expect(server.errors).not.toContain(token)
})

test('while none runs, they open the data folder themselves', async () => {
  expect(await server.end('SIGTERM')).toBe(0)
  const token = await askToken('bob')
  const explained = await explain()
  expect(whoIsPulled(explained)).toEqual(expected)
  expect(explained.lastFetch).toBeNull()
  const nobody = await rookeryEnds('explain', 'nobody', '--data', data)
  expect([nobody.status, oneSentence.test(nobody.errors)]).toEqual([1, true])
  const nowhere = await rookeryEnds('token', 'bob', '--data', join(folder.path, 'nowhere'))
  expect([nowhere.status, oneSentence.test(nowhere.errors)]).toEqual([1, true])

  // Several at once wait for each other.
  expect(new Set(await Promise.all(['ann', 'bob', 'eve'].map(askToken))).size).toBe(3)
  await server.start()
  const me = await call<{ handle: string }>(server.address, 'GET', '/users/me', { token })
  expect(me.body.handle).toBe('bob')
})

test('a folder without an installation stays without one', async () => {
  const empty = join(folder.path, 'empty')
  mkdirSync(empty)
  for (const args of [
    ['token', 'bob'],
    ['user', 'list'],
    ['explain', 'bob'],
  ]) {
    const { status, out, errors } = await rookeryEnds(...args, '--data', empty)
    expect([status, out, oneSentence.test(errors)]).toEqual([1, '', true])
  }
  expect(readdirSync(empty)).toEqual([])
})

test('uploads are left to the server, which knows where they are', async () => {
  const [there, uploads] = [join(folder.path, 'there'), join(folder.path, 'uploads')]
  const other = new ServerProcess(there, ['--media', uploads])
  const stored = () => [...new Bun.Glob('??/**').scanSync(uploads)]
  try {
    await other.start()
    const { token } = await signUp(other.address, 'fay')
    const form = new FormData()
    form.append('file', new File(['some bytes'], 'notes.txt'))
    const headers = { Authorization: `Bearer ${token}` }
    const sent = await fetch(`${other.address}/media`, { method: 'POST', headers, body: form })
    expect(sent.status).toBe(201)
    await other.end('SIGTERM')
    expect(stored()).toHaveLength(1)
    // Nothing has shown it for more than a day: it is to go.
    const database = new Database(join(there, 'rookery.db'))
    database.run('UPDATE media SET created_at = created_at - 2 * 86400000')
    database.close()

    expect((await rookeryEnds('token', 'fay', '--data', there)).status).toBe(0)
    expect(stored()).toHaveLength(1)
    await other.start()
    await until(() => stored().length === 0, 10_000, 'the upload is gone')
  } finally {
    await other.end('SIGKILL')
  }
})

test('doctor finds nothing bad, while a server runs and without one', async () => {
  const { status, out } = await rookeryEnds('doctor', '--data', data, '--json')
  expect(status).toBe(0)
  const { checks } = JSON.parse(out) as { checks: { name: string; state: string; says: string }[] }
  expect(checks.find((c) => c.name === 'data folder')?.says).toContain('in use')
  expect(checks.filter((c) => c.state === 'bad')).toEqual([])
  const elsewhere = await rookeryEnds('doctor', '--data', join(folder.path, 'none'))
  expect([elsewhere.status, elsewhere.out.includes('not made yet')]).toEqual([0, true])
})
