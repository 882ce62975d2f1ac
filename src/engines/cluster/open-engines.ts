import { engineStartMs } from '../../core/limits.ts'
import type { Log } from '../../core/log.ts'
import type { Chance } from '../../ports/chance.ts'
import type { Clock } from '../../ports/clock.ts'
import { createCassandraGenerations } from './cassandra/generations.ts'
import { type OpenCassandra, openCassandra } from './cassandra/open.ts'
import { type Nats, openNats } from './nats/index.ts'
import { type OpenRedis, openRedis } from './redis/index.ts'
import { readCassandra, readNats, readNatsMonitors, readRedis } from './settings.ts'

/** Where the engines are and how they are used, as the options say. */
export interface EnginesOptions {
  /** `--cassandra`, `--redis`, `--nats`, `--nats-monitor` as given. */
  readonly cassandra: string
  readonly redis: string
  readonly nats: string
  readonly natsMonitor?: string | undefined
  readonly replication: number
  readonly keyspace: string
  readonly allowUnsafe: boolean
  /** Refuse a keyspace without an installation, where one would else be begun. */
  readonly mustExist?: boolean
  readonly dormantAfterMs: number
  /** Bounds each lane of the queue; for tests. */
  readonly queueBytesMax?: number
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  /** Told of each call of Cassandra and Redis and each offer to NATS: its kind, how long it took, whether it failed. */
  readonly observe?: EngineObserver
}

export type EngineObserver = (engine: 'cassandra' | 'redis' | 'nats', call: string, ms: number, failed: boolean) => void

export interface OpenEngines {
  readonly cassandra: OpenCassandra
  readonly redis: OpenRedis
  readonly nats: Nats
  close(): Promise<void>
}

/** An engine found absent late in a start is still tried for this long. */
const startLeastMs = 3_000

/**
 * Opens all three, side by side as far as they do not need each other: inboxes are read by numbers that lie in Cassandra.
 * @throws WrongSetting, EngineUnusable
 */
export async function openEngines(options: EnginesOptions): Promise<OpenEngines> {
  const { observe, ...rest } = options
  const natsSettings = readNats(options.nats)
  const monitors = readNatsMonitors(options.natsMonitor, natsSettings)
  const redisSettings = readRedis(options.redis)
  const cassandraSettings = readCassandra(options.cassandra)
  const began = performance.now()

  const openingCassandra = openCassandra({
    ...rest,
    settings: cassandraSettings,
    ...(observe && { observe: (kind, ms, failed) => observe('cassandra', kind, ms, failed) }),
  })
  // Streams are made while it opens: not for what is not there.
  const mayBegin = options.mustExist ? openingCassandra : Promise.resolve()
  const openingNats = mayBegin.then(() => openNats({ ...rest, settings: natsSettings, monitors }))
  const openingRedis = openingCassandra.then(async ({ db }) => {
    const redis = await openRedis({
      ...rest,
      settings: redisSettings,
      generations: createCassandraGenerations({ db, of: 'inboxes' }),
      bodyGenerations: createCassandraGenerations({ db, of: 'bodies' }),
      startMs: Math.max(startLeastMs, engineStartMs - (performance.now() - began)),
      ...(observe && { observe: (kind, ms, failed) => observe('redis', kind, ms, failed) }),
    })
    for (const sentence of await redis.warnings()) options.log.warn({}, sentence)
    return redis
  })

  async function close(): Promise<void> {
    await Promise.allSettled([openingNats.then((nats) => nats.close()), openingRedis.then((redis) => redis.close())])
    await openingCassandra.then(({ db }) => db.close()).catch(() => {})
  }

  try {
    const [cassandra, redis, nats] = await Promise.all([openingCassandra, openingRedis, openingNats])
    return { cassandra, redis, nats, close }
  } catch (error) {
    // What is still being tried is let go of when it has ended: nobody waits for that.
    void close()
    throw error
  }
}
