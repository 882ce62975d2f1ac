import { afterAll, beforeAll, expect, test } from 'bun:test'
import { idAt } from '../../src/core/ids.ts'
import { openServer, type Person, type TestServer } from './harness.ts'

let server: TestServer
let boss: Person
let ann: Person

beforeAll(async () => {
  server = openServer()
  boss = await server.person('boss')
  ann = await server.person('ann')
  await server.engine.users.update(Number(boss.id), { role: 'admin' })
})
afterAll(async () => {
  expect(server.mistakes).toEqual([])
  await server.close()
})

const ask = (path: string, who: Person) => server.ask('GET', path, { token: who.token })

test('[OV1] what operators see is for admins alone', async () => {
  const mod = await server.person('mod')
  await server.engine.users.update(Number(mod.id), { role: 'moderator' })
  for (const path of ['/admin/installation', '/admin/metrics']) {
    expect((await server.ask('GET', path)).status).toBe(401)
    for (const who of [ann, mod])
      expect(await ask(path, who)).toMatchObject({ status: 403, body: { code: 'forbidden' } })
    expect((await ask(path, boss)).status).toBe(200)
  }
})

test('[OV2] an installation of one process has that one, without engines', async () => {
  const { body } = await ask('/admin/installation', boss)
  expect(body).toEqual({ instances: [{ node: 0, address: '', roles: [], self: true }], hotAuthors: [] })
})

test('[OV2] authors of the newest messages that are pulled, the busiest first', async () => {
  const { hotLog } = server.engine
  const at = Date.now() + 1_000
  for (const [i, author] of [ann, boss, ann].entries()) await hotLog.append(idAt(at + i), Number(author.id), false)
  const { body } = await ask('/admin/installation', boss)
  expect(body.hotAuthors).toEqual([
    { author: { id: ann.id, handle: 'ann', name: 'ann' }, messages: 2 },
    { author: { id: boss.id, handle: 'boss', name: 'boss' }, messages: 1 },
  ])
})

test('[OV3] metrics of a process that is there, and of none that is not', async () => {
  const { headers } = await ask('/admin/metrics?node=0', boss)
  expect(headers.get('content-type')).toStartWith('text/plain')
  expect(await ask('/admin/metrics?node=7', boss)).toMatchObject({ status: 404, body: { code: 'no_such_instance' } })
  for (const node of ['-1', '1.5', 'x', '99999999', '']) {
    expect(await ask(`/admin/metrics?node=${node}`, boss)).toMatchObject({ status: 422, body: { field: 'node' } })
  }
})
