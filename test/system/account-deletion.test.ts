import { Database } from 'bun:sqlite'
import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { until } from '../until.ts'
import { type Account, call, signUp, wholeTimeline } from './client.ts'
import { ServerProcess, temporaryFolder } from './server.ts'

const messages = 1_200

test('[N9] a deletion that is killed in its midst, again and again, goes on and comes to its end; nothing of it is shown meanwhile', async () => {
  const folder = temporaryFolder()
  const server = new ServerProcess(folder.path, ['--rate-limits', 'off'])
  await server.start()
  const { address } = server
  const [ann, ben] = [await signUp(address, 'ann'), await signUp(address, 'ben')]
  const as = ({ token }: Account, method: string, path: string, body?: object) =>
    call<{ id: string; likes: number }>(address, method, path, {
      token,
      ...(body && { body }),
    })
  await as(ann, 'PUT', `/users/${ben.id}/follow`, {})
  await as(ben, 'PUT', `/users/${ann.id}/follow`, {})
  const kept = (await as(ben, 'POST', '/send', { text: 'of ben' })).body.id
  await as(ann, 'PUT', `/messages/${kept}/like`)
  for (let i = 0; i < messages; i += 100) {
    await Promise.all(Array.from({ length: 100 }, (_, j) => as(ann, 'POST', '/send', { text: `ann ${i + j}` })))
  }

  const rows = (sql: string) => {
    const db = new Database(join(folder.path, 'rookery.db'), { readonly: true })
    const [[count]] = db.query(sql).values() as [[number]]
    db.close()
    return count
  }
  const left = () => rows(`SELECT count(*) FROM messages WHERE author = ${ann.id}`)
  expect(left()).toBe(messages)
  expect((await as(ann, 'DELETE', '/users/me')).status).toBe(204)
  for (const below of [messages - 50, messages - 500, messages - 800]) {
    await until(() => left() < below, 20_000)
    await server.end('SIGKILL')
    expect(left()).toBeGreaterThan(0)
    await server.start()
    expect((await as(ben, 'GET', `/users/${ann.id}`)).status).toBe(404)
    expect((await wholeTimeline(address, ben)).map(({ text }) => text)).toEqual(['of ben'])
    expect((await as(ann, 'GET', '/users/me')).status).toBe(401)
  }
  // Its handle is anybody's once nothing of it is left.
  const again = { handle: 'ann', password: 'password of another' }
  await until(async () => (await call(address, 'POST', '/users', { body: again })).status === 201, 60_000)
  expect(left()).toBe(0)
  expect(rows(`SELECT count(*) FROM likes WHERE user = ${ann.id}`)).toBe(0)
  expect(rows(`SELECT followers + following FROM users WHERE id = ${ben.id}`)).toBe(0)
  expect((await as(ben, 'GET', `/messages/${kept}`)).body.likes).toBe(0)
  await server.end('SIGTERM')
  folder.remove()
}, 120_000)
