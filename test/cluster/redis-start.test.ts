import { afterAll, describe, expect, test } from 'bun:test'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { RedisSettings } from '../../src/engines/cluster/settings.ts'
import { readRedis } from '../../src/engines/cluster/settings.ts'
import { EngineUnusable } from '../../src/engines/cluster/unusable.ts'
import { takeId } from '../../src/ports/support.contract.ts'
import { freePort, newRedisKeyspace, OwnRedis, openTestRedis } from './redis.ts'
import { startProcess } from './redis-process.ts'

const folder = mkdtempSync(join(tmpdir(), 'rookery-redis-tls-'))
const ended: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })]
afterAll(async () => {
  for (const end of ended) await end()
})

/** What opening says when it fails. */
async function problemWith(settings: RedisSettings): Promise<string> {
  try {
    const opened = await openTestRedis(settings, { keyspace: newRedisKeyspace(), startMs: 300 })
    await opened.close()
    return 'none'
  } catch (error) {
    expect(error).toBeInstanceOf(EngineUnusable)
    return (error as Error).message
  }
}

/** A listener that says this to everybody, or nothing. */
async function listener(says: string | undefined): Promise<string> {
  const port = await freePort()
  const server = Bun.listen({
    hostname: '127.0.0.1',
    port,
    socket: {
      open: (socket) => {
        if (says !== undefined) socket.write(says)
      },
      data() {},
    },
  })
  ended.push(() => server.stop(true))
  return `127.0.0.1:${port}`
}

/** A certificate of an authority of its own, for 127.0.0.1. */
async function certificate(name: string): Promise<{ certificate: string; key: string }> {
  const [file, key] = [join(folder, `${name}.crt`), join(folder, `${name}.key`)]
  const made = Bun.spawn(
    ['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=rookery-test']
      .concat(['-addext', 'subjectAltName=IP:127.0.0.1'])
      .concat(['-keyout', key, '-out', file]),
    { stdout: 'ignore', stderr: 'ignore' },
  )
  if ((await made.exited) !== 0) throw new Error('openssl made no certificate')
  return { certificate: file, key }
}

describe('a start that cannot succeed says why in one sentence', () => {
  test('nothing listens, nobody of that name, nobody who answers, something else', async () => {
    const port = await freePort()
    expect(await problemWith(readRedis(`127.0.0.1:${port}`))).toBe(
      `Redis at 127.0.0.1:${port} refuses connections: nothing listens there.`,
    )
    expect(await problemWith(readRedis('no-such-host.invalid:6379'))).toContain('has a name that is not known')
    expect(await problemWith(readRedis(await listener(undefined)))).toContain('accepts connections and never answers')
    const other = await listener('HTTP/1.1 400 Bad Request\r\n\r\n')
    expect(await problemWith(readRedis(other))).toContain('answers as no Redis does')
  })

  test('password missing or wrong; secrets are not told', async () => {
    const redis = await OwnRedis.start(['--requirepass', 'right:word/@'])
    ended.push(() => redis.end())
    expect(await problemWith(redis.settings)).toContain('asks for a password')
    const wrong = await problemWith(readRedis(`redis://:wrong-secret@${redis.text}`))
    expect(wrong).toContain('does not accept the user and password')
    expect(wrong).not.toContain('wrong-secret')
    expect(await problemWith(readRedis(`redis://someone:wrong-secret@${redis.text}`))).toContain('does not accept')
    expect(await problemWith(readRedis(`redis://:${encodeURIComponent('right:word/@')}@${redis.text}`))).toBe('none')
  })

  test('a user with too few rights', async () => {
    const redis = await OwnRedis.start(['--user', 'weak', 'on', '>word', '+ping', '+info', '+hello', '+auth'])
    ended.push(() => redis.end())
    expect(await problemWith(readRedis(`redis://weak:word@${redis.text}`))).toContain('NOPERM')
  })

  test('a copy without its master cannot be used', async () => {
    const redis = await OwnRedis.start(['--replicaof', '127.0.0.1', String(await freePort())])
    ended.push(() => redis.end())
    expect(await problemWith(redis.settings)).toContain('no master was found')
  })
})

test('TLS: with the right authority, without one, and where it is missing', async () => {
  const { certificate: cert, key } = await certificate('server')
  const { certificate: stranger } = await certificate('stranger')
  const tls = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert, '--tls-auth-clients', 'no']
  const port = await freePort()
  const redis = await OwnRedis.start(['--tls-port', String(port), ...tls])
  ended.push(() => redis.end())
  const at = `127.0.0.1:${port}`
  const one = await startProcess(readRedis(`rediss://${at}/?ca=${cert}`))
  const me = await one.driver.ready()
  await one.driver.deliver([takeId()], [me])
  expect((await one.driver.head(me)).position).toBeGreaterThan(0)
  await one.close()
  expect(await problemWith(readRedis(`rediss://${at}/?verify=false`))).toBe('none')
  expect(await problemWith(readRedis(`rediss://${at}`))).toContain('cannot be reached over TLS')
  expect(await problemWith(readRedis(`rediss://${at}/?ca=${stranger}`))).toContain('cannot be reached over TLS')
  expect(await problemWith(readRedis(at))).toContain('say so with rediss://')
  expect(await problemWith(readRedis(`rediss://${redis.text}`))).toContain('TLS')
})

test('settings that would hurt are named', async () => {
  const redis = await OwnRedis.start(['--maxmemory-policy', 'noeviction', '--cluster-enabled', 'yes'])
  ended.push(() => redis.end())
  await redis.ask('CLUSTER', 'ADDSLOTSRANGE', '0', '16383')
  const opened = await openTestRedis(redis.settings, { keyspace: newRedisKeyspace() })
  const warnings = await opened.warnings()
  expect(warnings).toHaveLength(2)
  expect(warnings[0]).toContain('maxmemory-policy noeviction')
  expect(warnings[1]).toContain('cluster-require-full-coverage yes')
  await redis.ask('CONFIG', 'SET', 'cluster-require-full-coverage', 'no')
  await opened.close()
  await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lfu')
  const again = await openTestRedis(redis.settings, { keyspace: newRedisKeyspace() })
  expect(await again.warnings()).toEqual([])
  await again.close()
})
