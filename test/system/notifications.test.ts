import { expect, test } from 'bun:test'
import { until } from '../until.ts'
import { type Account, call, signUp } from './client.ts'
import { ServerProcess, temporaryFolder } from './server.ts'

interface Page {
  readonly notifications: { type: string; user: { id: string }; message?: { id: string }; read: boolean }[]
}

const listed = async (server: ServerProcess, { token }: Account) =>
  (await call<Page>(server.address, 'GET', '/notifications', { token })).body.notifications.map(
    ({ type, message }) => `${type} ${message?.id ?? ''}`,
  )

test('[NT1] [F5] what was acknowledged before a kill -9 is told after it, once, however often the server is killed', async () => {
  const folder = temporaryFolder()
  const server = new ServerProcess(folder.path, ['--rate-limits', 'off'])
  await server.start()
  const { address } = server
  const [ann, ben, cat] = [await signUp(address, 'ann'), await signUp(address, 'ben'), await signUp(address, 'cat')]
  const send = async ({ token }: Account, body: object) =>
    (await call<{ id: string }>(address, 'POST', '/send', { token, body })).body.id
  const follow = (who: Account, whom: Account, body: object) =>
    call(address, 'PUT', `/users/${whom.id}/follow`, { token: who.token, body })
  const own = await send(ann, { text: 'mine' })
  await follow(ann, cat, { notify: true })
  // All at once, and killed when the last is answered: what waits for the next look at the log is not told yet.
  const [reply, mention, message] = await Promise.all([
    send(ben, { text: 'yes', replyTo: own }),
    send(ben, { text: 'hello @ann' }),
    send(cat, { text: 'news' }),
    send(ben, { boostOf: own }),
    follow(ben, ann, {}),
    call(address, 'PUT', `/messages/${own}/like`, { token: ben.token }),
  ])
  await server.end('SIGKILL')
  await server.start()
  const wanted = [
    'follow ',
    `boost ${own}`,
    `like ${own}`,
    `mention ${mention}`,
    `message ${message}`,
    `reply ${reply}`,
  ]
  await until(async () => (await listed(server, ann)).length === wanted.length, 10_000)
  const found = await listed(server, ann)
  expect([...found].sort()).toEqual([...wanted].sort())
  for (let i = 0; i < 2; i++) {
    await server.end('SIGKILL')
    await server.start()
    await call(server.address, 'PUT', `/messages/${own}/like`, { token: ben.token })
    // What comes later is told after all that waited.
    const later = `@ann ${i}`
    await call(server.address, 'POST', '/send', { token: cat.token, body: { text: later } })
    await until(async () => (await listed(server, ann)).length === wanted.length + i + 1, 10_000)
    expect((await listed(server, ann)).slice(i + 1)).toEqual(found)
  }
  await server.end('SIGTERM')
  folder.remove()
}, 60_000)
