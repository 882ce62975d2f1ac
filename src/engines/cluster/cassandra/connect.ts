import { type Client, errors } from 'cassandra-driver'
import { createBreaker } from '../../../core/breaker.ts'
import {
  breakerFailuresMax,
  breakerOpenMs,
  cassandraCallMs,
  cassandraInFlightMax,
  cassandraWaitingMax,
  engineStartMs,
} from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { CassandraSettings } from '../settings.ts'
import { EngineUnusable } from '../unusable.ts'
import { type CallKind, type Cassandra, createCassandra } from './client.ts'
import { createDriver, type Driver, keepTokenMap } from './driver.ts'
import { Turns } from './turns.ts'

const tryEveryMs = 500

/** A connection that knows no keyspace yet: for a start's questions, and to make the schema. */
export interface Admin {
  readonly client: Client
  /** The data centre that this process stays in. */
  readonly dataCenter: string
  close(): Promise<void>
}

/**
 * Connects to whichever node answers, for at most `startMs`.
 * @throws EngineUnusable
 */
export async function connectAdmin(settings: CassandraSettings, clock: Clock, startMs = engineStartMs): Promise<Admin> {
  const { client } = await connected(settings, clock, startMs, () => createDriver(settings))
  const close = () => client.shutdown()
  try {
    return { client, dataCenter: dataCenterOf(settings, client), close }
  } catch (error) {
    await close()
    throw error
  }
}

export interface ConnectOptions {
  readonly settings: CassandraSettings
  readonly keyspace: string
  readonly dataCenter: string
  readonly clock: Clock
  readonly log: Log
  readonly startMs?: number
  readonly observe?: (kind: CallKind, ms: number, failed: boolean) => void
}

/**
 * Connects to the nodes of the data centre, with the keyspace that is there by now.
 * @throws EngineUnusable
 */
export async function connectCassandra(options: ConnectOptions): Promise<Cassandra> {
  const { settings, keyspace, dataCenter, log } = options
  const { clock, startMs = engineStartMs } = options
  const driver = await connected(settings, clock, startMs, () => createDriver(settings, { keyspace, dataCenter }))
  const { client, counts } = driver
  keepTokenMap(client, log)
  return createCassandra({
    client,
    keyspace,
    turns: new Turns({
      inFlightMax: cassandraInFlightMax,
      waitingMax: cassandraWaitingMax,
      waitMs: cassandraCallMs,
    }),
    // Network time, not the product's: it must go on whatever becomes of the wall clock.
    breaker: createBreaker({
      failuresMax: breakerFailuresMax,
      openMs: breakerOpenMs,
      now: () => performance.now(),
    }),
    driverCounts: counts,
    observe: options.observe,
    async close() {
      client.emit('closing')
      await client.shutdown()
    },
  })
}

/** A client that is connected. Tries until `startMs` are over; a refusal of who we are ends that at once. */
async function connected(
  settings: CassandraSettings,
  clock: Clock,
  startMs: number,
  create: () => Driver,
): Promise<Driver> {
  const began = performance.now()
  for (;;) {
    const driver = create()
    try {
      await driver.client.connect()
      return driver
    } catch (error) {
      await driver.client.shutdown().catch(() => {})
      const sentence = refusedSentence(settings, error)
      if (sentence !== undefined) throw new EngineUnusable(sentence)
      if (performance.now() - began > startMs) {
        const unusable = new EngineUnusable(awaySentence(settings, startMs))
        unusable.cause = error
        throw unusable
      }
      await clock.sleep(tryEveryMs)
    }
  }
}

/** A sentence for what no waiting cures. */
function refusedSentence(settings: CassandraSettings, error: unknown): string | undefined {
  const all = reasons(error)
  if (all.some((reason) => reason instanceof errors.AuthenticationError)) {
    return settings.user === undefined
      ? 'Cassandra asks for a user and password: give them in --cassandra (cassandra://USER:PASSWORD@HOST), best by ROOKERY_CASSANDRA.'
      : `Cassandra refuses the user "${settings.user}" or the password given with it in --cassandra: check both.`
  }
  const certificate = all.find((reason) => /certificate|self.signed|altnames/i.test(messageOf(reason)))
  if (settings.tls && certificate !== undefined) {
    return `The certificate of Cassandra is not accepted (${messageOf(certificate)}): name its authority with ca=FILE in --cassandra.`
  }
  if (error instanceof errors.ArgumentError) return `--cassandra: ${error.message}.`
  return undefined
}

function awaySentence({ hosts, port, tls }: CassandraSettings, startMs: number): string {
  const where = hosts.map((host) => `${host}:${port}`).join(', ')
  const encrypted = tls ? 'whether it speaks TLS there' : 'whether it wants TLS (tls=true in --cassandra)'
  return `No Cassandra node answered at ${where} within ${startMs / 1_000} s: check --cassandra, that it runs, and ${encrypted}.`
}

function dataCenterOf(settings: CassandraSettings, client: Client): string {
  const found = [...new Set(client.hosts.values().map((host) => host.datacenter))].sort()
  const { dataCenter } = settings
  if (dataCenter === undefined) {
    if (found.length === 1) return found[0]!
    throw new EngineUnusable(
      `Cassandra has the data centres ${found.join(', ')}: say in --cassandra which one (dc=NAME).`,
    )
  }
  if (found.includes(dataCenter)) return dataCenter
  throw new EngineUnusable(
    `--cassandra names the data centre "${dataCenter}", but Cassandra has ${found.join(', ')}: correct dc=NAME.`,
  )
}

/** The errors of the single nodes where one stands for all of them. */
function reasons(error: unknown): unknown[] {
  if (!(error instanceof errors.NoHostAvailableError)) return [error]
  return Object.values((error.innerErrors ?? {}) as Record<string, unknown>)
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : '')
