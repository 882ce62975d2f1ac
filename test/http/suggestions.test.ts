import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openServer, type Person, type TestServer } from './harness.ts'

let server: TestServer
beforeAll(() => {
  server = openServer()
})
afterAll(async () => {
  expect(server.mistakes).toEqual([])
  await server.close()
})

const as = ({ token }: Person, method: string, path: string) => server.ask(method, path, { token })
const people = (...handles: string[]) => Promise.all(handles.map((handle) => server.person(handle)))

async function follow(one: Person, ...others: Person[]): Promise<void> {
  for (const other of others) await as(one, 'PUT', `/users/${other.id}/follow`)
}

async function suggested(person: Person, query = ''): Promise<string[]> {
  const { body } = await as(person, 'GET', `/users/me/suggestions${query}`)
  return (body.users as { handle: string }[]).map(({ handle }) => handle)
}

test('friends of friends, most shared first; not oneself, the followed, the muted, the blocked', async () => {
  const [reader, a, b, c, x, y, z, muted, blocked, blocker] = (await people(
    ...['reader', 'a', 'b', 'c', 'x', 'y', 'z', 'muted', 'blocked', 'blocker'],
  )) as [Person, Person, Person, Person, Person, Person, Person, Person, Person, Person]
  await follow(reader, a, b, c)
  for (const one of [a, b, c]) await follow(one, x, reader, muted, blocked, blocker)
  await follow(a, y, b)
  await follow(b, y, z)
  await as(reader, 'PUT', `/users/${muted.id}/mute`)
  await as(reader, 'PUT', `/users/${blocked.id}/block`)
  await as(blocker, 'PUT', `/users/${reader.id}/block`)
  expect(await suggested(reader)).toEqual(['x', 'y', 'z'])
  expect((await as(reader, 'GET', '/users/me/suggestions?length=1')).body.users).toMatchObject([
    { handle: 'x', followers: 3, you: { following: false } },
  ])
  await follow(reader, x)
  expect(await suggested(reader)).toEqual(['y', 'z'])
})

test('pages go through all of them, and only through their own', async () => {
  const [hub, fan, other] = (await people('hub', 'fan', 'other')) as [Person, Person, Person]
  const many = await people(...Array.from({ length: 25 }, (_, i) => `many${i}`))
  await follow(fan, hub)
  await follow(hub, ...many)
  const found: string[] = []
  let path = '/users/me/suggestions?length=10'
  for (;;) {
    const { body } = await as(fan, 'GET', path)
    found.push(...(body.users as { handle: string }[]).map(({ handle }) => handle))
    if (body.next === undefined) break
    expect((await as(other, 'GET', `/users/me/suggestions?before=${body.next}`)).status).toBe(422)
    path = `/users/me/suggestions?length=10&before=${body.next}`
  }
  expect(found.toSorted()).toEqual(many.map(({ handle }) => handle).toSorted())
})

test('who has no friends of friends is told of those who follow them', async () => {
  const [lone, fan] = (await people('lone', 'lonesfan')) as [Person, Person]
  expect(await suggested(lone)).toEqual([])
  await follow(fan, lone)
  expect(await suggested(lone)).toEqual(['lonesfan'])
})
