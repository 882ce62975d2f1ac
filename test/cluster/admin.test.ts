import { afterAll, beforeAll, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Installation as View } from '../../src/core/wire-operations.ts'
import { rookeryEnds } from '../cli/process.ts'
import { type Account, call, signUp } from '../system/client.ts'
import type { ServerProcess } from '../system/server.ts'
import { until } from '../until.ts'
import { Installation } from './processes.ts'

const installation = new Installation()
let gateway: ServerProcess
let worker: ServerProcess
let boss: Account

beforeAll(async () => {
  gateway = await installation.start('gateway')
  worker = await installation.start('publish,fanout,notify')
  boss = await signUp(gateway.address, 'boss')
  const made = await rookeryEnds('user', 'role', 'boss', 'admin', ...(await installation.options()))
  expect(made.status).toBe(0)
}, 120_000)
afterAll(() => installation.remove(), 60_000)

const view = async () =>
  (await call(gateway.address, 'GET', '/admin/installation', { token: boss.token })).body as unknown as View

test('[OV2] every process of a cluster, its nodes, who owns what of the ring, and the streams', async () => {
  await until(async () => (await view()).instances.length === 2, 20_000)
  const { instances, engines } = await view()
  const port = (server: ServerProcess) => new URL(server.address).port
  const other = instances.find(({ self }) => !self)!
  expect(other).toMatchObject({ roles: ['publish', 'fanout', 'notify'] })
  expect(other.address).toEndWith(`:${port(worker)}`)
  expect(engines!.cassandra.every(({ up, version }) => up && /^\d/.test(version))).toBe(true)
  expect(engines!.cassandra.reduce((sum, { ringShare }) => sum + ringShare, 0)).toBeCloseTo(1, 4)
  expect(engines!.redis[0]).toMatchObject({ up: true })
  expect(engines!.redis[0]!.usedBytes).toBeGreaterThan(0)
  expect(engines!.streams!.map(({ name }) => name.replace(/^.*_(FANOUT|PAGES)_v1$/, '$1')).sort()).toEqual([
    'FANOUT',
    'PAGES',
  ])
})

test('[OV4] every figure that the dashboard of Grafana shows is given by a process', async () => {
  const dashboard = readFileSync(join(import.meta.dir, '../../examples/grafana/rookery.json'), 'utf8')
  const asked = new Set([...dashboard.matchAll(/rookery_[a-z_]+/g)].map(([name]) => name))
  const given = await Promise.all(
    [gateway, worker].map(async ({ address }) => (await fetch(`${address}/metrics`)).text()),
  )
  const names = new Set(given.flatMap((text) => [...text.matchAll(/^(rookery_[a-z_]+)/gm)].map(([name]) => name)))
  expect(asked.size).toBeGreaterThan(20)
  // The disk is the engines' own here: `test/embedded/disk-use.test.ts` has those of a data folder.
  expect([...asked].filter((name) => !names.has(name) && !name.startsWith('rookery_disk_'))).toEqual([])
})

test('[OV3] any process gives the metrics of any other', async () => {
  const { instances } = await view()
  const other = instances.find(({ self }) => !self)!
  const metricsOf = async (query: string) => {
    const headers = { authorization: `Bearer ${boss.token}` }
    const response = await fetch(`${gateway.address}/admin/metrics${query}`, { headers })
    expect(response.status).toBe(200)
    return response.text()
  }
  // Only a gateway has sockets.
  expect(await metricsOf('')).toContain('rookery_sockets ')
  const text = await metricsOf(`?node=${other.node}`)
  expect(text).toContain('rookery_fanout_jobs_total')
  expect(text).not.toContain('rookery_sockets ')
})
