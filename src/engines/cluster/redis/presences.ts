import type { UserId } from '../../../core/ids.ts'
import { presenceKnownAfterMs, presenceRenewEveryMs, presenceSeconds, readersPerLookMax } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Presence } from '../../../ports/inbox.ts'
import { readerShardOf, readerShards } from '../reader-shards.ts'
import { ReaderTexts, readerText } from './keys.ts'
import { gatewaysIn } from './presence-text.ts'
import type { Shards } from './shards.ts'

/** The mark that presences are kept ends before the first presence does that was not renewed. */
const markSeconds = presenceSeconds - presenceRenewEveryMs / 1_000
/** Renewals that something asked for come no closer. */
const renewAtMostEveryMs = 1_000

/**
 * Who has open sockets, and at which gateways: kept for a minute in Redis, renewed by the gateway's process. What a process
 * knows of its own sockets it keeps itself, so an outage of Redis is made up for with the next renewal.
 */
export class Presences {
  readonly #shards: Shards
  readonly #clock: Clock
  readonly #log: Log
  /** Readers with sockets here, by gateway and shard. */
  readonly #here = new Map<string, Set<UserId>[]>()
  readonly #stop = new AbortController()
  #wake = new AbortController()

  constructor(needs: { shards: Shards; clock: Clock; log: Log }) {
    this.#shards = needs.shards
    this.#clock = needs.clock
    this.#log = needs.log
  }

  start(): void {
    void this.#run()
  }

  /** Never refused: where Redis is away, it is made up for. */
  async online(reader: UserId, gateway: string): Promise<void> {
    if (gateway.includes('\n')) throw new Error('a gateway has a name of one line')
    const shard = readerShardOf(reader)
    let shards = this.#here.get(gateway)
    if (shards === undefined) {
      shards = Array.from({ length: readerShards }, () => new Set<UserId>())
      this.#here.set(gateway, shards)
    }
    shards[shard]!.add(reader)
    await this.#quietly(this.#renew(gateway, shard, [reader]))
  }

  /** Never refused: where Redis is away, the presence ends by itself. */
  async offline(reader: UserId, gateway: string): Promise<void> {
    const shard = readerShardOf(reader)
    this.#here.get(gateway)?.[shard]?.delete(reader)
    const args = [gateway, String(this.#clock.now()), readerText(reader)]
    await this.#quietly(this.#shards.on('presence', shard, (link) => this.#shards.run(link, shard, 'offline', args)))
  }

  /** Of each user whether they have an open socket; `unknown` where Redis is away, or was a short while ago. */
  async of(users: readonly UserId[]): Promise<Presence[]> {
    const found: Presence[] = new Array(users.length).fill('unknown')
    const places = new Map<number, number[]>()
    users.forEach((user, i) => {
      const shard = readerShardOf(user)
      const at = places.get(shard)
      if (at === undefined) places.set(shard, [i])
      else at.push(i)
    })
    await Promise.all(
      [...places].map(([shard, at]) =>
        this.#quietly(
          (async () => {
            const { presences, presenceSince } = this.#shards.keys[shard]!
            const keys = [presenceSince, ...at.map((i) => presences + readerText(users[i]!))]
            const reply = await this.#shards.on('presence', shard, (link) => link.send('MGET', keys))
            const [since, ...texts] = reply as (string | null)[]
            const now = this.#clock.now()
            if (since === null || now - Number(since) < presenceKnownAfterMs) return
            at.forEach((i, n) => {
              found[i] = gatewaysIn(texts[n] ?? '', now).length > 0 ? 'online' : 'offline'
            })
          })(),
        ),
      ),
    )
    return found
  }

  /** Renews soon: Redis may have lost what it knew. */
  renewSoon(): void {
    this.#wake.abort()
  }

  close(): void {
    this.#stop.abort()
    this.#wake.abort()
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.#renewAll()
      await this.#clock.sleep(renewAtMostEveryMs, signal)
      await this.#clock.sleep(presenceRenewEveryMs - renewAtMostEveryMs, this.#wake.signal)
      if (this.#wake.signal.aborted) this.#wake = new AbortController()
    }
  }

  async #renewAll(): Promise<void> {
    await Promise.all(Array.from({ length: readerShards }, (_, shard) => this.#quietly(this.#renewShard(shard))))
  }

  /** Also where nobody is here: that presences are kept without a gap is for all processes to mark. */
  async #renewShard(shard: number): Promise<void> {
    if (this.#here.size === 0) return this.#renew('', shard, [])
    for (const [gateway, shards] of this.#here) {
      const here = shards[shard]!
      const readers = [...here]
      for (let from = 0; from === 0 || from < readers.length; from += readersPerLookMax) {
        // Some may have gone while others were renewed.
        const still = readers.slice(from, from + readersPerLookMax).filter((reader) => here.has(reader))
        await this.#renew(gateway, shard, still)
      }
    }
  }

  async #renew(gateway: string, shard: number, readers: readonly UserId[]): Promise<void> {
    const now = this.#clock.now()
    const texts = new ReaderTexts()
    for (const reader of readers) texts.add(reader)
    const args = [gateway, String(now), String(now + presenceSeconds * 1_000), String(presenceSeconds)]
    await this.#shards.on('presence', shard, (link) =>
      this.#shards.run(link, shard, 'online', [...args, String(markSeconds), texts.bytes()]),
    )
  }

  async #quietly(call: Promise<unknown>): Promise<void> {
    try {
      await call
    } catch (error) {
      if (!(error instanceof Refusal)) this.#log.error({ err: error }, 'a presence could not be kept')
    }
  }
}
