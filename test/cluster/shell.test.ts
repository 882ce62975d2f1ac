import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { oneSentence, rookeryEnds } from '../cli/process.ts'
import { type Account, call, signUp } from '../system/client.ts'
import { type ServerProcess, temporaryFolder } from '../system/server.ts'
import { Installation } from './processes.ts'

const installation = new Installation()
let server: ServerProcess
let ann: Account

beforeAll(async () => {
  server = await installation.start()
  ann = await signUp(server.address, 'ann')
  const bob = await signUp(server.address, 'bob')
  await call(server.address, 'PUT', `/users/${bob.id}/follow`, { token: ann.token })
  await call(server.address, 'GET', '/fetch', { token: ann.token })
}, 120_000)
afterAll(() => installation.remove(), 60_000)

const shell = async (...args: string[]) => rookeryEnds(...args, ...(await installation.options()))

test('rookery token: a new token beside servers that run', async () => {
  const { status, out, errors } = await shell('token', '@Ann', '--json')
  expect([status, errors]).toEqual([0, ''])
  const { token } = JSON.parse(out)
  const { body } = await call<{ id: string }>(server.address, 'GET', '/users/me', { token })
  expect(body.id).toBe(ann.id)
})

test('rookery explain: the inbox, and which followees are pulled', async () => {
  const { status, out, errors } = await shell('explain', 'ann', '--json')
  expect([status, errors]).toEqual([0, ''])
  expect(JSON.parse(out)).toMatchObject({
    user: { id: ann.id, handle: 'ann' },
    inbox: { state: 'ready' },
    followees: [{ handle: 'bob', pulled: false }],
  })
})

test('rookery doctor: the engines and their settings', async () => {
  const { status, out } = await shell('doctor', '--json')
  const { checks } = JSON.parse(out) as { checks: { name: string; state: string; says: string }[] }
  const of = (name: string) => checks.filter((check) => check.name === name)
  expect([status, of('fan-out').map(({ state }) => state)]).toEqual([0, ['ok']])
  const [first] = of('engines')
  expect(first?.state).toBe('ok')
  expect(first?.says).toContain(installation.keyspace)
  // What a server says in its log at the start.
  expect(of('engines').some(({ says }) => says.includes('--replication 1'))).toBe(true)

  const unseen = await rookeryEnds('doctor', ...(await installation.options()), '--nats-monitor', '127.0.0.1:1')
  expect(unseen.status).toBe(1)
  expect(unseen.out).toMatch(/^bad +engines: .*--nats-monitor/m)
})

test('a keyspace without an installation is refused, and none is begun there', async () => {
  const elsewhere = new Installation()
  for (const command of [['token', 'ann'], ['explain', 'ann'], ['doctor']]) {
    const ended = await rookeryEnds(...command, ...(await elsewhere.options()))
    expect([command, ended.status]).toEqual([command, 1])
    expect(ended.out + ended.errors).toContain(`There is no installation in the keyspace ${elsewhere.keyspace}`)
  }
  await elsewhere.remove()
})

test('who is not there, or suspended, is one sentence', async () => {
  await signUp(server.address, 'eve')
  expect((await shell('user', 'suspend', 'eve', '--reason', 'spam')).status).toBe(0)
  for (const command of [
    ['token', 'nobody'],
    ['token', 'eve'],
    ['explain', 'eve'],
  ]) {
    const ended = await shell(...command)
    expect([command, ended.status, ended.out]).toEqual([command, 1, ''])
    expect(ended.errors).toMatch(oneSentence)
  }
}, 60_000)

interface Person {
  readonly id: string
  readonly messages: number
}

test('rookery load fills a keyspace, which then serves', async () => {
  const loaded = new Installation()
  const folder = temporaryFolder()
  const tokens = join(folder.path, 'tokens')
  try {
    const graph = 'synthetic:users=60,mean=8,max=30'
    const given = await loaded.options()
    const { status, out } = await rookeryEnds(
      'load',
      graph,
      '--messages',
      '200',
      '--tokens',
      tokens,
      '--json',
      ...given,
    )
    expect(status).toBe(0)
    const { largest } = JSON.parse(out)
    const people = readFileSync(tokens, 'utf8').trimEnd().split('\n')
    expect(people.length).toBe(60)
    const gateway = await loaded.start()
    const [, id, handle, token = ''] = people[0]!.split('\t')
    const me = await call<{ id: string; handle: string }>(gateway.address, 'GET', '/users/me', { token })
    expect(me.body).toMatchObject({ id, handle })
    const head = await call<{ followers: number }>(gateway.address, 'GET', `/users/${largest.id}`, { token })
    expect(head.body.followers).toBe(30)
    const followees = await call<{ users: Person[] }>(gateway.address, 'GET', `/users/${id}/following`, { token })
    const wrote = (await Promise.all([id!, ...followees.body.users.map((user) => user.id)].map(messagesOf))).reduce(
      (sum, messages) => sum + messages,
    )
    const page = await call<{ messages: unknown[] }>(gateway.address, 'GET', '/fetch?length=100', { token })
    expect(page.body.messages.length).toBe(Math.min(wrote, 100))
    expect(wrote).toBeGreaterThan(0)

    async function messagesOf(user: string): Promise<number> {
      return (await call<Person>(gateway.address, 'GET', `/users/${user}`, { token })).body.messages
    }
  } finally {
    await loaded.remove()
    folder.remove()
  }
}, 240_000)
