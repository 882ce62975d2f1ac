import { readFileSync } from 'node:fs'
import { Client, type ClientOptions, type Host, type HostMap, metrics, policies } from 'cassandra-driver'
import {
  cassandraCallMs,
  cassandraReadAgainMs,
  cassandraTimeoutsPerConnection,
  cassandraWriteAgainMs,
  tokenMapAfterMs,
} from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { CassandraSettings, Tls } from '../settings.ts'
import { EngineUnusable } from '../unusable.ts'

/** A driver's client, not connected yet, and what it counts. Without keyspace: for a start's questions and for the schema. */
export interface Driver {
  readonly client: Client
  readonly counts: () => { retries: number; speculative: number }
}

export function createDriver(
  settings: CassandraSettings,
  inside?: { readonly keyspace: string; readonly dataCenter: string },
): Driver {
  const { user, password, tls } = settings
  const counted = new Counted()
  const options: ClientOptions = {
    // The driver forgets ports given here for every node but these.
    contactPoints: settings.hosts.map((host) => (host.includes(':') ? `[${host}]` : host)),
    protocolOptions: { port: settings.port, maxSchemaAgreementWaitSeconds: 20 },
    ...(inside && { keyspace: inside.keyspace, localDataCenter: inside.dataCenter }),
    ...(user !== undefined && { credentials: { username: user, password: password?.reveal() ?? '' } }),
    ...(tls && { sslOptions: tlsOptions(tls) }),
    socketOptions: {
      connectTimeout: cassandraCallMs,
      readTimeout: cassandraCallMs,
      defunctReadTimeoutThreshold: cassandraTimeoutsPerConnection,
    },
    pooling: { heartBeatInterval: 5_000 },
    policies: {
      ...(inside ? {} : { loadBalancing: new policies.loadBalancing.RoundRobinPolicy() }),
      reconnection: new policies.reconnection.ExponentialReconnectionPolicy(200, 5_000),
      retry: new WithinTime(),
      speculativeExecution: new AskAgain(),
    },
    metrics: counted,
  }
  // `monitorReporting` (reports to a vendor's server) stands in the types of the vendor's options alone.
  const client = new Client({ ...options, monitorReporting: { enabled: false } })
  return { client, counts: () => ({ retries: counted.retries, speculative: counted.speculative }) }
}

function tlsOptions(tls: Tls) {
  return {
    rejectUnauthorized: tls.verify,
    ...(tls.authority !== undefined && { ca: [textOf('ca', tls.authority)] }),
    ...(tls.certificate !== undefined && { cert: textOf('cert', tls.certificate) }),
    ...(tls.key !== undefined && { key: textOf('key', tls.key) }),
  }
}

function textOf(parameter: string, file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const why = (error as { code?: string }).code ?? 'an error'
    throw new EngineUnusable(
      `--cassandra: ${parameter}=${file} cannot be read (${why}): name a file that this process may read.`,
    )
  }
}

/** Goes on at the next node when one cannot; but not after a time-out, which has used up the call's time. */
class WithinTime extends policies.retry.RetryPolicy {
  override onRequestError(info: policies.retry.OperationInfo, _consistency: number, error: Error) {
    const spent = info.nbRetry >= 2 || error.name === 'OperationTimedOutError'
    return spent ? this.rethrowResult() : this.retryResult(undefined as unknown as number, false)
  }

  override onUnavailable(info: policies.retry.OperationInfo) {
    // Of a compare-and-set nobody knows how far the first node came.
    const spent = info.nbRetry > 0 || !info.executionOptions.isIdempotent()
    return spent ? this.rethrowResult() : this.retryResult(undefined as unknown as number, false)
  }

  override onReadTimeout(info: policies.retry.OperationInfo) {
    return info.nbRetry > 0 ? this.rethrowResult() : this.retryResult(undefined as unknown as number, false)
  }
}

/** A slow repeatable call is also asked of another node: reads soon, writes later. */
class AskAgain extends policies.speculativeExecution.NoSpeculativeExecutionPolicy {
  override newPlan(_keyspace: string, query: string | object[]) {
    const read = typeof query === 'string' && /^\s*select/i.test(query)
    let left = 2
    return {
      nextExecution: () => (left-- > 0 ? (read ? cassandraReadAgainMs : cassandraWriteAgainMs) : -1),
    }
  }
}

class Counted extends metrics.DefaultMetrics {
  retries = 0
  speculative = 0

  override onClientTimeoutRetry() {
    this.retries += 1
  }
  override onOtherErrorRetry() {
    this.retries += 1
  }
  override onReadTimeoutRetry() {
    this.retries += 1
  }
  override onUnavailableRetry() {
    this.retries += 1
  }
  override onWriteTimeoutRetry() {
    this.retries += 1
  }
  override onSpeculativeExecution() {
    this.speculative += 1
  }
}

/** What the driver's types leave out. */
interface TokenMap {
  buildTokens(hosts: HostMap): void
  readonly keyspaces: Record<string, { replicas: unknown }>
}

/**
 * Keeps the driver's map of tokens as the ring is. The driver builds it when it connects and never again, and keeps each
 * keyspace's replicas: a node that joined later would be up and never be asked.
 */
export function keepTokenMap(client: Client, log: Log): void {
  let timer: ReturnType<typeof setTimeout> | undefined

  function changed(what: string): (host: Host) => void {
    return (host) => {
      log.info({ node: host.address }, `Cassandra: a node ${what}`)
      clearTimeout(timer)
      timer = setTimeout(() => rebuildTokenMap(client), tokenMapAfterMs)
    }
  }

  client.on('hostAdd', changed('joined'))
  client.on('hostUp', changed('is up'))
  client.on('hostRemove', changed('left'))
  client.on('hostDown', (host: Host) => log.warn({ node: host.address }, 'Cassandra: a node is down'))
  client.on('closing', () => clearTimeout(timer))
}

/** In one step: a call in between would look up the replicas of a new token among those of the old ones, and throw. */
export function rebuildTokenMap({ metadata, hosts }: Pick<Client, 'metadata' | 'hosts'>): void {
  const map = metadata as unknown as TokenMap
  map.buildTokens(hosts)
  // Found anew, for the ring as it is, when they are next asked for.
  for (const keyspace of Object.values(map.keyspaces)) keyspace.replicas = null
}
