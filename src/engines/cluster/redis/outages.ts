import { type Id, idAt, type MessageId } from '../../../core/ids.ts'
import { heldBackIdsMax, raisedForMs, settleMs, shardGivenUpMs } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import { readerShards } from '../reader-shards.ts'
import type { Generations, GenerationWatch, Monotonic } from './generations.ts'
import { createRaises, type Raise } from './raises.ts'

interface Outage {
  /** Since when nothing reached the shard. Times here are monotonic. */
  readonly since: number
  /** Finished raises that still count, oldest first. */
  raises: Raise[]
  raising: Promise<void> | undefined
  raisedAt: number
  /** Messages that could not be delivered, and since when. */
  readonly heldBack: Map<MessageId, number>
}

export interface OutagesNeeds {
  readonly generations: Generations
  readonly watch: Pick<GenerationWatch, 'refresh' | 'number'>
  readonly clock: Clock
  readonly chance: Chance
  readonly monotonic: Monotonic
  readonly log: Log
}

/**
 * Shards that cannot be reached, and when deliveries to one may be acknowledged without it. After 5 s the shard's generation
 * is raised, so that no inbox of before is read once 10 more have passed; an inbox made under the new number was filled from
 * the outboxes after the raise began. So a message may do without if it was stored before that: it is in all later inboxes.
 * For others the number is raised again, as long as it lasts: only this process may be cut off, while others make inboxes.
 */
export class Outages {
  readonly #needs: OutagesNeeds
  readonly #raise: (shard: number) => Promise<Raise>
  readonly #shards: (Outage | undefined)[] = new Array(readerShards)

  constructor(needs: OutagesNeeds) {
    this.#needs = needs
    this.#raise = createRaises(
      needs,
      'shards of inboxes cannot be reached: given up, their inboxes are made anew later',
    )
  }

  /** Shards that cannot be reached now. */
  get count(): number {
    return this.#shards.filter((outage) => outage !== undefined).length
  }

  failed(shard: number): void {
    this.#shards[shard] ??= {
      since: this.#needs.monotonic(),
      raises: [],
      raising: undefined,
      raisedAt: Number.NEGATIVE_INFINITY,
      heldBack: new Map(),
    }
  }

  reached(shard: number): void {
    this.#shards[shard] = undefined
  }

  /** Whether all these messages may be acknowledged without the shard, which could not be reached. Raises what must be raised. */
  mayDoWithout(shard: number, ids: readonly MessageId[]): boolean {
    const outage = this.#shards[shard]
    if (outage === undefined) return false
    const now = this.#needs.monotonic()
    const ripe = outage.raises.findLast((raise) => raise.ended + raisedForMs <= now)
    let all = true
    for (const id of ids) {
      const since = outage.heldBack.get(id)
      if (ripe !== undefined && storedBefore(ripe, id, since)) continue
      all = false
      if (since === undefined) holdBack(outage.heldBack, id, now)
    }
    if (!all && now - outage.since >= shardGivenUpMs && now - outage.raisedAt >= shardGivenUpMs) {
      void this.#raised(shard, outage).catch((error: unknown) => {
        this.#needs.log.warn({ err: error, shard }, 'a shard of inboxes cannot be reached, nor be given up')
      })
    }
    return all
  }

  /** Whether the shard has been out of reach for so long that it may be given up. */
  lasts(shard: number): boolean {
    const outage = this.#shards[shard]
    return outage !== undefined && this.#needs.monotonic() - outage.since >= shardGivenUpMs
  }

  /** For what is no message: resolves to whether the shard was given up, anew, after the call. */
  async giveUp(shard: number): Promise<boolean> {
    const outage = this.#shards[shard]
    if (outage === undefined || this.#needs.monotonic() - outage.since < shardGivenUpMs) return false
    // One that is under way may have begun before what is to be left out.
    await outage.raising?.catch(() => {})
    await this.#raised(shard, outage)
    return true
  }

  #raised(shard: number, outage: Outage): Promise<void> {
    outage.raising ??= (async () => {
      outage.raisedAt = this.#needs.monotonic()
      try {
        const raise = await this.#raise(shard)
        const ripe = outage.raises.findLastIndex((earlier) => earlier.ended + raisedForMs <= raise.ended)
        outage.raises = [...outage.raises.slice(Math.max(0, ripe)), raise]
        this.#needs.log.warn(
          { shard },
          'a shard of inboxes cannot be reached: given up, its inboxes are made anew later',
        )
      } finally {
        outage.raising = undefined
      }
    })()
    return outage.raising
  }
}

/** Kept also once it may do without this shard: it is tried again as long as it may not do without another. */
function holdBack(heldBack: Map<MessageId, number>, id: MessageId, now: number): void {
  heldBack.set(id, now)
  if (heldBack.size <= heldBackIdsMax) return
  const [oldest] = heldBack.keys()
  if (oldest !== undefined) heldBack.delete(oldest)
}

/** Whether the message was stored before the raise began: by its age, or because its delivery had been tried by then. */
function storedBefore(raise: Raise, id: MessageId, triedSince: number | undefined): boolean {
  const oldEnough: Id = idAt(raise.beganAt - settleMs)
  return id < oldEnough || (triedSince !== undefined && triedSince < raise.began)
}
