import type { Bus, BusEvent } from '../../ports/bus.ts'

interface Subscription {
  readonly gateway: string
  readonly handle: (event: BusEvent) => void
  open: boolean
}

/**
 * The bus of a single process. Events are handed out in one microtask for all that were published meanwhile: a publisher
 * never runs a subscriber's code, and what one subscriber throws reaches neither the publisher nor the other subscribers.
 */
export class EmbeddedBus implements Bus {
  readonly #report: (error: unknown) => void
  #subscriptions: readonly Subscription[] = []
  #waiting: { to: string; event: BusEvent }[] = []

  /** `report` hears of what a subscriber threw: a bug. */
  constructor(report: (error: unknown) => void) {
    this.#report = report
  }

  publish(to: string, event: BusEvent): void {
    if (this.#waiting.push({ to, event }) === 1) queueMicrotask(() => this.#handOut())
  }

  subscribe(gateway: string, handle: (event: BusEvent) => void): () => void {
    const subscription = { gateway, handle, open: true }
    this.#subscriptions = [...this.#subscriptions, subscription]
    return () => {
      subscription.open = false
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription)
    }
  }

  #handOut(): void {
    const events = this.#waiting
    this.#waiting = []
    for (const { to, event } of events) {
      for (const subscription of this.#subscriptions) {
        if (!subscription.open || (to !== 'all' && to !== subscription.gateway)) continue
        try {
          subscription.handle(event)
        } catch (error) {
          this.#report(error)
        }
      }
    }
  }
}
