import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RedisClient } from 'bun'
import { findRedis } from '../../src/cli/cluster/fetch-redis.ts'
import { silentLog } from '../../src/core/log.ts'
import { readerShards } from '../../src/engines/cluster/reader-shards.ts'
import {
  type Generations,
  type OpenRedis,
  openRedis,
  type RedisOptions,
} from '../../src/engines/cluster/redis/index.ts'
import { type RedisSettings, readRedis } from '../../src/engines/cluster/settings.ts'
import { systemChance } from '../../src/ports/chance.ts'
import { systemClock } from '../../src/ports/clock.ts'
import { until } from '../until.ts'
import { testEngines } from './engines.ts'

const dayMs = 24 * 3600_000

/** The shared Redis of a test run. */
export async function sharedRedis(): Promise<RedisSettings> {
  return readRedis((await testEngines()).redis)
}

export function newRedisKeyspace(): string {
  return `test_${crypto.randomUUID().replaceAll('-', '').slice(0, 12)}`
}

/** The numbers of the shards, for processes that share them; like the database's, they may be out of reach. */
export class TestGenerations implements Generations {
  readonly numbers = new Float64Array(readerShards)
  reads = 0
  readonly raised: number[] = []
  problem: Error | undefined

  async read(): Promise<ArrayLike<number>> {
    this.reads++
    if (this.problem) throw this.problem
    return this.numbers.slice()
  }

  async raise(shard: number): Promise<void> {
    if (this.problem) throw this.problem
    const number = this.numbers[shard]!
    // As a compare-and-set does, it takes a while, and somebody else's is as good.
    await Bun.sleep(1)
    if (this.numbers[shard] === number) this.numbers[shard]!++
    this.raised.push(shard)
  }
}

export function openTestRedis(
  settings: RedisSettings,
  more: Partial<RedisOptions> & Pick<RedisOptions, 'keyspace'>,
): Promise<OpenRedis> {
  return openRedis({
    settings,
    generations: new TestGenerations(),
    bodyGenerations: new TestGenerations(),
    dormantAfterMs: 14 * dayMs,
    clock: systemClock,
    chance: systemChance,
    log: silentLog,
    ...more,
  })
}

/** Removes an installation's keys and functions. */
export async function dropRedisKeyspace(settings: RedisSettings, keyspace: string): Promise<void> {
  for (const { host, port } of settings.nodes) {
    const client = new RedisClient(`redis://${host}:${port}`)
    const keys = await client.keys(`${keyspace}:*`)
    if (keys.length > 0) await client.del(...keys)
    const libraries = (await client.send('FUNCTION', ['LIST', 'LIBRARYNAME', `${keyspace}_*`])) as {
      library_name: string
    }[]
    for (const { library_name: name } of libraries) await client.send('FUNCTION', ['DELETE', name])
    client.close()
  }
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}

/** A Redis server of the test's own, to be broken. */
export class OwnRedis {
  readonly port: number
  readonly host: string
  readonly #arguments: string[]
  readonly #folder: string
  #process: Bun.Subprocess | undefined

  private constructor(host: string, port: number, more: string[]) {
    this.host = host
    this.port = port
    this.#folder = mkdtempSync(join(tmpdir(), 'rookery-redis-'))
    const base = ['--bind', host, '--dir', this.#folder, '--save', '', '--appendonly', 'no', '--daemonize', 'no']
    this.#arguments = ['--port', String(port), ...base, ...more]
  }

  /** Resolves when it answers. */
  static async start(more: string[] = [], host = '127.0.0.1'): Promise<OwnRedis> {
    const redis = new OwnRedis(host, await freePort(), more)
    try {
      await redis.restart()
    } catch (error) {
      await redis.end()
      throw error
    }
    return redis
  }

  get text(): string {
    return `${this.host}:${this.port}`
  }

  get settings(): RedisSettings {
    return readRedis(this.text)
  }

  async restart(): Promise<void> {
    const program = await findRedis(() => {})
    this.#process = Bun.spawn([program, ...this.#arguments], { stdout: 'ignore', stderr: 'ignore' })
    await until(async () => (await this.ask('PING').catch(() => '')) === 'PONG', 10_000, 'Redis answers')
  }

  async kill(): Promise<void> {
    this.#process?.kill('SIGCONT')
    this.#process?.kill('SIGKILL')
    await this.#process?.exited
  }

  /** From now on it takes what comes, and says nothing. */
  hang(): void {
    this.#process?.kill('SIGSTOP')
  }

  wake(): void {
    this.#process?.kill('SIGCONT')
  }

  async end(): Promise<void> {
    await this.kill()
    rmSync(this.#folder, { recursive: true, force: true })
  }

  /** One command over a connection of its own. */
  async ask(command: string, ...args: string[]): Promise<unknown> {
    const password = this.#arguments[this.#arguments.indexOf('--requirepass') + 1] ?? ''
    const login = this.#arguments.includes('--requirepass') ? `:${encodeURIComponent(password)}@` : ''
    const client = new RedisClient(`redis://${login}${this.text}`, { autoReconnect: false, connectionTimeout: 1_000 })
    try {
      return await client.send(command, args)
    } finally {
      client.close()
    }
  }

  /** How often a command was called since the server began. */
  async calls(command: string): Promise<number> {
    const text = String(await this.ask('INFO', 'commandstats'))
    return Number(new RegExp(`^cmdstat_${command}:calls=(\\d+)`, 'm').exec(text)?.[1] ?? 0)
  }
}
