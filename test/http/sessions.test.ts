import { afterAll, beforeAll, expect, test } from 'bun:test'
import { openServer, type Person, type TestServer } from './harness.ts'

let server: TestServer
let ann: Person
beforeAll(async () => {
  server = openServer()
  ann = await server.person('ann')
})
afterAll(async () => {
  expect(server.mistakes).toEqual([])
  await server.close()
})

interface Session {
  id: string
  createdAt: string
  name?: string
  current: boolean
}

const phone = 'Mozilla/5.0 (Android 15; Mobile; rv:140.0) Gecko/140.0 Firefox/140.0'

async function logIn({ handle }: Person, userAgent: string): Promise<string> {
  const json = { handle, password: `password of ${handle}` }
  const got = await server.ask('POST', '/sessions', { json, headers: { 'user-agent': userAgent } })
  return got.body.token as string
}

async function sessionsOf(token: string): Promise<Session[]> {
  const got = await server.ask('GET', '/sessions', { token })
  expect(got.status).toBe(200)
  return got.body.sessions as Session[]
}

test('[HU6] one’s own sessions are listed, the newest first, by their devices and without their tokens', async () => {
  server.pass(1_000)
  const token = await logIn(ann, phone)
  const sessions = await sessionsOf(token)
  expect(sessions).toMatchObject([
    { name: 'Firefox · Android', current: true },
    { name: expect.stringMatching(/^Bun/), current: false },
  ])
  expect(sessions[0]!.createdAt > sessions[1]!.createdAt).toBeTrue()
  expect((await sessionsOf(ann.token)).map(({ id, current }) => [id, current])).toEqual(
    sessions.map(({ id, current }) => [id, !current]),
  )
  for (const secret of [token, ann.token]) expect(JSON.stringify(sessions)).not.toContain(secret)
})

test('[HU6] one of them is ended from another, and others’ are not there', async () => {
  const [ben, eve] = [await server.person('ben'), await server.person('eve')]
  const [lost, kept] = [await logIn(ben, phone), await logIn(ben, 'curl/8.5.0')]
  const found = (await sessionsOf(kept)).find(({ name }) => name === 'Firefox · Android')!
  const path = `/sessions/${found.id}`
  const missing = await server.ask('DELETE', path, { token: eve.token })
  expect([missing.status, missing.body.code]).toEqual([404, 'no_such_session'])
  expect((await server.ask('GET', '/users/me', { token: lost })).status).toBe(200)
  expect((await server.ask('DELETE', path, { token: kept })).status).toBe(204)
  expect((await server.ask('GET', '/users/me', { token: lost })).status).toBe(401)
  expect((await server.ask('DELETE', path, { token: kept })).status).toBe(404)
  expect(await sessionsOf(kept)).toHaveLength(2)
})

test('[HU6] the session that asks may end itself', async () => {
  const token = await logIn(ann, phone)
  const { id } = (await sessionsOf(token)).find(({ current }) => current)!
  expect((await server.ask('DELETE', `/sessions/${id}`, { token })).status).toBe(204)
  expect((await server.ask('GET', '/sessions', { token })).status).toBe(401)
})
