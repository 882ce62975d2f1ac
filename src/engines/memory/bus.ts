import type { Bus, BusEvent } from '../../ports/bus.ts'

type Handler = (event: BusEvent) => void

/** Events go out in a microtask each, so that a publisher never runs a subscriber's code. */
export class MemoryBus implements Bus {
  readonly #gateways = new Map<string, Set<Handler>>()
  #loses: (to: string, event: BusEvent) => boolean = () => false

  publish(to: string, event: BusEvent): void {
    if (this.#loses(to, event)) return
    for (const [gateway, handlers] of this.#gateways) {
      if (to !== 'all' && to !== gateway) continue
      for (const handle of handlers) queueMicrotask(() => handlers.has(handle) && handle(event))
    }
  }

  subscribe(gateway: string, handle: Handler): () => void {
    // A wrapper of its own, so that the same function may subscribe twice.
    const handler: Handler = (event) => handle(event)
    const handlers = this.#gateways.get(gateway) ?? new Set()
    this.#gateways.set(gateway, handlers.add(handler))
    return () => {
      handlers.delete(handler)
    }
  }

  /** From now on events are lost for which `loses` is true (at most once is what a Bus promises). */
  loseEvents(loses: (to: string, event: BusEvent) => boolean): void {
    this.#loses = loses
  }
}
