import { generationAgeMaxMs, generationReadEveryMs } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Clock } from '../../../ports/clock.ts'
import { readerShards } from '../reader-shards.ts'
import { away } from './answers.ts'
import { doubles } from './keys.ts'
import type { ServerInfo } from './server-info.ts'

/** The durable half of the inboxes' generations: truth, kept in the database. */
export interface Generations {
  /** The number of each of the `readerShards` shards, 0 where none was raised yet; as of a moment after the call began. */
  read(): Promise<ArrayLike<number>>
  /** Durably gives the shard a larger number than any it had; when it resolves, every `read` that begins sees it. */
  raise(shard: number): Promise<void>
}

/** Milliseconds since some moment of this process: unlike clocks of walls, they neither jump nor stand. */
export type Monotonic = () => number

/** A generation as it is compared and stored. */
export interface Generation {
  readonly value: number
  readonly bytes: Uint8Array
  /** @internal What it was made of. */
  readonly replid: string
  readonly number: number
}

/**
 * Which generation the inboxes of a shard must be of, to count as present. A Redis server gives positions twice after a
 * failover or a restart: what it had acknowledged last is gone. So an inbox belongs to one history of its server (the
 * `master_replid`, which changes with both) and to one number of its shard, which is raised before deliveries are
 * acknowledged without it. A process goes by a number for 5 s after it began to read it; who raised one waits for 10.
 */
export class GenerationWatch {
  readonly #generations: Generations
  readonly #monotonic: Monotonic
  readonly #current: (Generation | undefined)[] = new Array(readerShards)
  readonly #stop = new AbortController()
  #numbers: ArrayLike<number> = []
  /** When the read that gave `#numbers` began. */
  #readAt = Number.NEGATIVE_INFINITY

  constructor(generations: Generations, monotonic: Monotonic) {
    this.#generations = generations
    this.#monotonic = monotonic
  }

  /** Reads the numbers for the first time, then again and again until `close`. */
  async start(clock: Clock, log: Log): Promise<void> {
    await this.refresh()
    void this.#run(clock, log)
  }

  async refresh(): Promise<void> {
    const began = this.#monotonic()
    const numbers = await this.#generations.read()
    if (numbers.length !== readerShards) throw new Error(`${numbers.length} generations of ${readerShards} shards`)
    if (began < this.#readAt) return
    this.#numbers = numbers
    this.#readAt = began
  }

  /** The shard's number as it was read last. */
  number(shard: number): number {
    return this.#numbers[shard] ?? 0
  }

  /** The shard's generation on that server. Throws `unavailable` where it is not known. */
  of(shard: number, server: Pick<ServerInfo, 'replid'> | undefined): Generation {
    if (server === undefined) throw away(new Error('the server is away'))
    const { replid } = server
    if (this.#monotonic() - this.#readAt > generationAgeMaxMs) {
      throw away(new Error('the generations of the inboxes could not be read for too long'))
    }
    const number = this.#numbers[shard]!
    const known = this.#current[shard]
    if (known !== undefined && known.number === number && known.replid === replid) return known
    const value = (number % 2 ** 20) * 2 ** 32 + Bun.hash.crc32(replid)
    const made = { value, bytes: doubles(value), replid, number }
    this.#current[shard] = made
    return made
  }

  /** Throws `unavailable` unless the generation is that one now. */
  check(shard: number, server: Pick<ServerInfo, 'replid'> | undefined, generation: Generation): void {
    if (this.of(shard, server) !== generation) throw away(new Error('the generation changed meanwhile'))
  }

  close(): void {
    this.#stop.abort()
  }

  async #run(clock: Clock, log: Log): Promise<void> {
    const { signal } = this.#stop
    for (let failed = false; ; ) {
      await clock.sleep(generationReadEveryMs, signal)
      if (signal.aborted) return
      try {
        await this.refresh()
        failed = false
      } catch (error) {
        if (!failed) log.warn({ err: error }, 'the generations of the inboxes could not be read')
        failed = true
      }
    }
  }
}
