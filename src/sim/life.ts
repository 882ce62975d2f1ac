import { Refusal } from '../core/refusal.ts'
import { drawFate, type Faults } from './faults.ts'
import type { Random } from './random.ts'
import type { Scheduler } from './scheduler.ts'

/** What all lives of a run share. */
export interface Surroundings {
  readonly scheduler: Scheduler
  readonly random: Random
  /** As they are now: they heal before the end. */
  readonly faults: () => Faults
  /** Whether there is a trace. */
  readonly tracing: boolean
  /** Adds a line to the trace, where there is one. */
  readonly note: (line: () => string) => void
  /** What is under way takes `ms` from now: the end of a run waits for it, though nothing fails there any more. */
  readonly holdUp: (ms: number) => void
}

/** Calls whose answers do not overtake each other. */
export interface Lane {
  lastAnswerAt: number
}

/**
 * One process from its start to its end. Everything it asks of an engine goes out through `ask`: there it is delayed,
 * overtaken, refused; and once the process has ended, no answer reaches it any more, so nothing of it ever goes on.
 */
export class Life {
  readonly name: string
  readonly #around: Surroundings
  /** Calls that are on their way to an engine: an ending process leaves each of them behind either done or not. */
  readonly #outgoing = new Set<() => void>()
  readonly #mourners = new Set<() => void>()
  #alive = true

  constructor(name: string, around: Surroundings) {
    this.name = name
    this.#around = around
  }

  get alive(): boolean {
    return this.#alive
  }

  /** Calls `mourn` when the process ends; returns the way out. */
  atEnd(mourn: () => void): () => void {
    this.#mourners.add(mourn)
    return () => this.#mourners.delete(mourn)
  }

  /** The process ends at once, as by kill -9. */
  end(): void {
    this.#alive = false
    const { random } = this.#around
    for (const effect of [...this.#outgoing]) if (random.happens(0.5)) effect()
    this.#outgoing.clear()
    for (const mourn of this.#mourners) mourn()
    this.#mourners.clear()
  }

  /**
   * Has `effect` happen at an engine after a while, and resolves or rejects after another while, as the faults will.
   * With `lane`, answers come in the order of the effects.
   */
  ask<T>(what: string, given: readonly unknown[], effect: () => Promise<T>, lane?: Lane): Promise<T> {
    return new Promise((resolve, reject) => {
      if (!this.#alive) return
      const { scheduler, random, faults, tracing } = this.#around
      const fate = drawFate(faults(), random)
      this.#around.holdUp(fate.there + fate.back)
      const answer = (value: T, error: unknown, refused: boolean) => {
        const at = Math.max(scheduler.now + fate.back, lane?.lastAnswerAt ?? 0)
        if (lane !== undefined) lane.lastAnswerAt = at
        scheduler.after(at - scheduler.now, () => {
          if (!this.#alive) return
          if (!refused) return resolve(value)
          if (tracing) this.#around.note(() => `${this.name} ${what} is refused`)
          reject(error ?? new Refusal('unavailable', `${what} did not answer (simulated).`))
        })
      }
      const start = () => {
        this.#outgoing.delete(start)
        if (fate.refused === 'before') return answer(undefined as T, undefined, true)
        effect().then(
          (value) => {
            if (tracing) this.#around.note(() => `${this.name} ${what} ${brief(given)} → ${brief(value)}`)
            answer(value, undefined, fate.refused === 'after')
          },
          (error) => answer(undefined as T, error, true),
        )
      }
      this.#outgoing.add(start)
      scheduler.after(fate.there, () => {
        if (this.#alive) start()
      })
    })
  }
}

/**
 * `port` as a process sees it from afar: each method goes through `life.ask`, but for those named in `local`, which
 * answer at once from what the process holds itself.
 */
export function remote<T extends object>(
  life: Life,
  name: string,
  port: T,
  { local = [], lane }: { local?: readonly (keyof T)[]; lane?: Lane } = {},
): T {
  const seen: Record<string, unknown> = {}
  for (const key of memberNames(port)) {
    const member = (port as Record<string, unknown>)[key]
    if (typeof member !== 'function' || (local as readonly string[]).includes(key)) {
      Object.defineProperty(seen, key, {
        get: () => {
          const now = (port as Record<string, unknown>)[key]
          return typeof now === 'function' ? now.bind(port) : now
        },
      })
      continue
    }
    const what = `${name}.${key}`
    seen[key] = (...given: unknown[]) =>
      life.ask(what, given, () => member.apply(port, given) as Promise<unknown>, lane)
  }
  return seen as T
}

function memberNames(of: object): string[] {
  const names = new Set<string>()
  for (let level = of; level && level !== Object.prototype; level = Object.getPrototypeOf(level))
    for (const name of Object.getOwnPropertyNames(level)) if (name !== 'constructor') names.add(name)
  return [...names]
}

/** A value in one line of the trace. */
function brief(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    ArrayBuffer.isView(inner) ? [...(inner as Float64Array)] : inner,
  )
  return text === undefined ? '' : text.slice(0, 400)
}
