import { signal } from '@preact/signals'
import { onLogOut } from './session.ts'

export interface PageOf<T> {
  readonly items: readonly T[]
  /** Leads further down; absent at the end. */
  readonly next?: string | undefined
}

/** A list that is read page by page as one scrolls down. */
export class Pager<T> {
  readonly items = signal<readonly T[]>([])
  readonly state = signal<'idle' | 'loading' | 'failed' | 'end'>('idle')
  /** Why it failed, when it did. */
  error: unknown
  #next: string | undefined
  readonly #load: (before: string | undefined) => Promise<PageOf<T>>
  /** What was added at the end while a page was on its way, which may not have it. */
  #late: T[] = []
  /** Counts beginnings: what was asked for before one is not wanted after it. */
  #begun = 0

  constructor(load: (before: string | undefined) => Promise<PageOf<T>>) {
    this.#load = load
  }

  /** Reads the next page, unless one is on its way or there is none. Never rejects: `state` and `error` say what came of it. */
  async more(): Promise<void> {
    if (this.state.value === 'loading' || this.state.value === 'end') return
    this.state.value = 'loading'
    const begun = this.#begun
    try {
      const { items, next } = await this.#load(this.#next)
      if (begun !== this.#begun) return
      this.#next = next
      const late = this.#late.splice(0)
      this.items.value = [...new Set([...this.items.value, ...items, ...(next === undefined ? late : [])])]
      this.state.value = next === undefined ? 'end' : 'idle'
    } catch (error) {
      if (begun !== this.#begun) return
      this.error = error
      this.state.value = 'failed'
    }
  }

  /** Puts an item at the end of a list that has all; else it will come by itself. */
  add(item: T): void {
    if (this.state.value === 'end') this.items.value = [...this.items.value, item]
    else if (this.state.value === 'loading') this.#late.push(item)
  }

  /** Puts an item before all that is there. */
  addFirst(item: T): void {
    this.items.value = [item, ...this.items.value]
  }

  remove(item: T): void {
    this.items.value = this.items.value.filter((each) => each !== item)
  }

  /** Forgets what it holds. */
  reset(): void {
    this.#begun++
    this.#next = undefined
    this.#late = []
    this.items.value = []
    this.state.value = 'idle'
  }

  /** Forgets what it holds and reads the first page. */
  restart(): Promise<void> {
    this.reset()
    return this.more()
  }
}

const keptMax = 20
const kept = new Map<string, unknown>()

/**
 * What a page holds, kept for when one comes back to it: `key` is of its entry in the history (`place.value.key`) and of
 * what it is.
 */
export function keptFor<T>(key: string, make: () => T): T {
  const there = kept.get(key) as T | undefined
  const value = there ?? make()
  kept.delete(key)
  kept.set(key, value)
  if (kept.size > keptMax) kept.delete(kept.keys().next().value!)
  return value
}

/** What one comes back to is read again. */
export const forgetPages = (): void => kept.clear()

onLogOut(forgetPages)
