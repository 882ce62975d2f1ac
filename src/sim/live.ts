import type { Cursor } from '../core/cursor.ts'
import type { UserId } from '../core/ids.ts'
import { headsEveryMs } from '../core/limits.ts'
import type { BusEvent } from '../ports/bus.ts'
import type { Clock } from '../ports/clock.ts'
import type { Inbox } from '../ports/inbox.ts'
import type { Timeline } from '../services/timeline.ts'
import type { LiveClient } from './clients.ts'
import type { Life } from './life.ts'

/** What one gateway's model sockets stand on. */
export interface LivePorts {
  readonly timeline: Timeline
  readonly inbox: Pick<Inbox, 'online' | 'offline'>
  readonly clock: Clock
  readonly life: Life
  readonly gateway: string
  /** True time. */
  readonly now: () => number
}

/**
 * A socket without a socket: catches up from its cursor, then goes on with what the Bus says. It is pushed the position
 * that follows its own and nothing else; whatever else happens has it catch up again, and so do the compared heads.
 */
export class LiveSocket {
  readonly #ports: LivePorts
  readonly #reader: UserId
  readonly #client: LiveClient
  #cursor: Cursor
  #open = true
  /** Something may have arrived that was not pushed. */
  #behind = true
  #wake: () => void = () => {}

  constructor(ports: LivePorts, reader: UserId, since: string, client: LiveClient) {
    this.#ports = ports
    this.#reader = reader
    this.#client = client
    this.#cursor = ports.timeline.decode(reader, since)
    void this.#run()
  }

  get reader(): UserId {
    return this.#reader
  }

  /** An event of the Bus for this gateway. */
  hear(event: BusEvent): void {
    if (event.kind === 'deleted') this.#client.deleted(event.id)
    if (event.kind === 'delivered' || event.kind === 'hot' || event.kind === 'graph') this.#refill()
  }

  close(): void {
    this.#open = false
    this.#wake()
    void this.#ports.inbox.offline(this.#reader, this.#ports.gateway).catch(() => {})
  }

  #refill(): void {
    this.#behind = true
    this.#wake()
  }

  async #run(): Promise<void> {
    const { timeline, inbox, clock, gateway, now } = this.#ports
    const compare = async () => {
      while (this.#open) {
        await clock.sleep(headsEveryMs)
        this.#refill()
      }
    }
    void compare()
    try {
      await inbox.online(this.#reader, gateway)
      while (this.#open) {
        if (!this.#behind) {
          await new Promise<void>((resolve) => (this.#wake = resolve))
          continue
        }
        this.#behind = false
        const asked = now()
        const found = await timeline.arrivals(this.#reader, this.#cursor, 20)
        if (!this.#open) return
        for (const { json, cursor } of found.arrivals) this.#client.message(json, timeline.encode(cursor), asked)
        for (const id of found.deleted) this.#client.deleted(id)
        this.#cursor = found.cursor
        if (!found.atHead) this.#behind = true
      }
    } catch {
      // As a gateway would: what cannot be caught up now is tried again by the client with its cursor.
      this.#open = false
      this.#client.closed('lost')
    }
  }
}
