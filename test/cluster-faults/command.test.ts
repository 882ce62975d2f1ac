import { afterAll, expect, test } from 'bun:test'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TrialView } from '../../src/cli/cluster/inspect.ts'
import { isAlive } from '../../src/cli/cluster/os-process.ts'
import type { TrialState } from '../../src/cli/cluster/state.ts'
import { ending, oneSentence } from '../cli/process.ts'
import { rookery } from '../system/server.ts'
import { until } from '../until.ts'

const parent = mkdtempSync(join(tmpdir(), 'rookery-cluster-'))
const dir = join(parent, 'trial')
/** Our own `bun test --no-orphans` would have each command kill, as it ends, what is meant to outlive it. */
const begin = (command: string, ...more: string[]) =>
  rookery(['cluster', command, '--dir', dir, ...more], { env: { BUN_FEATURE_FLAG_NO_ORPHANS: '0' } })
const cluster = (command: string, ...more: string[]) => ending(begin(command, ...more))
const stateNow = () => JSON.parse(readFileSync(join(dir, 'trial.json'), 'utf8')) as TrialState
const running = () => stateNow().nodes.filter((node) => node.process && isAlive(node.process))

afterAll(async () => {
  await cluster('down', '--delete')
  rmSync(parent, { recursive: true, force: true })
})

async function status(): Promise<{ code: number; view: TrialView }> {
  const { status: code, out } = await cluster('status', '--json')
  return { code, view: JSON.parse(out) as TrialView }
}

const sharesOf = (view: TrialView) =>
  view.nodes.flatMap(({ ringShare }) => (ringShare === undefined ? [] : [ringShare.toFixed(3)]))

test('up starts three Cassandra nodes, Redis and three NATS servers, and says last how to serve on them', async () => {
  const { status: code, out, errors } = await cluster('up')
  expect([code, code === 0 ? '' : errors]).toEqual([0, ''])
  const last = out.trimEnd().split('\n').at(-1)!
  const list = (n: number) => `127\\.0\\.0\\.1:\\d+${`,127\\.0\\.0\\.[23]:\\d+`.repeat(n - 1)}`
  expect(last).toMatch(
    new RegExp(
      `^\\./rookery serve --engine cluster --cassandra ${list(3)} --replication 3 --redis ${list(1)} --nats ${list(3)} --nats-monitor ${list(3)}$`,
    ),
  )
  const { code: statusCode, view } = await status()
  expect(statusCode).toBe(0)
  expect(view.nodes.map((node) => node.name)).toEqual(
    ['cassandra-1', 'cassandra-2', 'cassandra-3', 'redis', 'nats-1', 'nats-2', 'nats-3'], // biome-ignore format: one line
  )
  expect(sharesOf(view)).toEqual(['0.333', '0.333', '0.333'])
  expect(view.nodes.every((node) => (node.residentBytes ?? 0) > 2 ** 20)).toBe(true)
  expect(view.nodes.filter((node) => node.kind === 'nats').every((node) => node.syncAlways)).toBe(true)
  expect(view.nodes.filter((node) => node.leads)).toHaveLength(1)
})

test('add-node joins a fourth Cassandra node, which takes half of one share', async () => {
  const { status: code, out } = await cluster('add-node')
  expect([code, out]).toEqual([
    0,
    expect.stringMatching(/^cassandra-4 +127\.0\.0\.4:\d+\n\.\/rookery serve .*127\.0\.0\.4/),
  ])
  expect(sharesOf((await status()).view).sort()).toEqual(['0.167', '0.167', '0.333', '0.333'])
})

test('status says which node is down, and up starts it again', async () => {
  process.kill(running().find((node) => node.name === 'cassandra-3')!.process!.pid, 'SIGKILL')
  await until(() => running().length === 7, 20_000, 'the death of cassandra-3')
  const { code, view } = await status()
  expect([code, view.nodes.filter((node) => node.state !== 'up').map((node) => node.name)]).toEqual([
    1,
    ['cassandra-3'],
  ])
  const refused = await cluster('add-node')
  expect([refused.status, refused.errors]).toEqual([1, expect.stringMatching(oneSentence)])
  expect((await cluster('up')).status).toBe(0)
  expect((await status()).code).toBe(0)
})

test('status shows each stream with its leader and its replicas', async () => {
  const { connect } = await import('@nats-io/transport-node')
  const { jetstreamManager } = await import('@nats-io/jetstream')
  const { host, port } = stateNow().nodes.find((node) => node.kind === 'nats')!
  const connection = await connect({ servers: `${host}:${port}` })
  const manager = await jetstreamManager(connection)
  await manager.streams.add({ name: 'TRIAL', subjects: ['trial'], num_replicas: 3 })
  await manager.jetstream().publish('trial', 'one')
  await connection.close()
  const { view } = await status()
  expect(view.streams).toEqual([
    expect.objectContaining({ name: 'TRIAL', messages: 1, leader: expect.stringMatching(/^nats-[123]$/), replicas: 3 }),
  ])
  expect((await cluster('status')).out).toMatch(/^TRIAL +1 +\S+ \S+ +nats-[123] +[123] of 3 up to date$/m)
})

test('down ends all of it, a hung node too, and twice is harmless', async () => {
  process.kill(running().find((node) => node.name === 'redis')!.process!.pid, 'SIGSTOP')
  expect(running()).toHaveLength(8)
  const first = await cluster('down')
  expect([first.status, first.out]).toEqual([0, `ended 8 processes of ${dir}\n`])
  expect(running()).toEqual([])
  const second = await cluster('down')
  expect([second.status, second.out]).toEqual([0, `nothing runs in ${dir}\n`])
})

test('an interrupted up leaves nothing running; down --delete leaves nothing at all', async () => {
  const child = begin('up')
  const errors = new Response(child.stderr as ReadableStream).text()
  await until(() => running().length === 8, 60_000, 'all started')
  const another = await cluster('up')
  expect([another.status, another.errors]).toEqual([
    1,
    expect.stringMatching(/^rookery: Another command works on .*\.\n$/),
  ])
  child.kill('SIGINT')
  expect(await child.exited).toBe(1)
  expect((await errors).split('\n').at(-2)).toBe('rookery: Interrupted: what this command started has been ended.')
  expect(running()).toEqual([])
  expect((await cluster('down', '--delete')).status).toBe(0)
  expect(existsSync(dir)).toBe(false)
})
