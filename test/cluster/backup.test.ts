import { afterAll, beforeAll, expect, test } from 'bun:test'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rookeryEnds } from '../cli/process.ts'
import { type Account, call, logIn, sendSurely, signUp, wholeTimeline } from '../system/client.ts'
import { ServerProcess } from '../system/server.ts'
import { Installation } from './processes.ts'

/** A cluster's installation goes into a backup, and from there into a data folder and into another keyspace. */
const folder = mkdtempSync(join(tmpdir(), 'rookery-backup-'))
const installation = new Installation()
const elsewhere = new Installation()
let server: ServerProcess
let ann: Account
let ids: string[]

/** What `backup` and `restore` take of a server's options. */
async function stored(of: Installation): Promise<string[]> {
  const given = await of.options()
  const taken = ['--engine', '--cassandra', '--keyspace', '--replication']
  return given.flatMap((word, i) => (taken.includes(word) ? [word, given[i + 1]!] : []))
}

beforeAll(async () => {
  server = await installation.start()
  ann = await signUp(server.address, 'ann')
  ids = []
  for (let i = 0; i < 30; i++) ids.unshift(await sendSurely(server.address, ann, `message ${i}`, `key-${i}`))
  const bob = await signUp(server.address, 'bob')
  await call(server.address, 'PUT', `/messages/${ids[0]}/like`, { token: bob.token })
}, 120_000)
afterAll(async () => {
  await installation.remove()
  await elsewhere.remove()
  rmSync(folder, { recursive: true, force: true })
}, 120_000)

async function holdsAll(address: string): Promise<void> {
  expect((await wholeTimeline(address, ann)).map(({ id }) => id)).toEqual(ids)
  const { body } = await call<{ likes: number }>(address, 'GET', `/messages/${ids[0]}`, { token: ann.token })
  expect(body.likes).toBe(1)
  expect((await logIn(address, 'bob')).status).toBe(201)
}

test('a cluster that serves is refused, a stopped one backed up, and restored to both engines', async () => {
  const dir = join(folder, 'backup')
  const served = await rookeryEnds('backup', dir, ...(await stored(installation)))
  expect([served.status, readdirSync(folder)]).toEqual([1, ['backup']])
  expect(served.errors).toContain('is in use by')
  expect(await server.end('SIGTERM')).toBe(0)

  const taken = await rookeryEnds('backup', dir, '--json', ...(await stored(installation)))
  expect([taken.status, taken.errors]).toEqual([0, expect.any(String)])
  expect(JSON.parse(taken.out).rows).toMatchObject({ users: 2, messages: 30, likes: 1 })
  expect(readdirSync(dir).toSorted()).toEqual(['backup.json', 'rookery.db'])

  const data = join(folder, 'data')
  expect((await rookeryEnds('restore', dir, '--data', data)).status).toBe(0)
  const embedded = new ServerProcess(data)
  await embedded.start()
  await holdsAll(embedded.address)
  expect(await embedded.end('SIGTERM')).toBe(0)

  expect((await rookeryEnds('restore', dir, ...(await stored(elsewhere)))).status).toBe(0)
  const again = await elsewhere.start()
  await holdsAll(again.address)
  expect(await again.end('SIGTERM')).toBe(0)
  const full = await rookeryEnds('restore', dir, ...(await stored(elsewhere)))
  expect(full.status).toBe(1)
}, 180_000)
