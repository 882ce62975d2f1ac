import { afterAll, beforeAll, describe, expect, test } from 'bun:test'
import { createServer, type Socket } from 'node:net'
import type { Addresses } from '../../src/cli/cluster/trial.ts'
import { statement } from '../../src/engines/cluster/cassandra/client.ts'
import { baseTables } from '../../src/engines/cluster/cassandra/schema-base.ts'
import type { NodeAddress } from '../../src/engines/cluster/settings.ts'
import { ending, oneSentence } from '../cli/process.ts'
import { rookery, ServerProcess, temporaryFolder } from '../system/server.ts'
import { newKeyspace, openKeyspace, tablesOf } from './cassandra.ts'
import { dropInstallation } from './cluster.ts'
import { testEngines } from './engines.ts'
import { type NatsServers, startServers } from './nats-servers.ts'
import { OwnRedis } from './redis.ts'

/** What `./rookery serve` says of clusters that it cannot serve on: one sentence, exit status 1, and never a secret. */

type Given = Partial<Record<'cassandra' | 'redis' | 'nats' | 'natsMonitor' | 'replication' | 'keyspace', string>>

const secret = 'hunter2'
const ends: (() => Promise<unknown> | unknown)[] = []
const keyspaces: string[] = []
let engines: Addresses
/** Accepts every connection, and never says a word. */
let mute: string

beforeAll(async () => {
  engines = await testEngines()
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ends.push(() => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  mute = `127.0.0.1:${(server.address() as { port: number }).port}`
})
afterAll(async () => {
  for (const end of ends.reverse()) await end()
  for (const keyspace of keyspaces) await dropInstallation(keyspace)
}, 120_000)

function ownKeyspace(): string {
  const keyspace = newKeyspace()
  keyspaces.push(keyspace)
  return keyspace
}

/** By the environment, as an operator is told to give what holds passwords. */
function environment(given: Given): Record<string, string> {
  const { cassandra, redis, nats, natsMonitor } = engines
  const all: Given = { cassandra, redis, nats, natsMonitor, replication: '1', keyspace: 'never_made', ...given }
  const name = (key: string) => `ROOKERY_${key.replace('M', '_M').toUpperCase()}`
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [name(key), value]))
}

async function sentence(given: Given): Promise<string> {
  const began = performance.now()
  const serving = rookery(['serve', '--port', '0', '--engine', 'cluster'], { env: environment(given) })
  const { status, out, errors } = await ending(serving)
  // The log goes before it.
  const last = `${errors.trimEnd().split('\n').at(-1)}\n`
  expect([status, out, errors.includes(secret), last]).toEqual([1, '', false, expect.stringMatching(oneSentence)])
  // API.md: 20 s of trying.
  expect(performance.now() - began).toBeLessThan(40_000)
  return last
}

async function ownNats(shape: Parameters<typeof startServers>[0]): Promise<NatsServers & { given: Given }> {
  const servers = await startServers(shape)
  ends.push(() => servers.end())
  const list = (nodes: readonly NodeAddress[]) => nodes.map(({ host, port }) => `${host}:${port}`).join(',')
  return { ...servers, given: { nats: list(servers.settings.nodes), natsMonitor: list(servers.monitors) } }
}

const nobody = '127.0.0.1:1'

// They wait for 20 s each: side by side.
describe.concurrent('an engine that cannot be reached, or used', () => {
  test.each(['cassandra', 'redis', 'nats'] as const)('nobody listens where --%s says', async (engine) => {
    const said = await sentence({ [engine]: nobody })
    expect(said).toContain(nobody)
  })

  test.each(['cassandra', 'redis', 'nats'] as const)('%s accepts and never answers', async (engine) => {
    const said = await sentence({ [engine]: mute })
    expect(said).toContain(mute)
  })

  test('a name that nobody knows', async () => {
    expect(await sentence({ redis: 'no-such-host.invalid:6379' })).toContain('no-such-host.invalid')
  })

  test.each(['a wrong password', 'no password'])('Redis: %s', async (kind) => {
    const redis = await OwnRedis.start(['--requirepass', 'right'])
    ends.push(() => redis.end())
    const login = kind === 'no password' ? '' : `:${secret}@`
    expect(await sentence({ keyspace: ownKeyspace(), redis: `redis://${login}${redis.text}` })).toContain('password')
  })
})

describe('an engine that refuses us', () => {
  test('NATS: a wrong password', async () => {
    const { given } = await ownNats({ more: 'authorization { user: rook, password: right }' })
    expect(await sentence({ ...given, nats: `nats://rook:${secret}@${given.nats}` })).toContain('password')
  })

  test('Cassandra: a data centre that is not there', async () => {
    expect(await sentence({ cassandra: `cassandra://u:${secret}@${engines.cassandra}/?dc=elsewhere` })).toContain(
      '"elsewhere"',
    )
  })

  test('Cassandra: a keyspace of a newer version', async () => {
    const keyspace = ownKeyspace()
    const { db } = await openKeyspace(keyspace, { tables: tablesOf(baseTables, 'tokens') })
    await db.lwt(statement("UPDATE settings SET value = '99' WHERE name = 'schema' IF EXISTS"), [], {
      read: statement("SELECT value FROM settings WHERE name = 'schema'"),
      values: [],
      mine: () => true,
    })
    await db.close()
    expect(await sentence({ keyspace })).toContain(`${keyspace} was written by a newer Rookery`)
  })
})

describe('engines that could lose what was acknowledged', () => {
  test('Cassandra: one node for three replicas', async () => {
    expect(await sentence({ replication: '3' })).toContain('--replication')
  })

  test('NATS without JetStream', async () => {
    const { given } = await ownNats({ jetstream: false })
    expect(await sentence(given)).toContain('JetStream')
  })

  test('one unsafe NATS server among three; --allow-unsafe serves, and says so in /readyz and the log', async () => {
    const { given, monitors } = await ownNats({
      servers: 3,
      jetstream: (n) => (n === 1 ? 'max_file: 1G' : 'sync_interval: always'),
    })
    const said = await sentence(given)
    expect(said).toContain('sync_interval: always')
    expect(said).toContain(`${monitors[1]!.host}:${monitors[1]!.port}`)

    const keyspace = ownKeyspace()
    const unsafe = ['--engine', 'cluster', '--allow-unsafe']
    const folder = temporaryFolder()
    const server = new ServerProcess(folder.path, unsafe, environment({ ...given, keyspace }))
    try {
      await server.start()
      const ready = (await (await fetch(`${server.address}/readyz`)).json()) as { status: string; unsafe: string[] }
      expect(ready).toEqual({ status: 'ok', unsafe: [expect.stringContaining('sync_interval: always')] })
      expect(server.errors).toMatch(/"level":40.*sync_interval: always/)
    } finally {
      await server.end('SIGKILL')
      folder.remove()
    }
  })
})
