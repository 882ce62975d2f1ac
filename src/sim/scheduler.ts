import { drainMicrotasks } from 'bun:jsc'
import type { Clock } from '../ports/clock.ts'

/** Something that happens at a simulated moment. */
interface Event {
  readonly at: number
  /** Breaks ties: what was planned first happens first. */
  readonly order: number
  readonly happen: () => void
}

/** An event that comes round this often without an end is a loop that no simulated time can leave. */
const eventsPerRunMax = 2_000_000

/**
 * Simulated time. Events happen one after the other in order of their moment; after each of them every promise that can
 * go on has gone on (microtasks are drained) before the next one happens, so a run is one synchronous function of its
 * seed: no timer, no I/O and no thread of the real machine takes part.
 */
export class Scheduler {
  #now: number
  #planned = 0
  #happened = 0
  /** A binary heap, earliest first. */
  readonly #heap: Event[] = []

  /** @param start Unix time in milliseconds at which the simulation begins. */
  constructor(start: number) {
    this.#now = start
  }

  /** True time; a process sees it through a clock of its own, which may be wrong. */
  get now(): number {
    return this.#now
  }

  /** How many events have happened: the measure of a run's length. */
  get happened(): number {
    return this.#happened
  }

  /** Plans an event `ms` from now (0: after what is planned for now). */
  after(ms: number, happen: () => void): void {
    this.#push({ at: this.#now + Math.max(0, ms), order: this.#planned++, happen })
  }

  /** Resolves `ms` from now. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.after(ms, resolve))
  }

  /** Lets everything happen until `until` (Unix ms), then stands there. */
  run(until: number): void {
    drainMicrotasks()
    while (this.#heap.length > 0 && this.#heap[0]!.at <= until) {
      const event = this.#pop()
      this.#now = event.at
      if (++this.#happened > eventsPerRunMax) throw new Error(`more than ${eventsPerRunMax} events in one run`)
      event.happen()
      drainMicrotasks()
    }
    this.#now = Math.max(this.#now, until)
  }

  #push(event: Event): void {
    const heap = this.#heap
    let i = heap.length
    heap.push(event)
    while (i > 0) {
      const parent = (i - 1) >> 1
      if (!before(event, heap[parent]!)) break
      heap[i] = heap[parent]!
      i = parent
    }
    heap[i] = event
  }

  #pop(): Event {
    const heap = this.#heap
    const top = heap[0]!
    const last = heap.pop()!
    const length = heap.length
    if (length === 0) return top
    let i = 0
    for (;;) {
      let child = 2 * i + 1
      if (child >= length) break
      if (child + 1 < length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, last)) break
      heap[i] = heap[child]!
      i = child
    }
    heap[i] = last
    return top
  }
}

function before(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** A process's clock: true time plus an error that can be changed while it runs. Sleeps end for the living only. */
export class SimulatedClock implements Clock {
  /** Milliseconds that this clock is ahead of (or, negative, behind) true time. */
  error = 0
  readonly #scheduler: Scheduler
  readonly #alive: () => boolean

  constructor(scheduler: Scheduler, alive: () => boolean) {
    this.#scheduler = scheduler
    this.#alive = alive
  }

  now(): number {
    return Math.floor(this.#scheduler.now + this.error)
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        if (this.#alive()) resolve()
      }
      if (signal?.aborted) return finish()
      signal?.addEventListener('abort', finish, { once: true })
      this.#scheduler.after(ms, () => {
        signal?.removeEventListener('abort', finish)
        finish()
      })
    })
  }
}
