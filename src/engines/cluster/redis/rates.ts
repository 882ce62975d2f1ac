import { ratesPerCallMax } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { RateTaken, SharedRates } from '../../../ports/rates.ts'
import { readerShards } from '../reader-shards.ts'
import type { Shards } from './shards.ts'

/** Allowances in Redis: one call for all of a shard. A Redis that was emptied has forgotten what was taken. */
export class RedisRates implements SharedRates {
  readonly #shards: Shards

  constructor(shards: Shards) {
    this.#shards = shards
  }

  async settle(taken: readonly RateTaken[]): Promise<(number | undefined)[]> {
    const used: (number | undefined)[] = new Array(taken.length).fill(undefined)
    const byShard = Map.groupBy(taken.keys(), (i) => shardOf(taken[i]!.key))
    const calls: Promise<void>[] = []
    for (const [shard, places] of byShard) {
      for (let at = 0; at < places.length; at += ratesPerCallMax) {
        calls.push(this.#call(shard, places.slice(at, at + ratesPerCallMax), taken, used))
      }
    }
    for (const outcome of await Promise.allSettled(calls)) {
      if (outcome.status === 'rejected' && !(outcome.reason instanceof Refusal)) throw outcome.reason
    }
    return used
  }

  async #call(
    shard: number,
    places: readonly number[],
    taken: readonly RateTaken[],
    used: (number | undefined)[],
  ): Promise<void> {
    const args = places.flatMap((i) => {
      const { key, ms, agoMs, windowMs } = taken[i]!
      return [key, String(ms), String(agoMs), String(windowMs)]
    })
    const answers = await this.#shards.on('rates', shard, (link) => this.#shards.runOnRates(link, shard, args))
    for (const [n, ms] of (answers as number[]).entries()) used[places[n]!] = Number(ms)
  }
}

/** Keys are texts: a user's id, or an address. */
function shardOf(key: string): number {
  return Bun.hash.crc32(key) & (readerShards - 1)
}
