import { afterAll, beforeAll, expect, test } from 'bun:test'
import { png } from '../media/samples.ts'
import { hostSecret, inSeconds, signed } from '../signed.ts'
import { call } from '../system/client.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'

const folder = temporaryFolder()
const env = { ROOKERY_JWT_SECRET: hostSecret }
const server = new ServerProcess(folder.path, ['--allow-private-push'], env)
const asked: string[] = []
const host = Bun.serve({
  hostname: '127.0.0.1',
  port: 0,
  fetch(request) {
    const { pathname } = new URL(request.url)
    asked.push(pathname)
    if (pathname === '/elsewhere') return Response.redirect(new URL('/one', request.url).href)
    if (pathname === '/large') return new Response(new Uint8Array(6 * 1024 * 1024))
    if (pathname === '/text') return new Response('no picture')
    return new Response(new Uint8Array(png(64, pathname === '/two' ? 32 : 64)))
  },
})
beforeAll(() => server.start())
afterAll(async () => {
  await server.end('SIGTERM')
  await host.stop(true)
  folder.remove()
})

let issued = 0
const token = (sub: string, path: string) =>
  signed({ sub, exp: inSeconds(600), iat: inSeconds(++issued - 60), picture: `http://127.0.0.1:${host.port}${path}` })
const avatarOf = async (bearer: string) => {
  const { status, body } = await call<{ avatar?: string }>(server.address, 'GET', '/users/me', { token: bearer })
  expect(status).toBe(200)
  return body.avatar
}

test('a picture that a host names is taken over once, in the background, and another one after it', async () => {
  const first = await token('anna', '/one')
  // The first answer waits for nothing.
  expect(await avatarOf(first)).toBeUndefined()
  await until(async () => (await avatarOf(first)) !== undefined)
  const avatar = (await avatarOf(first))!
  const picture = await fetch(`${server.address}${avatar}`)
  expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/webp'])
  await avatarOf(await token('anna', '/one'))
  await avatarOf(await token('anna', '/two'))
  await until(async () => (await avatarOf(first)) !== avatar)
  expect(asked).toEqual(['/one', '/two'])
  // An older token changes nothing any more.
  await avatarOf(first)
  expect(asked).toEqual(['/one', '/two'])
})

test('what is no picture, too large, or elsewhere is not taken over, and the account is good all the same', async () => {
  for (const path of ['/text', '/large', '/elsewhere']) {
    const bearer = await token(`user of ${path}`, path)
    await avatarOf(bearer)
    await until(() => asked.includes(path))
    await until(
      () => server.errors.split('could not be taken over').length > ['/text', '/large', '/elsewhere'].indexOf(path) + 1,
    )
    expect(await avatarOf(bearer)).toBeUndefined()
  }
})
