import type { MessageId } from '../../../core/ids.ts'
import { sharedBodiesPerCallMax, sharedBodySeconds, sharedLeaseSeconds } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { MessageRecord } from '../../../ports/messages.ts'
import type { ReadBody, SharedBodies } from '../shared-bodies.ts'
import { type BodyForgets, bodyKey, bodyShardOf } from './body-forgets.ts'
import { fromText, type GenerationText, generationText, toText } from './body-text.ts'
import { idText } from './keys.ts'
import type { Shards } from './shards.ts'

/** One body asked for; who asks for it in the same turn of the event loop shares the answer. */
interface Asked {
  readonly id: MessageId
  readonly read: ReadBody
  readonly answer: PromiseWithResolvers<MessageRecord | undefined>
}

/** What one process holds a lease of. */
interface Lease {
  readonly generation: GenerationText
  readonly text: string
  /** By the place of each id: whether it is leased. */
  readonly taken: string
}

export interface SharedBodiesStats {
  /** Bodies found in Redis, and those read from the store. */
  readonly hits: number
  readonly misses: number
}

/**
 * Bodies that all processes of the installation share, in front of the rows: of a message that every gateway shows, Cassandra
 * is asked once or a few times, mostly by the worker that fans it out, and that is before any gateway hears of it.
 *
 * [M5] wants of it that *once a deletion has resolved, nobody is given the body any more*. There is one way in:
 *
 * - A body gets here only as the answer of a read of the store that began after its key was *leased* here, and only if that
 *   very lease still stands when the body comes (`lease` and `fill` of bodies.lua). Nobody puts what they believe to be
 *   stored: a store that comes late, after its message was deleted or abandoned, has no way in.
 *
 * And two ways to forget one (body-forgets.ts), both after the rows are gone and before the deletion resolves:
 *
 * - The key is deleted, body or lease. A read of the store under a lease of before finds its lease gone when it comes to fill,
 *   however late; under a later one it began after the rows were gone, and finds nothing.
 * - Where that cannot be told: what is there belongs to a *generation* (generations.ts; numbers of its own, so that no inbox
 *   is lost by it), and counts only under it. The number of the shard is raised, and the deletion resolves when nobody goes
 *   by the older one any more. Who fills under the new number knew it when they took the lease: so their read began after the
 *   raise, and that after the rows were gone.
 *
 * So nothing hangs on how long anything takes, on clocks, or on Redis keeping what it was told:
 *
 * - Evicted, expired or emptied: no body, or no lease, so no fill. There is no tombstone that could be lost.
 * - Hung, and back with the old body, or with a fill that lay in its buffers: of an older number.
 * - Restarted from a snapshot, or failed over to a copy that missed the deletion: another `master_replid`, so another
 *   generation. The same for a shard that moved.
 * - A process that dies in the middle of a deletion: its row in the log is not marked as told, and whoever meets it there
 *   takes the rows and the body away once more (deletions.ts).
 *
 * What is left: a master that was stopped for long, was replaced meanwhile and wakes up answers for a moment as if it were
 * still one, to who is connected to it alone. So ids that the log tells of, or that were forgotten here, are read from the
 * store whatever stands in Redis: that bounds it, and whatever else nobody thought of, by how often the log is read (1 s).
 *
 * Redis away, hung, full or slow: the store is asked, at once where that is known, else after `redisAnswerMs`. Never an error.
 */
export class RedisSharedBodies implements SharedBodies {
  readonly #shards: Shards
  readonly #forgets: BodyForgets
  readonly #log: Log
  /** Of this process's leases alone. */
  readonly #name: string
  #leases = 0
  readonly #asked = new Map<number, Map<MessageId, Asked>>()
  /** By shard the arguments of the next `fill`. */
  readonly #fills = new Map<number, string[]>()
  #hits = 0
  #misses = 0

  constructor(needs: { shards: Shards; forgets: BodyForgets; chance: Chance; log: Log }) {
    this.#shards = needs.shards
    this.#forgets = needs.forgets
    this.#log = needs.log
    this.#name = needs.chance.epoch().toString(36)
  }

  many(ids: readonly MessageId[], read: ReadBody): Promise<(MessageRecord | undefined)[]> {
    return Promise.all(ids.map((id) => this.#one(id, read)))
  }

  forget(id: MessageId): Promise<void> {
    return this.#forgets.forget(id)
  }

  gone(id: MessageId): void {
    this.#forgets.gone(id)
  }

  stats(): SharedBodiesStats {
    return { hits: this.#hits, misses: this.#misses }
  }

  #one(id: MessageId, read: ReadBody): Promise<MessageRecord | undefined> {
    if (!this.#forgets.lately(id)) return this.#ask(id, read)
    this.#misses++
    return read(id)
  }

  #ask(id: MessageId, read: ReadBody): Promise<MessageRecord | undefined> {
    const shard = bodyShardOf(id)
    let asked = this.#asked.get(shard)
    if (asked === undefined) {
      if (this.#asked.size === 0) setImmediate(() => this.#lookAll())
      this.#asked.set(shard, (asked = new Map()))
    }
    let one = asked.get(id)
    if (one === undefined) asked.set(id, (one = { id, read, answer: Promise.withResolvers() }))
    return one.answer.promise
  }

  #lookAll(): void {
    const shards = [...this.#asked]
    this.#asked.clear()
    for (const [shard, asked] of shards) {
      const list = [...asked.values()]
      for (let at = 0; at < list.length; at += sharedBodiesPerCallMax) {
        void this.#look(shard, list.slice(at, at + sharedBodiesPerCallMax))
      }
    }
  }

  async #look(shard: number, asked: readonly Asked[]): Promise<void> {
    const keys = asked.map(({ id }) => bodyKey(this.#shards, id))
    const missing: Asked[] = []
    try {
      const [generation, texts] = await this.#shards.under('bodies', shard, async (link, { value }) => {
        return [generationText(value), (await link.send('MGET', keys)) as (string | null)[]] as const
      })
      for (const [i, one] of asked.entries()) {
        const record = fromText(texts[i], one.id, generation)
        // It may have been forgotten while this was asked.
        if (record === undefined || this.#forgets.lately(one.id)) missing.push(one)
        else one.answer.resolve(record)
      }
    } catch (error) {
      this.#tell(error)
      this.#misses += asked.length
      for (const { id, read, answer } of asked) answer.resolve(read(id))
      return
    }
    this.#hits += asked.length - missing.length
    this.#misses += missing.length
    if (missing.length > 0) await this.#load(shard, missing)
  }

  /** Reads from the store, and shares what could be leased before. */
  async #load(shard: number, missing: readonly Asked[]): Promise<void> {
    const lease = await this.#lease(
      shard,
      missing.map(({ id }) => id),
    )
    for (const [i, { id, read, answer }] of missing.entries()) {
      const reading = read(id)
      answer.resolve(reading)
      if (lease?.taken[i] !== '1') continue
      // A lease whose read failed ends by itself.
      reading.then(
        (record) => this.#fill(shard, id, lease, record),
        () => {},
      )
    }
  }

  async #lease(shard: number, ids: readonly MessageId[]): Promise<Lease | undefined> {
    const rest = `?${this.#name}.${++this.#leases}`
    try {
      return await this.#shards.under('share', shard, async (link, { value }) => {
        const generation = generationText(value)
        const text = generation + rest
        const args = [generation, text, String(sharedLeaseSeconds), ids.map(idText).join('')]
        return { generation, text, taken: String(await this.#shards.runOnBodies(link, shard, 'lease', args)) }
      })
    } catch (error) {
      this.#tell(error)
      return undefined
    }
  }

  #fill(shard: number, id: MessageId, { generation, text }: Lease, record: MessageRecord | undefined): void {
    let args = this.#fills.get(shard)
    if (args === undefined) {
      if (this.#fills.size === 0) setImmediate(() => this.#fillAll())
      this.#fills.set(shard, (args = [String(sharedBodySeconds)]))
    }
    args.push(idText(id), text, toText(record, generation))
  }

  #fillAll(): void {
    const fills = [...this.#fills]
    this.#fills.clear()
    for (const [shard, args] of fills) {
      this.#shards
        .on('share', shard, (link) => this.#shards.runOnBodies(link, shard, 'fill', args))
        .catch((error: unknown) => this.#tell(error))
    }
  }

  /** That Redis is away is known and told elsewhere; anything else is a bug, which costs no reader their page. */
  #tell(error: unknown): void {
    if (!(error instanceof Refusal)) this.#log.error({ err: error }, 'bodies could not be shared')
  }
}
