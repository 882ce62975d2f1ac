import { readFileSync } from 'node:fs'
import {
  connect,
  credsAuthenticator,
  type Msg,
  type NatsConnection,
  type NodeConnectionOptions,
  type Subscription,
} from '@nats-io/transport-node'
import { engineStartMs, natsPingEveryMs, natsReconnectMs, natsWithinMs } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import { type NatsSettings, nodeText } from '../settings.ts'
import { EngineUnusable } from '../unusable.ts'
import { awaySentence, refusedSentence } from './sentences.ts'

/** A connection that comes back by itself, for ever, and says when it is gone. */
export interface Link {
  readonly connection: NatsConnection
  /** Whether it stands, as far as is known: a silent server is noticed within about `3 × natsPingEveryMs`. */
  readonly connected: boolean
  /**
   * Hears what is published under a subject, from now on and after every return. What `handle` throws is logged: let through,
   * it would silence the connection for good.
   */
  listen(subject: string, handle: (message: Msg) => void): Subscription
  /** Calls `handler` with each loss (false) and return (true); returns the way out. */
  onChange(handler: (connected: boolean) => void): () => void
  /** Sends what is under way, if that is possible at once, and lets go. */
  close(): Promise<void>
}

export interface LinkOptions {
  readonly settings: NatsSettings
  /** Shown by the server's monitoring. */
  readonly name: string
  /** Whether the server leaves out what we publish ourselves. */
  readonly noEcho?: boolean
  /** How long servers that do not answer are tried. */
  readonly startMs?: number
  readonly log: Log
}

const tryEveryMs = 500
/** How long a connection found dead may take to close by itself. */
const forceAfterMs = 500
const lastWordsMs = 500

/**
 * Connects to whichever server answers.
 * @throws EngineUnusable
 */
export async function openLink(options: LinkOptions): Promise<Link> {
  const connection = await connected(options)
  const { log } = options
  const handlers = new Set<(connected: boolean) => void>()
  let up = true
  let closing = false

  function changed(now: boolean): void {
    if (up === now) return
    up = now
    if (now) log.info({ server: connection.getServer() }, 'NATS is back')
    else log.warn({}, 'NATS is away')
    for (const handler of handlers) handler(now)
  }

  async function watch(): Promise<void> {
    for await (const { type } of connection.status()) {
      if (type === 'disconnect') changed(false)
      else if (type === 'reconnect') changed(true)
      else if (type === 'staleConnection') void cutIfStuck()
    }
  }

  /**
   * The client says goodbye to a dead connection by a write, and waits for its end: where the server hangs and the socket's
   * buffers are full, that never comes, and no other server would ever be tried.
   */
  async function cutIfStuck(): Promise<void> {
    const { transport } = (connection as unknown as { protocol: { transport: Transport } }).protocol
    await Bun.sleep(forceAfterMs)
    if (!closing && !transport.isClosed) await transport.close(new Error('the server does not answer'))
  }

  void watch()
  return {
    connection,
    get connected() {
      return up
    },
    listen(subject, handle) {
      return connection.subscribe(subject, {
        callback: (error, message) => {
          try {
            if (error !== null) throw error
            handle(message)
          } catch (problem) {
            log.error({ err: problem }, 'a message from NATS could not be taken')
          }
        },
      })
    },
    onChange(handler) {
      handlers.add(handler)
      return () => void handlers.delete(handler)
    },
    async close() {
      closing = true
      handlers.clear()
      if (up) await Promise.race([connection.flush().catch(() => {}), Bun.sleep(lastWordsMs)])
      up = false
      await connection.close()
    },
  }
}

/** What we use of the client's own transport, which it does not show. */
interface Transport {
  readonly isClosed: boolean
  close(error: Error): Promise<void>
}

/** Tries until `startMs` are over; a refusal of who we are ends that at once. */
async function connected({ settings, name, noEcho = false, startMs = engineStartMs }: LinkOptions) {
  const began = performance.now()
  const options = connectionOptions(settings, name, noEcho)
  for (;;) {
    try {
      return await connect(options)
    } catch (error) {
      const refused = refusedSentence(settings, error)
      if (refused === undefined && performance.now() - began < startMs) {
        await Bun.sleep(tryEveryMs)
        continue
      }
      const unusable = new EngineUnusable(refused ?? awaySentence(settings, startMs))
      unusable.cause = error
      throw unusable
    }
  }
}

function connectionOptions(settings: NatsSettings, name: string, noEcho: boolean): NodeConnectionOptions {
  const { user, password, token, credentials, tls } = settings
  return {
    servers: settings.nodes.map(nodeText),
    name,
    noEcho,
    timeout: natsWithinMs,
    pingInterval: natsPingEveryMs,
    maxPingOut: 2,
    maxReconnectAttempts: -1,
    reconnectTimeWait: natsReconnectMs,
    reconnectJitter: natsReconnectMs,
    reconnectJitterTLS: natsReconnectMs,
    // A password that is being changed everywhere must not end a process for good.
    ignoreAuthErrorAbort: true,
    // A resolver that hangs would be outside of the time-out above.
    resolve: false,
    ...(user !== undefined && { user, pass: password?.reveal() ?? '' }),
    ...(token && { token: token.reveal() }),
    ...(credentials !== undefined && { authenticator: credsAuthenticator(readCredentials(credentials)) }),
    ...(tls && {
      tls: {
        rejectUnauthorized: tls.verify,
        ...(tls.authority !== undefined && { caFile: tls.authority }),
        ...(tls.certificate !== undefined && { certFile: tls.certificate }),
        ...(tls.key !== undefined && { keyFile: tls.key }),
      },
    }),
  }
}

function readCredentials(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch {
    throw new EngineUnusable('The file that creds= names in --nats cannot be read: check the path and the rights.')
  }
}
