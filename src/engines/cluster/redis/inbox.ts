import { type Id, idAt, type MessageId, type UserId } from '../../../core/ids.ts'
import { clocksApartMaxMs, readsNotedEveryMs } from '../../../core/limits.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Delivered, Delivery, FloorSeen, Inbox, InboxHead, Presence } from '../../../ports/inbox.ts'
import { readerShardOf } from '../reader-shards.ts'
import { Deliveries } from './deliveries.ts'
import { forgetDormant } from './dormant.ts'
import { Heads } from './heads.ts'
import { InboxValue } from './inbox-value.ts'
import { doubles, readerText } from './keys.ts'
import type { Outages } from './outages.ts'
import type { Presences } from './presences.ts'
import type { Servers } from './servers.ts'
import type { Shards } from './shards.ts'

export interface InboxNeeds {
  readonly keyspace: string
  readonly shards: Shards
  readonly servers: Servers
  readonly outages: Outages
  readonly presences: Presences
  readonly clock: Clock
  /** How long an inbox lives that nobody reads. */
  readonly dormantAfterMs: number
}

/**
 * The port `Inbox` over Redis: one string a reader, changed by functions that run inside the server. Inboxes of another
 * generation count as absent (generations.ts).
 *
 * Where a shard cannot be reached, or its generation is not known, a call is refused as `unavailable`: at once where the
 * server is known to be away, within a second where it hangs. So
 * - `head`, `after`, `page`, `create`, `complete`, `forget` throw; the reader can be served from the outboxes meanwhile, at a
 *   stand of epoch 0, which no inbox ever has;
 * - `deliver` throws when all else was delivered (`PartlyDelivered` with what is to be reported), until the shard is given
 *   up: then it resolves without it (outages.ts);
 * - `backfill` throws in the first seconds, then gives the shard up, for an inbox without it must not be read again;
 * - `lower` does nothing and says so; `online` and `offline` are kept in mind and made up for.
 */
export class RedisInbox implements Inbox {
  readonly #needs: InboxNeeds
  readonly #heads: Heads
  readonly #deliveries: Deliveries
  readonly #noteMs: number
  readonly #awakeSeconds: number

  constructor(needs: InboxNeeds) {
    this.#needs = needs
    this.#noteMs = Math.min(readsNotedEveryMs, needs.dormantAfterMs / 10)
    // From the last note on, and a read may come just before the next.
    this.#awakeSeconds = Math.ceil((needs.dormantAfterMs + this.#noteMs) / 1_000)
    this.#heads = new Heads({ ...needs, noteMs: this.#noteMs, awakeSeconds: this.#awakeSeconds })
    this.#deliveries = new Deliveries(needs)
  }

  deliver(deliveries: readonly Delivery[]): Promise<Delivered[]> {
    return this.#deliveries.deliver(deliveries)
  }

  head(reader: UserId): Promise<InboxHead | undefined> {
    return this.#heads.head(reader)
  }

  async after(
    reader: UserId,
    epoch: number,
    position: number,
    limit: number,
  ): Promise<{ head: InboxHead; ids: MessageId[] } | undefined> {
    const value = await this.#read(reader)
    if (value === undefined || value.epoch !== epoch) return undefined
    const ids = value.after(position, limit)
    return ids && { head: value.head(this.#needs.clock.now()), ids }
  }

  async page(reader: UserId, below: Id, limit: number): Promise<{ head: InboxHead; ids: MessageId[] } | undefined> {
    const value = await this.#read(reader)
    return value && { head: value.head(this.#needs.clock.now()), ids: value.page(below, limit) }
  }

  async create(
    reader: UserId,
    epoch: number,
    builder: number,
    now: number,
    deadline: number,
  ): Promise<'created' | 'building' | 'ready'> {
    const shard = readerShardOf(reader)
    const found = await this.#needs.shards.under('write', shard, (link, generation) =>
      this.#needs.shards.run(link, shard, 'create', [
        generation.bytes,
        readerText(reader),
        doubles(epoch),
        doubles(builder),
        String(now),
        doubles(deadline),
        String(this.#awakeSeconds),
      ]),
    )
    return found as 'created' | 'building' | 'ready'
  }

  complete(reader: UserId, epoch: number, builder: number, ids: readonly MessageId[], floor: Id): Promise<boolean> {
    // Own messages that could not be told of, before there was an inbox, have ids from before now, by any clock.
    const own = doubles(idAt(this.#needs.clock.now() + 2 * clocksApartMaxMs))
    return this.#changed(reader, 'complete', [doubles(epoch), doubles(builder), doubles(floor), upward(ids), own])
  }

  async backfill(reader: UserId, ids: readonly MessageId[], floor: Id): Promise<void> {
    const { shards, outages } = this.#needs
    const shard = readerShardOf(reader)
    const args = [readerText(reader), doubles(floor), upward(ids)]
    try {
      await shards.on('write', shard, (link) => shards.run(link, shard, 'backfill', args))
    } catch (error) {
      if (!(error instanceof Refusal && (await outages.giveUp(shard)))) throw error
    }
  }

  async lower(reader: UserId, seen: FloorSeen, ids: readonly MessageId[], to: Id): Promise<boolean> {
    const { epoch, floor, backfills } = seen
    try {
      const were = [doubles(epoch), doubles(floor), doubles(backfills)]
      return await this.#changed(reader, 'lower', [...were, doubles(to), upward(ids)])
    } catch (error) {
      if (error instanceof Refusal) return false
      throw error
    }
  }

  async forget(reader: UserId): Promise<void> {
    const { shards } = this.#needs
    const shard = readerShardOf(reader)
    await shards.on('write', shard, (link) => link.send('DEL', [shards.keys[shard]!.inboxes + readerText(reader)]))
  }

  /** Looks at every inbox; those that are forgotten by their time to live are not counted. */
  forgetDormant(before: number): Promise<number> {
    // A read may have gone unnoted for so long.
    return forgetDormant(this.#needs, before - this.#noteMs)
  }

  online(reader: UserId, gateway: string): Promise<void> {
    return this.#needs.presences.online(reader, gateway)
  }

  offline(reader: UserId, gateway: string): Promise<void> {
    return this.#needs.presences.offline(reader, gateway)
  }

  /** `unknown` where Redis is away, or was a short while ago. */
  presence(readers: readonly UserId[]): Promise<Presence[]> {
    return this.#needs.presences.of(readers)
  }

  async #changed(reader: UserId, name: 'complete' | 'lower', args: readonly Uint8Array[]): Promise<boolean> {
    const { shards } = this.#needs
    const shard = readerShardOf(reader)
    const done = await shards.under('write', shard, (link, generation) =>
      shards.run(link, shard, name, [generation.bytes, readerText(reader), ...args]),
    )
    return done === 1
  }

  /** An inbox that may be read, whole: sorting it inside Redis would take ten times as long. */
  async #read(reader: UserId): Promise<InboxValue | undefined> {
    const { shards, clock } = this.#needs
    const shard = readerShardOf(reader)
    const key = shards.keys[shard]!.inboxes + readerText(reader)
    const value = await shards.under('read', shard, async (link, generation) => {
      const bytes = await link.bytes(key)
      const read = bytes && new InboxValue(bytes)
      return read !== undefined && read.generation === generation.value && !read.building ? read : undefined
    })
    // Heads note reads. Where that fails, the next read tries again.
    if (value !== undefined && clock.now() - value.readAt > this.#noteMs) this.#heads.head(reader).catch(() => {})
    return value
  }
}

/** Ids as the functions take them: smallest first, none twice. They mostly come in the opposite order. */
function upward(ids: readonly MessageId[]): Uint8Array {
  const sorted = new Float64Array(ids.length)
  let downward = true
  for (let i = 0; i < ids.length; i++) {
    sorted[ids.length - 1 - i] = ids[i]!
    if (i > 0 && ids[i]! >= ids[i - 1]!) downward = false
  }
  return new Uint8Array((downward ? sorted : new Float64Array(new Set(ids)).sort()).buffer)
}
