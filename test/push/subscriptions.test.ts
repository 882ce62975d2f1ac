import { afterAll, beforeAll, expect, test } from 'bun:test'
import { type Account, logIn } from '../system/client.ts'
import { rookery } from '../system/server.ts'
import { until } from '../until.ts'
import { openPushApp, type PushApp } from './app.ts'
import type { Browser } from './push-service.ts'

let app: PushApp
let writer: Account
beforeAll(async () => {
  app = await openPushApp(['--rate-limits', 'off'])
  writer = await app.person()
})
afterAll(async () => {
  await app.close()
  expect(app.service.wrong).toEqual([])
})

const again = async ({ id, handle }: Account): Promise<Account> => {
  const { token } = (await logIn(app.server.address, handle)).body
  return { id, handle, token }
}

/** Which of these browsers are told when the person is mentioned; one of the witness' is told at the end. */
async function toldOf(person: Account, browsers: Browser[]): Promise<boolean[]> {
  const witness = await app.person()
  const seen = await app.subscribe(witness)
  const before = browsers.map((browser) => app.service.of(browser).length)
  await app.send(writer, `@${person.handle}`)
  await app.send(writer, `@${witness.handle}`)
  await until(() => app.service.of(seen).length > 0)
  return browsers.map((browser, i) => app.service.of(browser).length > before[i]!)
}

test('[W27] [V11] a token has one subscription: the next takes its place, DELETE ends it', async () => {
  const ann = await app.person()
  const first = await app.subscribe(ann)
  const second = await app.subscribe(ann)
  expect(await toldOf(ann, [first, second])).toEqual([false, true])
  expect((await app.ask(ann, 'DELETE', '/push')).status).toBe(204)
  expect((await app.ask(ann, 'DELETE', '/push')).status).toBe(204)
  expect(await toldOf(ann, [first, second])).toEqual([false, false])
})

test('[W27] each device has its own; logging out, here or from another one, ends it', async () => {
  const phone = await app.person()
  const [desk, tablet] = [await again(phone), await again(phone)]
  const browsers = [await app.subscribe(phone), await app.subscribe(desk), await app.subscribe(tablet)]
  expect(await toldOf(phone, browsers)).toEqual([true, true, true])
  await app.ask(desk, 'DELETE', '/sessions')
  expect(await toldOf(phone, browsers)).toEqual([true, false, true])
  const { body } = await app.ask(phone, 'GET', '/sessions')
  const { sessions } = body as unknown as { sessions: { id: string; current: boolean }[] }
  const other = sessions.find(({ current }) => !current)!
  expect((await app.ask(phone, 'DELETE', `/sessions/${other.id}`)).status).toBe(204)
  expect(await toldOf(phone, browsers)).toEqual([true, false, false])
})

test('[W27] [V12] an endpoint belongs to whoever registered it last', async () => {
  const [ann, ben] = [await app.person(), await app.person()]
  const browser = await app.subscribe(ann)
  const { endpoint, keys } = browser
  await app.ask(ben, 'PUT', '/push', { endpoint, keys })
  expect(await toldOf(ann, [browser])).toEqual([false])
  expect(await toldOf(ben, [browser])).toEqual([true])
})

test('[W27] suspension, restoring, a new password and deletion end all of an account’s', async () => {
  const data = app.server.data
  const command = async (...args: string[]) => {
    const child = rookery(['user', ...args, '--data', data])
    expect([await child.exited, await new Response(child.stderr).text()]).toEqual([0, expect.anything()])
  }
  const [ann, ben, cat] = [await app.person(), await app.person(), await app.person()]
  const browsers = [await app.subscribe(ann), await app.subscribe(ben), await app.subscribe(cat)]
  await command('suspend', ann.handle, '--reason', 'rude')
  await command('restore', ann.handle)
  await command('password', ben.handle)
  await app.ask(cat, 'DELETE', '/users/me')
  for (const person of [ann, ben]) expect(await toldOf(person, browsers)).toEqual([false, false, false])
  expect(await toldOf(cat, browsers)).toEqual([false, false, false])
})

test('[V13] of twenty-one the oldest is told no more', async () => {
  const ann = await app.person()
  const browsers: Browser[] = []
  for (let i = 0; i < 21; i++) browsers.push(await app.subscribe(await again(ann)))
  expect(await toldOf(ann, browsers)).toEqual([false, ...Array<boolean>(20).fill(true)])
})
