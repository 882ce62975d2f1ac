import { RedisClient } from 'bun'
import { redisAnswerMs } from '../../../core/limits.ts'
import { type NodeAddress, nodeText, type RedisSettings, type Tls } from '../settings.ts'
import { LinkLost, ServerError } from './answers.ts'

/** How often a connection is looked at for calls without an answer. */
const lookEveryMs = 100
const looksMax = Math.ceil(redisAnswerMs / lookEveryMs)

/**
 * One connection, from its beginning to its end: Bun's client, and the two things it does not do. A call that is not answered
 * within `redisAnswerMs` ends the connection, and with it all calls under way. Errors tell what a server said from what
 * nobody did. Commands of one turn of the event loop go out together, and are answered in their order.
 */
export class Wire {
  /** Resolves when it has ended. */
  readonly lost: Promise<void>
  readonly #client: RedisClient
  readonly #look: Timer
  #ended = false
  #silent = false
  #sent = 0
  #answered = 0
  /** How many commands had been sent at the last looks. Looks are counted, not time: when this process itself stood still, answers lie unread. */
  readonly #marks: number[] = []

  private constructor(client: RedisClient) {
    this.#client = client
    this.#look = setInterval(() => this.#lookForSilence(), lookEveryMs)
    this.#look.unref()
    this.lost = new Promise((resolve) => {
      client.onclose = () => {
        this.#ended = true
        clearInterval(this.#look)
        resolve()
      }
    })
  }

  /** @throws LinkLost */
  static async open(address: NodeAddress, settings: RedisSettings): Promise<Wire> {
    const client = new RedisClient(urlOf(address, settings), {
      connectionTimeout: redisAnswerMs,
      autoReconnect: false,
      enableOfflineQueue: false,
      ...(settings.tls && { tls: tlsOptions(settings.tls) }),
    })
    const wire = new Wire(client)
    try {
      await client.connect()
    } catch (error) {
      wire.close()
      throw new LinkLost(`${nodeText(address)} cannot be connected to`, { cause: error })
    }
    return wire
  }

  /** The reply: text, number, list, or null. Texts are decoded as UTF-8, so they must be such. */
  async send(command: string, args: readonly (string | Uint8Array)[]): Promise<unknown> {
    // The client takes bytes as well; its types do not say so.
    return this.#answer(this.#client.send(command, args as string[]))
  }

  /** The value of a key, as it is. */
  async bytes(key: string): Promise<Uint8Array | undefined> {
    return (await this.#answer(this.#client.getBuffer(key))) ?? undefined
  }

  close(): void {
    clearInterval(this.#look)
    this.#client.close()
  }

  async #answer<T>(answer: Promise<T>): Promise<T> {
    this.#sent++
    try {
      return await answer
    } catch (error) {
      if (error instanceof Error && (error as { code?: unknown }).code === 'ERR_REDIS_SERVER_ERROR') {
        throw new ServerError(error.message)
      }
      throw new LinkLost(this.#silent ? `no answer within ${redisAnswerMs} ms` : 'the connection ended', {
        cause: error,
      })
    } finally {
      this.#answered++
    }
  }

  #lookForSilence(): void {
    if (this.#ended) return
    this.#marks.push(this.#sent)
    if (this.#marks.length <= looksMax) return
    if (this.#answered < this.#marks.shift()!) {
      this.#silent = true
      this.close()
    }
  }
}

function urlOf(address: NodeAddress, { user, password, tls }: RedisSettings): string {
  const secret = password ? `${encodeURIComponent(user ?? '')}:${encodeURIComponent(password.reveal())}@` : ''
  return `${tls ? 'rediss' : 'redis'}://${secret}${nodeText(address)}`
}

function tlsOptions({ authority, certificate, key, verify }: Tls): Bun.TLSOptions {
  return {
    rejectUnauthorized: verify,
    ...(authority !== undefined && { ca: Bun.file(authority) }),
    ...(certificate !== undefined && { cert: Bun.file(certificate) }),
    ...(key !== undefined && { key: Bun.file(key) }),
  }
}
