import type { Id, MessageId, UserId } from '../../core/ids.ts'
import { Refusal } from '../../core/refusal.ts'
import type { UserNumbers } from '../../core/user-numbers.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Delivered, Delivery, FloorSeen, Inbox, InboxHead, Presence } from '../../ports/inbox.ts'
import { InboxRings } from './inbox-rings.ts'

/** Deliveries made before serving gets its turn: 1 to 3 ms. */
const deliveriesPerTurn = 16_384

/** The port `Inbox` over rings in memory. Everything happens on the thread that serves, so each call is one step. */
export class EmbeddedInbox implements Inbox {
  readonly #numbers: UserNumbers
  readonly #clock: Clock
  readonly #rings: InboxRings
  /** The gateways where a reader has sockets: one in this engine, but the port allows more. */
  readonly #gateways = new Map<number, Set<string>>()

  /** `bytesMax` bounds the ids held; the heads, 73 bytes a user, come on top. */
  constructor(numbers: UserNumbers, clock: Clock, bytesMax: number) {
    this.#numbers = numbers
    this.#clock = clock
    // Room for a quarter more users before the heads must be copied.
    this.#rings = new InboxRings(bytesMax, Math.ceil(numbers.largest * 1.25))
  }

  /** Inboxes held, bytes allocated, chunks in use, and inboxes forgotten for lack of memory. */
  get stats(): { inboxes: number; bytes: number; chunks: number; evicted: number } {
    return this.#rings.stats
  }

  async deliver(deliveries: readonly Delivery[]): Promise<Delivered[]> {
    const delivered: Delivered[] = []
    const reached: number[] = []
    let sinceTurn = 0
    for (const { id, readers } of deliveries) {
      if (sinceTurn > 0 && sinceTurn + readers.length > deliveriesPerTurn) {
        await new Promise((resolve) => setImmediate(resolve))
        sinceTurn = 0
      }
      sinceTurn += readers.length
      reached.length = 0
      this.#rings.deliver(id, readers instanceof Uint32Array ? readers : Uint32Array.from(readers), reached)
      for (let i = 0; i < reached.length; i += 3) {
        const reader = this.#numbers.id(reached[i]!)
        for (const gateway of this.#gateways.get(reached[i]!) ?? []) {
          delivered.push({ id, gateway, reader, epoch: reached[i + 1]!, position: reached[i + 2]! })
        }
      }
    }
    return delivered
  }

  async head(reader: UserId): Promise<InboxHead | undefined> {
    return this.#rings.head(this.#numbers.number(reader), this.#clock.now())
  }

  async after(
    reader: UserId,
    epoch: number,
    position: number,
    limit: number,
  ): Promise<{ head: InboxHead; ids: MessageId[] } | undefined> {
    return this.#rings.after(this.#numbers.number(reader), epoch, position, limit, this.#clock.now())
  }

  async page(reader: UserId, below: Id, limit: number): Promise<{ head: InboxHead; ids: MessageId[] } | undefined> {
    return this.#rings.page(this.#numbers.number(reader), below, limit, this.#clock.now())
  }

  async create(
    reader: UserId,
    epoch: number,
    builder: number,
    now: number,
    deadline: number,
  ): Promise<'created' | 'building' | 'ready'> {
    return this.#rings.create(this.#known(reader), epoch, builder, now, deadline)
  }

  async complete(
    reader: UserId,
    epoch: number,
    builder: number,
    ids: readonly MessageId[],
    floor: Id,
  ): Promise<boolean> {
    return this.#rings.complete(this.#numbers.number(reader), epoch, builder, ids, floor)
  }

  async backfill(reader: UserId, ids: readonly MessageId[], floor: Id): Promise<void> {
    this.#rings.backfill(this.#numbers.number(reader), ids, floor)
  }

  async lower(reader: UserId, seen: FloorSeen, ids: readonly MessageId[], to: Id): Promise<boolean> {
    return this.#rings.lower(this.#numbers.number(reader), seen, ids, to)
  }

  async forget(reader: UserId): Promise<void> {
    this.#rings.forget(this.#numbers.number(reader))
  }

  async forgetDormant(before: number): Promise<number> {
    let forgotten = 0
    for (let from: number | undefined = 0; from !== undefined; ) {
      const step = this.#rings.forgetDormant(before, from)
      forgotten += step.count
      from = step.next
      if (from !== undefined) await new Promise((resolve) => setImmediate(resolve))
    }
    return forgotten
  }

  async online(reader: UserId, gateway: string): Promise<void> {
    const number = this.#known(reader)
    const gateways = this.#gateways.get(number)
    if (gateways === undefined) this.#gateways.set(number, new Set([gateway]))
    else gateways.add(gateway)
    this.#rings.setOnline(number, true, this.#clock.now())
  }

  async offline(reader: UserId, gateway: string): Promise<void> {
    const number = this.#numbers.number(reader)
    const gateways = this.#gateways.get(number)
    if (gateways === undefined || !gateways.delete(gateway) || gateways.size > 0) return
    this.#gateways.delete(number)
    this.#rings.setOnline(number, false, this.#clock.now())
  }

  async presence(readers: readonly UserId[]): Promise<Presence[]> {
    return readers.map((reader) => (this.#gateways.has(this.#numbers.number(reader)) ? 'online' : 'offline'))
  }

  #known(reader: UserId): number {
    const number = this.#numbers.number(reader)
    if (number === 0) throw new Refusal('no_such_user', 'There is no such user, so there is no inbox either.')
    return number
  }
}
