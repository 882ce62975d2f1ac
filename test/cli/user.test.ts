import { afterAll, beforeAll, expect, test } from 'bun:test'
import { join } from 'node:path'
import { type Account, call } from '../system/client.ts'
import { rookery, ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'
import { ending, oneSentence, rookeryEnds } from './process.ts'

const folder = temporaryFolder()
const data = join(folder.path, 'data')
const server = new ServerProcess(data, ['--registration', 'invite'])
let ann: Account
let bob: Account

const user = (...args: string[]) => rookeryEnds('user', ...args, '--data', data)

/** What the command says, which must end well. */
async function says(...args: string[]): Promise<string> {
  const { status, out, errors } = await user(...args)
  expect([status, errors]).toEqual([0, ''])
  return out.trimEnd()
}
const json = async (...args: string[]) => JSON.parse(await says(...args, '--json')) as Record<string, unknown>

const as = ({ token }: Account, method: string, path: string, body?: unknown) =>
  call<Record<string, unknown>>(server.address, method, path, { token, body })

async function joins(handle: string): Promise<Account> {
  const invite = await says('invite')
  const { status, body } = await call<{ user: { id: string }; token: string }>(server.address, 'POST', '/users', {
    body: { handle, password: 'long enough', invite },
  })
  expect(status).toBe(201)
  return { id: body.user.id, handle, token: body.token } as Account
}

beforeAll(async () => {
  await server.start()
  ann = await joins('ann')
  bob = await joins('bob')
}, 60_000)
afterAll(async () => {
  await server.end('SIGKILL')
  folder.remove()
})

test('the first admin is made on the machine itself, while it serves', async () => {
  expect((await as(ann, 'GET', '/users/me')).body.role).toBe('user')
  expect(await says('role', '@Ann', 'admin')).toBe('@ann is now admin')
  expect((await as(ann, 'GET', '/users/me')).body.role).toBe('admin')
  expect((await as(ann, 'GET', '/reports')).status).toBe(200)
})

test('list and show', async () => {
  const lines = (await says('list', '--json')).split('\n').map((line) => JSON.parse(line))
  expect(lines.map(({ handle, role }) => [handle, role])).toEqual([
    ['ann', 'admin'],
    ['bob', 'user'],
  ])
  expect(await says('list', '--role', 'admin')).toMatch(/^@ann +\d+ {2}admin {2}ann$/)
  expect(await json('show', 'bob')).toMatchObject({ id: bob.id, handle: 'bob', followers: 0, messages: 0 })
})

test('suspend and restore', async () => {
  expect(await says('suspend', 'bob', '--reason', 'testing')).toBe('@bob is suspended')
  expect((await as(bob, 'GET', '/users/me')).status).toBe(401)
  expect((await as(ann, 'GET', '/users/@bob')).status).toBe(404)
  expect(await says('list', '--suspended')).toContain('@bob')
  expect(await json('show', 'bob')).toHaveProperty('suspendedAt')
  expect(await says('restore', 'bob')).toBe('@bob is restored')
  expect((await as(ann, 'GET', '/users/@bob')).status).toBe(200)
})

test('a new password ends all sessions', async () => {
  const logIn = (password: string) =>
    call<{ token: string }>(server.address, 'POST', '/sessions', { body: { handle: 'bob', password } })
  const first = await logIn('long enough')
  const made = await says('password', 'bob')
  expect(made).toMatch(/^\S{16}$/)
  expect((await as({ ...bob, token: first.body.token }, 'GET', '/users/me')).status).toBe(401)
  expect((await logIn('long enough')).status).toBe(401)
  expect((await logIn(made)).status).toBe(201)
  const child = rookery(['user', 'password', 'bob', '--stdin', '--data', data], { stdin: new Blob(['of my own\n']) })
  expect(await ending(child)).toMatchObject({ status: 0, out: '@bob has the new password\n', errors: '' })
  expect((await logIn('of my own')).status).toBe(201)
})

test('delete wants --yes', async () => {
  const eve = await joins('eve')
  expect((await user('delete', 'eve')).status).toBe(2)
  expect((await as(eve, 'GET', '/users/me')).status).toBe(200)
  expect(await says('delete', 'eve', '--yes')).toBe('@eve is deleted')
  expect((await as(eve, 'GET', '/users/me')).status).toBe(401)
  await until(async () => (await user('show', 'eve')).status === 1)
})

test('what is wrong is one sentence', async () => {
  for (const [status, ...args] of [
    [1, 'show', 'nobody'],
    [1, 'restore', 'ann'],
    [1, 'suspend', 'bob', '--reason', 'spam '.repeat(300)],
    [1, 'suspend', 'bob', '--reason', '\u001b[31mspam'],
    [2, 'role', 'ann', 'king'],
    [2, 'role', 'ann'],
    [2, 'promote', 'ann'],
    [2],
    [2, 'show', 'ann', '--what'],
  ] as const) {
    const ended = await user(...args)
    expect([args, ended.status, ended.out]).toEqual([args, status, ''])
    expect(ended.errors).toMatch(oneSentence)
  }
  for (const name of ['list', 'show', 'role', 'suspend', 'restore', 'delete', 'password', 'invite', 'log']) {
    const { status, out } = await rookeryEnds('user', name, '--help')
    expect([status, out.startsWith(`Usage: rookery user ${name}`)]).toEqual([0, true])
  }
  expect((await rookeryEnds('user', '--help')).out).toContain('user role HANDLE ROLE')
})

test('all of it stands in the audit log, which a stopped server’s folder tells too', async () => {
  const acts = ['delete_account', 'invite', 'password', 'password', 'restore', 'suspend', 'role', 'invite', 'invite']
  const read = async () => (await says('log', '--json')).split('\n').map((line) => JSON.parse(line))
  const before = await read()
  expect(before.map(({ act }) => act)).toEqual(acts)
  expect(before[5]).toMatchObject({ user: { id: bob.id, handle: 'bob' }, note: 'testing' })
  expect(before[5]).not.toHaveProperty('actor')
  expect(await server.end('SIGTERM')).toBe(0)
  expect(await read()).toEqual(before)
  expect(await says('role', 'ann', 'user')).toBe('@ann is now user')
  expect(await says('log')).toMatch(/^\S+Z {2}the shell {2}role {2}@ann {2}user\n/)
  expect(await json('show', 'ann')).toMatchObject({ role: 'user' })
})

test('whoever reads no further than they need, as `head` does, is shown no error', async () => {
  const main = join(import.meta.dir, '..', '..', 'src', 'main.ts')
  const piped = ['sh', '-c', '"$0" "$@" | true', process.execPath, main, 'user', 'list', '--data', data]
  const child = Bun.spawn(piped, { stdin: 'ignore', stdout: 'ignore', stderr: 'pipe' })
  expect([await new Response(child.stderr).text(), await child.exited]).toEqual(['', 0])
})
