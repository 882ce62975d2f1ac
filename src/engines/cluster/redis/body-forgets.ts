import { type MessageId, timeOf } from '../../../core/ids.ts'
import { followsMarginMs, generationAgeMaxMs, removedIdsHeldMax } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Clock } from '../../../ports/clock.ts'
import { readerShards } from '../reader-shards.ts'
import { idText } from './keys.ts'
import type { Raise } from './raises.ts'
import type { Shards } from './shards.ts'

/** Messages of so short a time, in ms, are of one shard: those of one batch are asked for by one or two calls. */
const sliceMs = 16
export const bodyShardOf = (id: MessageId): number => Math.floor(timeOf(id) / sliceMs) % readerShards

export const bodyKey = (shards: Shards, id: MessageId): string => shards.keys[bodyShardOf(id)]!.bodies + idText(id)

export interface BodyForgetsNeeds {
  readonly shards: Shards
  /** Raises the number of a shard of bodies (raises.ts). @throws Refusal `unavailable` */
  readonly raise: (shard: number) => Promise<Raise>
  readonly clock: Clock
  readonly log: Log
}

/**
 * Takes shared bodies away, as shared-bodies.ts says. Where Redis cannot be told, the deletion takes some 6 s and then stands:
 * refused, it would have to be tried again by a client who is then told that there is no such message; and whether Redis is
 * away for a moment or for an hour makes no difference, for perhaps only this process is cut off from it.
 */
export class BodyForgets {
  readonly #needs: BodyForgetsNeeds
  /**
   * What is forgotten here, or was by whoever wrote of it in the log of deletions: remembered for longer than a shared body
   * lives. Once done it need not be done again: whatever is read or stored later, there is no body of it.
   */
  readonly #lately = new RecentMap<MessageId, 'under way' | 'done'>(removedIdsHeldMax)

  constructor(needs: BodyForgetsNeeds) {
    this.#needs = needs
  }

  lately(id: MessageId): boolean {
    return this.#lately.get(id) !== undefined
  }

  gone(id: MessageId): void {
    this.#lately.set(id, 'done')
  }

  /** To be called once the rows are gone. @throws Refusal `unavailable`: neither Redis nor the number could be written */
  async forget(id: MessageId): Promise<void> {
    // So the empty job of a deleted message does not wait once more.
    if (this.#lately.get(id) === 'done') return
    this.#lately.set(id, 'under way')
    await this.#forget(id)
    this.gone(id)
  }

  async #forget(id: MessageId): Promise<void> {
    const { shards, raise, clock, log } = this.#needs
    const shard = bodyShardOf(id)
    try {
      await shards.on('share', shard, (link) => link.send('DEL', [bodyKey(shards, id)]))
    } catch (error) {
      if (!(error instanceof Refusal)) log.error({ err: error }, 'a shared body could not be taken away')
      await raise(shard)
      await clock.sleep(generationAgeMaxMs + followsMarginMs)
    }
  }
}
