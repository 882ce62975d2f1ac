import { afterAll, beforeAll, expect, test } from 'bun:test'
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { makeCassandraNode } from '../../src/cli/cluster/cassandra-node.ts'
import { findCassandra } from '../../src/cli/cluster/fetch-cassandra.ts'
import { endProcess, isAlive, type OsProcess, startDetached } from '../../src/cli/cluster/os-process.ts'
import type { Log } from '../../src/core/log.ts'
import { openCassandra } from '../../src/engines/cluster/cassandra/open.ts'
import { readCassandra } from '../../src/engines/cluster/settings.ts'
import { EngineUnusable } from '../../src/engines/cluster/unusable.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { until } from '../until.ts'

const folder = mkdtempSync(join(tmpdir(), 'rookery-secure-'))
const authority = join(folder, 'ca.pem')
let node: OsProcess | undefined
let port = 0
const warned: string[] = []
const log: Log = { info() {}, warn: (_, line) => void warned.push(line), error() {}, fatal() {} }

function keytool(...args: string[]): void {
  const run = spawnSync('keytool', args, { encoding: 'utf8' })
  if (run.status !== 0) throw new Error(run.stderr + run.stdout)
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.on('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number }
      server.close(() => resolve(port))
    })
  })
}

/** One node that wants TLS, a user and a password, and whose commit log is the default. */
beforeAll(async () => {
  const store = join(folder, 'keys.p12')
  const names = ['-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost']
  const secret = ['-storepass', 'testtest', '-storetype', 'PKCS12', '-keystore', store, '-alias', 'node']
  keytool('-genkeypair', '-keyalg', 'EC', '-validity', '30', ...names, ...secret)
  keytool('-exportcert', '-rfc', '-file', authority, ...secret)
  port = await freePort()
  const made = makeCassandraNode({
    program: await findCassandra(() => {}),
    name: 'secure',
    folder,
    host: '127.0.0.1',
    port,
    storagePort: await freePort(),
    jmxPort: await freePort(),
    seeds: ['127.0.0.1'],
    token: 0n,
    joins: false,
    heapMegabytes: 400,
    brief: true,
  })
  const settings = join(folder, 'cassandra.yaml')
  writeFileSync(
    settings,
    readFileSync(settings, 'utf8')
      .replace(/^commitlog_sync: .*$/m, 'commitlog_sync: periodic\ncommitlog_sync_period: 10s')
      .replace(/^commitlog_sync_group_window: .*$/m, ''),
  )
  appendFileSync(
    settings,
    `authenticator: PasswordAuthenticator
client_encryption_options:
  enabled: true
  optional: false
  keystore: ${store}
  keystore_password: testtest
  store_type: PKCS12
`,
  )
  node = startDetached(made.command, join(folder, 'out.log'))
  const serves = async () => {
    if (!isAlive(node!)) throw new Error(readFileSync(join(folder, 'out.log'), 'utf8').slice(-2_000))
    const opened = open(`cassandra://cassandra:cassandra@127.0.0.1:${port}/?ca=${authority}`)
    return opened.then(
      ({ db }) => db.close().then(() => true),
      () => false,
    )
  }
  await until(serves, 120_000, 'the node serves')
}, 180_000)
afterAll(async () => {
  if (node) await endProcess(node, 0)
  rmSync(folder, { recursive: true, force: true })
})

function open(text: string) {
  return openCassandra({
    settings: readCassandra(text),
    keyspace: 'secure',
    replication: 1,
    allowUnsafe: false,
    clock: systemClock,
    chance: systemChance,
    log,
    startMs: 1_000,
    tables: [],
  })
}

async function sentence(text: string): Promise<string> {
  const error = await open(text).then(
    ({ db }) => db.close(),
    (error) => error,
  )
  expect(error).toBeInstanceOf(EngineUnusable)
  const { message } = error as Error
  expect(message).not.toContain('sesame')
  expect(message).not.toContain('\n')
  return message
}

test('with the right user, password and authority all is well; a periodic commit log is warned of', async () => {
  warned.length = 0
  const { db } = await open(`cassandra://cassandra:cassandra@127.0.0.1:${port}/?ca=${authority}`)
  await db.close()
  expect(warned.filter((line) => /commitlog_sync: periodic/.test(line))).toHaveLength(1)
  const trusting = await open(`cassandra://cassandra:cassandra@127.0.0.1:${port}/?tls=true&verify=false`)
  await trusting.db.close()
})

test('a wrong password, and none, are refused at once by name', async () => {
  const began = performance.now()
  expect(await sentence(`cassandra://cassandra:sesame@127.0.0.1:${port}/?ca=${authority}`)).toBe(
    'Cassandra refuses the user "cassandra" or the password given with it in --cassandra: check both.',
  )
  expect(await sentence(`cassandra://127.0.0.1:${port}/?ca=${authority}`)).toMatch(
    /^Cassandra asks for a user and password: give them in --cassandra/,
  )
  expect(performance.now() - began).toBeLessThan(5_000)
})

test('no TLS where it is wanted, and a certificate of somebody else, each say so', async () => {
  expect(await sentence(`cassandra://cassandra:sesame@127.0.0.1:${port}`)).toMatch(/whether it wants TLS/)
  expect(await sentence(`cassandra://cassandra:sesame@127.0.0.1:${port}/?tls=true`)).toMatch(
    /^The certificate of Cassandra is not accepted \([^)]*self[^)]*\): .*ca=FILE/,
  )
  expect(await sentence(`cassandra://127.0.0.1:${port}/?ca=${authority}.absent`)).toMatch(
    /ca=\S+ cannot be read \(ENOENT\)/,
  )
})
