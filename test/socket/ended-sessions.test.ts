import { afterAll, beforeAll, expect, test } from 'bun:test'
import { until } from '../until.ts'
import { Client, type Gateway, openGateway } from './harness.ts'

let gateway: Gateway
beforeAll(() => {
  gateway = openGateway()
})
afterAll(() => {
  expect(gateway.problems).toEqual([])
  gateway.close()
})

test('a session that is ended from another one is logged out, and that alone', async () => {
  const eve = await gateway.person('eve')
  const other = { ...eve, token: await gateway.accounts.issue(eve.id) }
  const [kept, ended] = [await Client.ready(gateway, eve), await Client.ready(gateway, other)]
  const { sessions } = await gateway.accounts.sessions(eve.id, eve.token)
  await gateway.accounts.endSession(eve.id, Number(sessions.find(({ current }) => !current)!.id))
  expect(await ended.closeCode()).toBe(4401)
  expect((await kept.ask({ op: 'fetch', ref: 'f' })).ok).toBeDefined()
  kept.close()
})

test('who gets a new password is logged out of every socket, and nobody else', async () => {
  const [ada, ben] = [await gateway.person('ada'), await gateway.person('ben')]
  const [one, two, other] = [
    await Client.ready(gateway, ada),
    await Client.ready(gateway, ada),
    await Client.ready(gateway, ben),
  ]
  await gateway.engine.users.removeTokens(ada.id)
  gateway.engine.bus.publish('all', { kind: 'sessions', user: ada.id })
  expect([await one.closeCode(), await two.closeCode()]).toEqual([4401, 4401])
  const late = await Client.open(gateway.url)
  late.send({ op: 'hello', token: ada.token })
  expect(await late.closeCode()).toBe(4401)
  await until(() => gateway.hub.stats().sockets === 1)
  expect((await other.ask({ op: 'fetch', ref: 'f' })).ok).toBeDefined()
})
