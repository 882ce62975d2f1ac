import { redisRetryMaxMs, redisRetryMs } from '../../../core/limits.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type NodeAddress, nodeText, type RedisSettings } from '../settings.ts'
import { EngineUnusable } from '../unusable.ts'
import { LinkLost, ServerError } from './answers.ts'
import type { Library } from './functions.ts'
import { readInfo, type ServerInfo } from './server-info.ts'
import { Wire } from './wire.ts'

/** The first with functions. */
const oldestMajor = 7

export interface LinkNeeds {
  readonly settings: RedisSettings
  readonly library: Library
  readonly clock: Clock
  readonly chance: Chance
  /** Told when the server can be used, cannot any more, or is another than before. */
  readonly changed: (link: Link) => void
}

/**
 * The connection to one server, made again when it ends, with back-off. While there is none, calls fail at once: that is
 * the circuit breaker. Nothing is sent on a new connection before the server has said which history of the data it holds.
 */
export class Link {
  readonly address: NodeAddress
  /** What the server said of itself on this connection; undefined while there is none. */
  info: ServerInfo | undefined
  /** Why there is none. */
  problem: unknown
  readonly #needs: LinkNeeds
  readonly #stop = new AbortController()
  #wire: Wire | undefined
  #trying: Promise<void>
  #tried: () => void = () => {}

  constructor(address: NodeAddress, needs: LinkNeeds) {
    this.address = address
    this.#needs = needs
    this.#trying = this.#nextTry()
    void this.#run()
  }

  /** Whether commands that change something may be sent. */
  get usable(): boolean {
    return this.info?.master === true
  }

  /** Resolves when the try that is under way, or the next one, has ended. */
  tried(): Promise<void> {
    return this.#trying
  }

  send(command: string, args: readonly (string | Uint8Array)[]): Promise<unknown> {
    const wire = this.#wire
    return wire ? wire.send(command, args) : Promise.reject(this.#lost())
  }

  bytes(key: string): Promise<Uint8Array | undefined> {
    const wire = this.#wire
    return wire ? wire.bytes(key) : Promise.reject(this.#lost())
  }

  /** Asks again what the server is: another master, or another history, is told to `changed`. */
  async probe(): Promise<void> {
    const wire = this.#wire
    if (wire === undefined || this.info === undefined) throw this.#lost()
    const now = readInfo(String(await wire.send('INFO', ['replication'])))
    if (this.#wire !== wire || (now.replid === this.info.replid && now.master === this.info.master)) return
    this.info = { ...this.info, ...pick(now) }
    if (now.master) await this.load()
    this.#needs.changed(this)
  }

  /** Makes sure that our functions are there. */
  async load(): Promise<void> {
    try {
      await this.send('FUNCTION', ['LOAD', this.#needs.library.text])
    } catch (error) {
      if (!(error instanceof ServerError && error.message.includes('already exists'))) throw error
    }
  }

  close(): void {
    this.#stop.abort()
    this.#wire?.close()
  }

  async #run(): Promise<void> {
    const { clock, chance, changed } = this.#needs
    const { signal } = this.#stop
    for (let failures = 0; !signal.aborted; ) {
      try {
        const wire = await Wire.open(this.address, this.#needs.settings)
        const info = await this.#begin(wire)
        if (signal.aborted) return wire.close()
        this.info = info
        this.problem = undefined
        failures = 0
        changed(this)
        this.#tellTried()
        await wire.lost
        this.problem = new LinkLost('the connection ended')
      } catch (error) {
        this.problem = error
        failures++
      }
      const had = this.info !== undefined
      this.#wire = undefined
      this.info = undefined
      if (had) changed(this)
      this.#tellTried()
      // All processes lose a server at the same moment, and should not come back in one.
      const wait = Math.min(redisRetryMaxMs, redisRetryMs * 2 ** Math.min(failures, 8))
      await clock.sleep(wait * (0.5 + chance.number() / 2), signal)
    }
  }

  async #begin(wire: Wire): Promise<ServerInfo> {
    try {
      const info = readInfo(String(await wire.send('INFO', [])))
      if (Number.parseInt(info.version, 10) < oldestMajor) {
        throw new EngineUnusable(
          `Redis at ${nodeText(this.address)} is version ${info.version}: ${oldestMajor} or newer is needed, or Valkey.`,
        )
      }
      this.#wire = wire
      if (info.master) await this.load()
      return info
    } catch (error) {
      wire.close()
      throw error
    }
  }

  #nextTry(): Promise<void> {
    return new Promise((resolve) => {
      this.#tried = resolve
    })
  }

  #tellTried(): void {
    const tell = this.#tried
    this.#trying = this.#nextTry()
    tell()
  }

  #lost(): LinkLost {
    return new LinkLost(`${nodeText(this.address)} is away`, { cause: this.problem })
  }
}

const pick = ({ master, masterHost, masterPort, replid }: ServerInfo) => ({ master, masterHost, masterPort, replid })
