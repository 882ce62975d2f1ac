import { afterAll, beforeAll, expect, test } from 'bun:test'
import { accountSettleMs } from '../../src/core/limits.ts'
import { messageBody } from '../../src/core/message.ts'
import { until } from '../until.ts'
import { openServer, type Person, type TestServer } from './harness.ts'

let server: TestServer
beforeAll(() => {
  server = openServer()
})
afterAll(async () => {
  expect(server.mistakes).toEqual([])
  await server.close()
})

const as = ({ token }: Person, method: string, path: string, json?: unknown) =>
  server.ask(method, path, { token, ...(json !== undefined && { json }) })
const texts = async (person: Person, query = '') =>
  ((await as(person, 'GET', `/fetch${query}`)).body.messages as { text: string }[]).map(({ text }) => text)
const code = async (person: Person, method: string, path: string) => (await as(person, method, path)).body.code

test('an account that is deleted is gone for all at once, and then all it owns', async () => {
  const [ada, ben, cy] = [await server.person('ada'), await server.person('ben'), await server.person('cy')]
  for (const [one, other] of [
    [ben, ada],
    [cy, ada],
    [ada, cy],
    [ben, cy],
  ] as const) {
    await as(one, 'PUT', `/users/${other.id}/follow`)
  }
  const ids: string[] = []
  for (let i = 0; i < 50; i++) ids.push(await server.send(ada, `ada ${i}`))
  const kept = await server.send(cy, 'of cy')
  await as(ada, 'PUT', `/messages/${kept}/like`)
  await as(ben, 'PUT', `/messages/${ids[0]}/like`)
  await as(ada, 'PUT', `/users/${ben.id}/block`)
  await as(ada, 'DELETE', `/users/${ben.id}/block`)
  await as(ben, 'PUT', `/users/${ada.id}/follow`)
  await as(ada, 'PUT', `/users/${cy.id}/mute`)
  await server.settled()
  expect(await texts(ben, '?length=2')).toEqual(['of cy', 'ada 49'])
  const { cursor } = (await as(cy, 'GET', '/fetch')).body
  await server.send(ada, 'the last')

  expect((await as(ada, 'DELETE', '/users/me')).status).toBe(204)
  // At once, whatever is left of it.
  expect((await as(ada, 'GET', '/users/me')).status).toBe(401)
  expect((await as(ada, 'DELETE', '/users/me')).status).toBe(401)
  const logIn = { handle: 'ada', password: 'password of ada' }
  expect((await server.ask('POST', '/sessions', { json: logIn })).body.code).toBe('unauthorized')
  expect((await server.ask('POST', '/users', { json: logIn })).body.code).toBe('handle_taken')
  for (const [method, path, expected] of [
    ['GET', `/users/${ada.id}`, 'no_such_user'],
    ['GET', '/users/@ada', 'no_such_user'],
    ['GET', `/users/${ada.id}/messages`, 'no_such_user'],
    ['GET', `/users/${ada.id}/followers`, 'no_such_user'],
    ['PUT', `/users/${ada.id}/follow`, 'no_such_user'],
    ['PUT', `/users/${ada.id}/mute`, 'no_such_user'],
    ['PUT', `/users/${ada.id}/block`, 'no_such_user'],
    ['GET', `/messages/${ids[0]}`, 'no_such_message'],
    ['GET', `/messages/${ids[49]}/likes`, 'no_such_message'],
    ['PUT', `/messages/${ids[0]}/like`, 'no_such_message'],
  ] as const) {
    expect([method, path, await code(ben, method, path)]).toEqual([method, path, expected])
  }
  expect(await texts(ben)).toEqual(['of cy'])
  expect(await texts(cy, `?since=${cursor}`)).toEqual([])
  expect((await as(ben, 'GET', '/users?query=ada')).body.users).toEqual([])
  expect((await as(ben, 'GET', `/users/${cy.id}/followers`)).body.users).toMatchObject([{ handle: 'ben' }])

  const { messages, graph, likes, withdrawn, users } = server.engine
  const left = async () => (await messages.outbox(Number(ada.id), Number.MAX_SAFE_INTEGER, 100)).length
  await until(async () => (await left()) === 0)
  await until(async () => (await likes.likedBy(Number(ada.id), undefined, 10)).messages.length === 0)
  await until(async () => (await graph.followerCount(Number(ada.id))) === 0)
  expect(await graph.followingCount(Number(ada.id))).toBe(0)
  expect(await graph.followingCount(Number(ben.id))).toBe(1)
  expect((await as(cy, 'GET', `/messages/${kept}`)).body.likes).toBe(0)
  // What one followed is told, to those who look again.
  const { body } = await as(cy, 'GET', `/fetch?since=${cursor}`)
  expect(body.messages).toEqual([])

  // The handle is kept until nothing of before can come any more.
  expect((await users.many([Number(ada.id)]))[0]).toBeDefined()
  server.pass(accountSettleMs)
  await until(async () => (await withdrawn.all()).length === 0)
  expect((await users.many([Number(ada.id)]))[0]).toBeUndefined()
  expect((await as(ada, 'GET', '/users/me')).status).toBe(401)
  const again = await server.person('ada')
  expect(again.id).not.toBe(ada.id)
  expect((await as(ben, 'GET', '/users/@ada')).body.id).toBe(again.id)
})

test('a message that lands after the deletion goes with the account', async () => {
  const [dan, eve] = [await server.person('dan'), await server.person('eve')]
  await as(eve, 'PUT', `/users/${dan.id}/follow`)
  await as(dan, 'DELETE', '/users/me')
  // As a publish does that was under way.
  const id = await server.engine.messages.tips(Number(dan.id)).then(() => Number(dan.id) + 4_096)
  await server.engine.messages.store({
    id,
    author: Number(dan.id),
    mode: 'pushed',
    prev: [],
    crossed: false,
    body: messageBody(id, 'too late'),
  })
  expect(await code(eve, 'GET', `/messages/${id}`)).toBe('no_such_message')
  server.pass(accountSettleMs)
  await until(async () => (await server.engine.withdrawn.all()).length === 0)
  expect(await server.engine.messages.many([id])).toEqual([undefined])
})
