import { engineStartMs } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Engines } from '../../../core/wire-operations.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { NatsSettings, NodeAddress } from '../settings.ts'
import { EngineUnusable } from '../unusable.ts'
import { NatsBus } from './bus.ts'
import { openLink } from './link.ts'
import { NatsQueue } from './queue.ts'
import { checkSafety } from './safety.ts'
import { openStreams } from './streams.ts'

export interface NatsOptions {
  readonly settings: NatsSettings
  /** The monitoring ports of all servers (`readNatsMonitors`). */
  readonly monitors: readonly NodeAddress[]
  readonly keyspace: string
  /** Serve although acknowledged jobs could be lost; what is wrong is then in `unsafe`. */
  readonly allowUnsafe: boolean
  readonly clock: Clock
  readonly log: Log
  /** How long NATS is tried at the start. */
  readonly startMs?: number
  /** What each lane holds at most, in bytes; `natsStreamBytesMax` without it. */
  readonly queueBytesMax?: number
  /** How long a job is offered; `offerWithinMs` without it. Longer where a test must not depend on how busy a machine is. */
  readonly offerMs?: number
}

/** What the cluster engine has of NATS. */
export interface Nats {
  readonly queue: NatsQueue
  readonly bus: NatsBus
  /** Whether both connections stand: without them publishing goes on, and what is put out late is made up for. */
  readonly connected: boolean
  /** Settings by which an acknowledged job could be lost, a sentence each; empty unless `allowUnsafe`. */
  readonly unsafe: readonly string[]
  /** What is safe for the data and still should be known, a sentence each. */
  readonly warnings: readonly string[]
  /** The streams; undefined while NATS is away. */
  view(): Promise<Engines['streams']>
  /** After the workers have ended. */
  close(): Promise<void>
}

/**
 * Connects to NATS, looks whether its settings keep the promises, and makes the streams.
 * @throws EngineUnusable when it is away, refuses us, or is unsafe and `allowUnsafe` is false
 */
export async function openNats(options: NatsOptions): Promise<Nats> {
  const {
    settings,
    monitors,
    keyspace,
    allowUnsafe,
    clock,
    log,
    startMs = engineStartMs,
    queueBytesMax,
    offerMs,
  } = options
  const name = `rookery ${keyspace}`
  // Two connections: neither a flood on the Bus nor a slow consumer of it may hold up the queue.
  const queueLink = await openLink({ settings, name: `${name} queue`, startMs, log })
  const links = [queueLink]
  try {
    const safety = await checkSafety(monitors)
    refuseUnsafe(safety.unsafe, allowUnsafe)
    const streams = await openStreams(queueLink.connection, {
      keyspace,
      servers: safety.servers,
      ...(queueBytesMax !== undefined && { bytesMax: queueBytesMax }),
    })
    await streams.ensureWithin(startMs)
    for (const sentence of safety.unsafe) log.warn({ unsafe: true }, sentence)
    const warnings = warningsOf(safety.servers)
    for (const sentence of warnings) log.warn({}, sentence)
    const busLink = await openLink({ settings, name: `${name} bus`, noEcho: true, startMs, log })
    links.push(busLink)
    const queue = new NatsQueue({ link: queueLink, streams, clock, log, ...(offerMs !== undefined && { offerMs }) })
    const report = (error: unknown) => log.error({ err: error }, 'an event of the Bus could not be taken')
    const bus = new NatsBus({ link: busLink, keyspace, report })
    return {
      queue,
      bus,
      get connected() {
        return queueLink.connected && busLink.connected
      },
      unsafe: safety.unsafe,
      warnings,
      view: () => streams.view().catch(() => undefined),
      async close() {
        await queue.close()
        bus.close()
        await Promise.all([queueLink.close(), busLink.close()])
      },
    }
  } catch (error) {
    await Promise.all(links.map((link) => link.close()))
    throw error
  }
}

function refuseUnsafe([first]: readonly string[], allowUnsafe: boolean): void {
  if (first === undefined || allowUnsafe) return
  throw new EngineUnusable(`${first} To try Rookery out all the same, give --allow-unsafe.`)
}

function warningsOf(servers: number): string[] {
  if (servers >= 3) return []
  const lost = servers === 1 ? 'when it is away' : 'when either is away'
  return [
    `NATS has ${servers === 1 ? 'one server' : 'two servers'}: ${lost}, messages are still accepted, and delivered once it is back; three servers go on without one.`,
  ]
}
