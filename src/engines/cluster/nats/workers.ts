import { nuid, type Subscription } from '@nats-io/transport-node'
import { natsBeatMs, natsWorkerDeadMs } from '../../../core/limits.ts'
import type { Lane } from '../../../ports/queue.ts'
import type { Link } from './link.ts'

interface Word {
  readonly worker: string
  /** What it works; empty when it goes. */
  readonly lanes: readonly Lane[]
  /** Partitions were given up: whoever wants one may look at once. */
  readonly freed: boolean
}

interface Other {
  lanes: readonly Lane[]
  heardAt: number
}

/** The processes that work the queue, as they tell each other each `natsBeatMs`. */
export class Workers {
  readonly own = nuid.next()
  readonly #link: Link
  readonly #subject: string
  readonly #words: Subscription
  readonly #leave: () => void
  readonly #others = new Map<string, Other>()
  readonly #lanes = new Set<Lane>()
  readonly #changed = new Set<() => void>()
  #beat: ReturnType<typeof setInterval> | undefined
  #beatAt = performance.now()

  constructor(link: Link, keyspace: string) {
    this.#link = link
    this.#subject = `${keyspace}.fan.workers`
    this.#words = link.listen(this.#subject, (message) => this.#hear(message.json<Word>()))
    // Nobody was heard while we could not hear.
    this.#leave = link.onChange((connected) => {
      if (connected) this.#trustAll()
    })
  }

  /** Those who work the lane, this process included where it does. */
  of(lane: Lane): string[] {
    const since = performance.now() - natsWorkerDeadMs
    const names = [...this.#others].filter(([, other]) => other.heardAt > since && other.lanes.includes(lane))
    return [...names.map(([name]) => name), ...(this.#lanes.has(lane) ? [this.own] : [])].sort()
  }

  /** Whether that worker was heard lately; one never heard of counts from the first question on. */
  isAlive(worker: string): boolean {
    if (worker === this.own) return true
    const other = this.#others.get(worker)
    if (other !== undefined) return performance.now() - other.heardAt < natsWorkerDeadMs
    this.#others.set(worker, { lanes: [], heardAt: performance.now() })
    return true
  }

  /** Tells the others that this process works the lane, or does so no more. */
  working(lane: Lane, works: boolean): void {
    if (works) this.#lanes.add(lane)
    else this.#lanes.delete(lane)
    this.#tell(!works)
    if (this.#lanes.size > 0) this.#beat ??= setInterval(() => this.#onBeat(), natsBeatMs)
    else {
      clearInterval(this.#beat)
      this.#beat = undefined
    }
  }

  /** Tells the others that partitions were given up. */
  freed(): void {
    this.#tell(true)
  }

  /** Calls `handler` when somebody came, went, or gave something up; returns the way out. */
  onChange(handler: () => void): () => void {
    this.#changed.add(handler)
    return () => void this.#changed.delete(handler)
  }

  close(): void {
    clearInterval(this.#beat)
    this.#leave()
    this.#words.unsubscribe()
  }

  #onBeat(): void {
    const now = performance.now()
    // A process that was stopped has heard nobody meanwhile.
    if (now - this.#beatAt > 3 * natsBeatMs) this.#trustAll()
    this.#beatAt = now
    this.#tell(false)
    for (const [name, { heardAt }] of this.#others) {
      if (now - heardAt > 10 * natsWorkerDeadMs) this.#others.delete(name)
    }
  }

  #trustAll(): void {
    for (const other of this.#others.values()) other.heardAt = performance.now()
  }

  #tell(freed: boolean): void {
    if (!this.#link.connected) return
    const word: Word = { worker: this.own, lanes: [...this.#lanes], freed }
    this.#link.connection.publish(this.#subject, JSON.stringify(word))
  }

  #hear({ worker, lanes, freed }: Word): void {
    if (worker === this.own) return
    const before = this.#others.get(worker)
    const same = before !== undefined && before.lanes.join() === lanes.join()
    this.#others.set(worker, { lanes, heardAt: performance.now() })
    if (same && !freed) return
    // Who comes should know of us before it takes everything.
    if (before === undefined) this.#tell(false)
    for (const handler of this.#changed) handler()
  }
}
