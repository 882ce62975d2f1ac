import type { Id, MessageId, UserId } from '../../core/ids.ts'
import { inboxIdsMin } from '../../core/limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Delivered, Delivery, FloorSeen, Inbox, InboxHead, Presence } from '../../ports/inbox.ts'
import { Ring } from './ring.ts'

interface Kept {
  readonly ring: Ring
  /** The generation of the store the ring was made in; in another one the inbox counts as absent. */
  readonly generation: number
  /** While the inbox is building: who builds it, and until when. */
  building: { readonly builder: number; readonly deadline: number } | undefined
  readAt: number
}

/** Inboxes and presence, with the faults that stores of such things have. */
export class MemoryInbox implements Inbox {
  readonly #clock: Clock
  readonly #idsMax: number
  readonly #kept = new Map<UserId, Kept>()
  readonly #generations = new Map<UserId, number>()
  readonly #gateways = new Map<UserId, Set<string>>()

  constructor(clock: Clock, idsMax: number = inboxIdsMin) {
    this.#clock = clock
    this.#idsMax = idsMax
  }

  async deliver(deliveries: readonly Delivery[]): Promise<Delivered[]> {
    const delivered: Delivered[] = []
    for (const { id, readers } of deliveries) {
      for (const reader of readers) {
        const ring = this.#present(reader)?.ring
        const position = ring?.append(id)
        if (ring === undefined || position === undefined) continue
        for (const gateway of this.#gateways.get(reader) ?? []) {
          delivered.push({ id, gateway, reader, epoch: ring.epoch, position })
        }
      }
    }
    return delivered
  }

  async head(reader: UserId) {
    return this.#read(reader)?.head()
  }

  async after(reader: UserId, epoch: number, position: number, limit: number) {
    const ring = this.#read(reader)
    const ids = ring?.epoch === epoch ? ring.after(position, limit) : undefined
    return ring && ids && { head: ring.head(), ids }
  }

  async page(reader: UserId, below: Id, limit: number) {
    const ring = this.#read(reader)
    return ring && { head: ring.head(), ids: ring.page(below, limit) }
  }

  async create(reader: UserId, epoch: number, builder: number, now: number, deadline: number) {
    const kept = this.#present(reader)
    if (kept && !kept.building) return 'ready'
    if (kept?.building && now <= kept.building.deadline) return 'building'
    this.#kept.set(reader, {
      ring: new Ring(epoch, this.#idsMax),
      generation: this.#generation(reader),
      building: { builder, deadline },
      readAt: this.#clock.now(),
    })
    return 'created'
  }

  async complete(reader: UserId, epoch: number, builder: number, ids: readonly MessageId[], floor: Id) {
    const kept = this.#present(reader)
    if (kept?.ring.epoch !== epoch || kept.building?.builder !== builder) return false
    kept.ring.putBeneath(ids)
    kept.ring.raiseFloor(floor)
    kept.building = undefined
    return true
  }

  async backfill(reader: UserId, ids: readonly MessageId[], floor: Id) {
    this.#present(reader)?.ring.backfill(ids, floor)
  }

  async lower(reader: UserId, seen: FloorSeen, ids: readonly MessageId[], to: Id) {
    const kept = this.#present(reader)
    return kept !== undefined && !kept.building && kept.ring.lower(seen, ids, to)
  }

  async forget(reader: UserId) {
    this.#kept.delete(reader)
  }

  async forgetDormant(before: number) {
    let forgotten = 0
    for (const [reader, kept] of this.#kept) {
      if (kept.readAt >= before || this.#gateways.has(reader)) continue
      this.#kept.delete(reader)
      forgotten += 1
    }
    return forgotten
  }

  async online(reader: UserId, gateway: string) {
    const gateways = this.#gateways.get(reader) ?? new Set()
    this.#gateways.set(reader, gateways.add(gateway))
  }

  async offline(reader: UserId, gateway: string) {
    const gateways = this.#gateways.get(reader)
    gateways?.delete(gateway)
    if (gateways?.size === 0) this.#gateways.delete(reader)
  }

  async presence(readers: readonly UserId[]) {
    return readers.map((reader): Presence => (this.#gateways.has(reader) ? 'online' : 'offline'))
  }

  /** What `head` would answer, for the simulation's checks: at once, and without keeping the inbox awake. */
  peek(reader: UserId): InboxHead | undefined {
    const kept = this.#present(reader)
    return kept === undefined || kept.building ? undefined : kept.ring.head()
  }

  /** The largest id that the inbox had no more room for: what is delivered again up to there may arrive again. */
  dropped(reader: UserId): Id {
    return this.#present(reader)?.ring.dropped ?? 0
  }

  /** All inboxes are gone. */
  lose(): void {
    this.#kept.clear()
  }

  /** A failover: the newest appends of one inbox are gone, and its store says so by another generation. */
  loseNewestAppends(reader: UserId, count: number): void {
    this.#kept.get(reader)?.ring.loseNewest(count)
    this.#generations.set(reader, this.#generation(reader) + 1)
  }

  /** Nobody is known to be online until said again. */
  losePresence(gateway?: string): void {
    for (const reader of [...this.#gateways.keys()]) {
      for (const known of [...(this.#gateways.get(reader) ?? [])]) {
        if (gateway === undefined || known === gateway) void this.offline(reader, known)
      }
    }
  }

  #generation(reader: UserId): number {
    return this.#generations.get(reader) ?? 0
  }

  #present(reader: UserId): Kept | undefined {
    const kept = this.#kept.get(reader)
    return kept?.generation === this.#generation(reader) ? kept : undefined
  }

  /** The ring of an inbox that may be read; keeps it awake. */
  #read(reader: UserId): Ring | undefined {
    const kept = this.#present(reader)
    if (!kept || kept.building) return undefined
    kept.readAt = this.#clock.now()
    return kept.ring
  }
}
