import type { MessageId } from '../../../core/ids.ts'
import { deliveriesInFlightMax, deliveriesPerCallMax } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Delivered, type Delivery, PartlyDelivered } from '../../../ports/inbox.ts'
import { readerShardOf } from '../reader-shards.ts'
import { away } from './answers.ts'
import { doubles, ReaderTexts } from './keys.ts'
import type { Outages } from './outages.ts'
import { gatewaysIn } from './presence-text.ts'
import type { Shards } from './shards.ts'

/** Ids of one call: each reader names theirs in one byte. */
const idsPerCallMax = 256

/** What one call carries: readers of one shard, and to each one of some ids. */
class Carried {
  readonly ids: MessageId[] = []
  readonly readers = new ReaderTexts()
  readonly #which: number[] = []

  get full(): boolean {
    return this.readers.length === deliveriesPerCallMax
  }

  add(reader: number): void {
    this.readers.add(reader)
    this.#which.push(this.ids.length - 1)
  }

  idOf(number: number): MessageId {
    return this.ids[this.#which[number]!]!
  }

  arguments(): Uint8Array[] {
    return [doubles(...this.ids), this.readers.bytes(), Uint8Array.from(this.#which)]
  }
}

/**
 * Deliveries: one call a shard carries all of a batch that go there (beyond `deliveriesPerCallMax`: one after the other, in
 * order), and the calls of one server go out together. What could not be delivered is refused, after all else was done.
 */
export class Deliveries {
  readonly #shards: Shards
  readonly #outages: Outages
  readonly #clock: Clock
  #inFlight = 0
  readonly #waiting: (() => void)[] = []

  constructor(needs: { shards: Shards; outages: Outages; clock: Clock }) {
    this.#shards = needs.shards
    this.#outages = needs.outages
    this.#clock = needs.clock
  }

  async deliver(deliveries: readonly Delivery[]): Promise<Delivered[]> {
    const delivered: Delivered[] = []
    const shards = [...split(deliveries)]
    const outcomes = await Promise.allSettled(shards.map(([shard, calls]) => this.#shard(shard, calls, delivered)))
    let problem: Refusal | undefined
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue
      if (!(outcome.reason instanceof Refusal)) throw outcome.reason
      problem ??= outcome.reason
    }
    if (problem === undefined) return delivered
    throw delivered.length > 0 ? new PartlyDelivered(problem, delivered) : problem
  }

  async #shard(shard: number, calls: readonly Carried[], delivered: Delivered[]): Promise<void> {
    for (const [i, carried] of calls.entries()) {
      await this.#enter(carried.readers.length)
      try {
        await this.#call(shard, carried, delivered)
      } catch (error) {
        if (!(error instanceof Refusal)) throw error
        const ids = new Set(calls.slice(i).flatMap((call) => call.ids))
        if (this.#outages.mayDoWithout(shard, [...ids])) return
        throw error
      } finally {
        this.#leave(carried.readers.length)
      }
    }
  }

  async #call(shard: number, carried: Carried, delivered: Delivered[]): Promise<void> {
    const now = this.#clock.now()
    const reached = await this.#shards.under('deliver', shard, (link, generation) =>
      this.#shards.run(link, shard, 'deliver', [generation.bytes, String(now), ...carried.arguments()]),
    )
    if (!Array.isArray(reached)) throw away(new Error('a delivery was answered by something else'))
    for (let i = 0; i < reached.length; i += 4) {
      const [number, epoch, position, presence] = reached.slice(i, i + 4) as [number, number, number, string]
      const [id, reader] = [carried.idOf(number), carried.readers.readers[number]!]
      for (const gateway of gatewaysIn(presence, now)) delivered.push({ id, gateway, reader, epoch, position })
    }
  }

  /** Bounds what one process has a server do at once: others' reads wait behind it. */
  async #enter(deliveries: number): Promise<void> {
    while (this.#inFlight > 0 && this.#inFlight + deliveries > deliveriesInFlightMax) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
    this.#inFlight += deliveries
  }

  #leave(deliveries: number): void {
    this.#inFlight -= deliveries
    for (const resume of this.#waiting.splice(0)) resume()
  }
}

function split(deliveries: readonly Delivery[]): Map<number, Carried[]> {
  const shards = new Map<number, Carried[]>()
  for (const { id, readers } of deliveries) {
    /** Calls whose newest id is this one. */
    const open = new Map<number, Carried>()
    for (const reader of readers) {
      const shard = readerShardOf(reader)
      let carried = open.get(shard)
      if (carried === undefined || carried.full) {
        let calls = shards.get(shard)
        if (calls === undefined) shards.set(shard, (calls = []))
        carried = calls.at(-1)
        if (carried === undefined || carried.full || carried.ids.length === idsPerCallMax) {
          carried = new Carried()
          calls.push(carried)
        }
        carried.ids.push(id)
        open.set(shard, carried)
      }
      carried.add(reader)
    }
  }
  return shards
}
