import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Account, call, signUp } from '../system/client.ts'
import { ServerProcess, temporaryFolder } from '../system/server.ts'
import { until } from '../until.ts'
import { type Browser, openPushService, type PushService } from './push-service.ts'

const folder = temporaryFolder()
let server: ServerProcess
let service: PushService
let key = ''

beforeAll(async () => {
  server = new ServerProcess(folder.path, ['--allow-private-push'])
  await server.start()
  key = (await call<{ key: string }>(server.address, 'GET', '/push/key')).body.key
  service = openPushService(() => key)
})
afterAll(async () => {
  await server.end('SIGTERM')
  await service.close()
  folder.remove()
  expect(service.wrong).toEqual([])
})

let count = 0
const person = () => signUp(server.address, `p${++count}`)
const ask = (who: Account, method: string, path: string, body?: object) =>
  call<Record<string, string>>(server.address, method, path, { token: who.token, ...(body && { body }) })
async function subscribed(who: Account, more: object = {}): Promise<Browser> {
  const browser = service.browser()
  const { endpoint, keys } = browser
  const { status } = await ask(who, 'PUT', '/push', { endpoint, keys, ...more })
  expect(status).toBe(200)
  return browser
}

test('a mention reaches the browser of who has no socket, encrypted for it and signed by the installation', async () => {
  const [ann, ben] = [await person(), await person()]
  const browser = await subscribed(ann)
  const text = `Grüße 🎉 @${ann.handle}`
  const { body } = await ask(ben, 'POST', '/send', { text })
  await until(() => service.of(browser).length > 0)
  const [push] = service.of(browser)
  expect(push).toMatchObject({ urgency: 'normal', ttl: '86400' })
  expect(push!.topic).toMatch(/^[\w-]{32}$/)
  expect(push!.payload).toEqual({
    type: 'mention',
    user: { id: ben.id, handle: ben.handle, name: ben.handle },
    message: { id: body.id!, text },
  })
})
