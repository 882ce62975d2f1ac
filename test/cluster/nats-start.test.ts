import { afterEach, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { natsWithinMs } from '../../src/core/limits.ts'
import { silentLog } from '../../src/core/log.ts'
import { type Nats, openNats } from '../../src/engines/cluster/nats/index.ts'
import { checkSafety } from '../../src/engines/cluster/nats/safety.ts'
import { type NatsSettings, type NodeAddress, readNats, Secret } from '../../src/engines/cluster/settings.ts'
import { EngineUnusable } from '../../src/engines/cluster/unusable.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { newKeyspace } from './nats.ts'
import { type NatsServers, type ServersShape, startServers } from './nats-servers.ts'

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

async function servers(shape: ServersShape = {}): Promise<NatsServers> {
  const own = await startServers(shape)
  ending.push(() => own.end())
  return own
}

async function open(
  settings: NatsSettings,
  monitors: readonly NodeAddress[],
  more: { allowUnsafe?: boolean; startMs?: number; keyspace?: string } = {},
): Promise<Nats> {
  const { allowUnsafe = false, startMs = 300, keyspace = newKeyspace() } = more
  const nats = await openNats({
    settings,
    monitors,
    keyspace,
    allowUnsafe,
    startMs,
    clock: systemClock,
    log: silentLog,
  })
  ending.push(() => nats.close())
  return nats
}

/** The sentence with which it refuses to start. */
async function refusal(opening: Promise<unknown>): Promise<string> {
  try {
    await opening
  } catch (error) {
    expect(error).toBeInstanceOf(EngineUnusable)
    return (error as Error).message
  }
  throw new Error('it started')
}

/** Accepts connections and never says a word. */
async function mute(): Promise<NodeAddress> {
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  ending.push(async () => {
    for (const socket of sockets) socket.destroy()
    server.close()
  })
  return { host: '127.0.0.1', port: (server.address() as { port: number }).port }
}

describe('a start on NATS', () => {
  test('a safe server is served on, with a warning that it is alone', async () => {
    const own = await servers()
    const nats = await open(own.settings, own.monitors)
    expect(nats.unsafe).toEqual([])
    expect(nats.warnings).toHaveLength(1)
    expect(nats.connected).toBe(true)
  })

  test('a server that does not sync each write is refused by the setting’s name, unless asked otherwise', async () => {
    const own = await servers({ jetstream: 'max_file: 1G' })
    const sentence = await refusal(open(own.settings, own.monitors))
    expect(sentence).toContain('sync_interval: always')
    expect(sentence).toContain('--allow-unsafe')
    const nats = await open(own.settings, own.monitors, { allowUnsafe: true })
    expect(nats.unsafe).toHaveLength(1)
    expect(nats.unsafe[0]).toContain('sync_interval: always')
  })

  test('a server without JetStream is refused, whatever is allowed', async () => {
    const own = await servers({ jetstream: false })
    expect(await refusal(open(own.settings, own.monitors))).toContain('jetstream {')
    expect(await refusal(open(own.settings, own.monitors, { allowUnsafe: true }))).toContain('JetStream')
  })

  test('a monitoring port that is closed, or that never answers, counts as unsafe within the time-out', async () => {
    const own = await servers()
    const closed = { host: '127.0.0.1', port: 1 }
    expect(await refusal(open(own.settings, [closed]))).toContain('127.0.0.1:1')
    const silent = await mute()
    const began = performance.now()
    const { unsafe } = await checkSafety([...own.monitors, silent])
    expect(performance.now() - began).toBeLessThan(natsWithinMs + 1_000)
    expect(unsafe).toHaveLength(1)
    expect(unsafe[0]).toContain(`127.0.0.1:${silent.port}`)
  })

  test('an old version is refused', async () => {
    const { port } = await servers().then(({ monitors }) => monitors[0]!)
    const old = Bun.serve({
      port: 0,
      hostname: '127.0.0.1',
      async fetch(request) {
        const page = await fetch(`http://127.0.0.1:${port}${new URL(request.url).pathname}`)
        return Response.json({ ...((await page.json()) as object), version: '2.10.22' })
      },
    })
    ending.push(() => old.stop(true))
    const { unsafe } = await checkSafety([{ host: '127.0.0.1', port: old.port! }])
    expect(unsafe).toHaveLength(1)
    expect(unsafe[0]).toContain('2.10.23')
  })

  test('a server that accepts and never answers: one sentence within the time given', async () => {
    const silent = await mute()
    const began = performance.now()
    const sentence = await refusal(open({ nodes: [silent] }, [silent], { startMs: 1_000 }))
    expect(performance.now() - began).toBeLessThan(1_000 + 2 * natsWithinMs + 1_000)
    expect(sentence).toContain(`127.0.0.1:${silent.port}`)
    expect(sentence).toContain('--nats')
  })

  test('nobody there: one sentence that names the address', async () => {
    const sentence = await refusal(open({ nodes: [{ host: '127.0.0.1', port: 1 }] }, []))
    expect(sentence).toContain('127.0.0.1:1')
  })

  test('a wrong password is said at once, and not shown', async () => {
    const own = await servers({ more: 'authorization { user: rook, password: right }' })
    const began = performance.now()
    const wrong = { ...own.settings, user: 'rook', password: new Secret('hunter2') }
    const sentence = await refusal(open(wrong, own.monitors, { startMs: 20_000 }))
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(sentence).toContain('--nats')
    expect(sentence).not.toContain('hunter2')
    expect(await refusal(open(own.settings, own.monitors))).toContain('user and password')
    const nats = await open({ ...own.settings, user: 'rook', password: new Secret('right') }, own.monitors)
    expect(nats.connected).toBe(true)
  })

  test('a token', async () => {
    const own = await servers({ more: 'authorization { token: "s3cr3t" }' })
    const { host, port } = own.settings.nodes[0]!
    const nats = await open(readNats(`nats://s3cr3t@${host}:${port}`), own.monitors)
    expect(nats.connected).toBe(true)
    expect(await refusal(open(readNats(`nats://other@${host}:${port}`), own.monitors))).toContain('token')
  })

  test('TLS: with its authority; a certificate of unknown origin, or a server without TLS, is refused', async () => {
    const pair = await makeCertificate()
    const own = await servers({ more: `tls { cert_file: "${pair.certificate}", key_file: "${pair.key}" }` })
    const tls = { authority: pair.certificate, verify: true }
    const nats = await open({ ...own.settings, tls }, own.monitors)
    expect(nats.connected).toBe(true)
    expect(await refusal(open({ ...own.settings, tls: { verify: true } }, own.monitors))).toContain('ca=FILE')
    expect(await refusal(open(own.settings, own.monitors))).toContain('TLS')
    const trusting = await open({ ...own.settings, tls: { verify: false } }, own.monitors)
    expect(trusting.connected).toBe(true)
    const plain = await servers()
    expect(await refusal(open({ ...plain.settings, tls }, plain.monitors))).toContain('TLS')
  })

  test('three servers keep three copies; one monitoring port of three is not enough, nor is one unsafe server among them', async () => {
    const own = await servers({ servers: 3 })
    const keyspace = newKeyspace()
    const nats = await open(own.settings, own.monitors, { startMs: 20_000, keyspace })
    expect(nats.unsafe).toEqual([])
    expect(nats.warnings).toEqual([])
    const response = await fetch(`http://${own.monitors[0]!.host}:${own.monitors[0]!.port}/jsz?streams=1&config=1`)
    const text = await response.text()
    expect(text.match(/"num_replicas": 3/g)?.length).toBeGreaterThanOrEqual(1)
    expect(await refusal(open(own.settings, own.monitors.slice(0, 1), { startMs: 20_000 }))).toContain('3 servers')
    await own.kill(2)
    expect(await refusal(open(own.settings, own.monitors, { startMs: 20_000 }))).toContain(own.monitors[2]!.host)
  })

  test('processes that start at once on new servers wait for the leaders of what the first has made', async () => {
    const own = await servers({ servers: 3 })
    for (let i = 0; i < 3; i++) {
      const keyspace = newKeyspace()
      const starts = Array.from({ length: 4 }, () => open(own.settings, own.monitors, { startMs: 20_000, keyspace }))
      for (const nats of await Promise.all(starts)) expect(nats.connected).toBe(true)
    }
  })

  test('a stream of that name that is not ours is left alone', async () => {
    const own = await servers()
    const keyspace = newKeyspace()
    const first = await open(own.settings, own.monitors)
    const { host, port } = own.settings.nodes[0]!
    const connection = await connect({ servers: `${host}:${port}` })
    const manager = await jetstreamManager(connection)
    await manager.streams.add({ name: `${keyspace.toUpperCase()}_FANOUT_v1`, subjects: ['else.>'] })
    await connection.close()
    expect(await refusal(open(own.settings, own.monitors, { keyspace }))).toContain('--keyspace')
    expect(first.connected).toBe(true)
  })
})

async function makeCertificate(): Promise<{ certificate: string; key: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'rookery-tls-'))

  ending.push(async () => rmSync(folder, { recursive: true }))
  const [certificate, key] = [`${folder}/c.pem`, `${folder}/k.pem`]
  const made = Bun.spawnSync(
    ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
      .concat(['-keyout', key, '-out', certificate, '-days', '2', '-subj', '/CN=localhost'])
      .concat(['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1']),
    { stderr: 'pipe' },
  )
  expect(made.exitCode).toBe(0)
  return { certificate, key }
}
