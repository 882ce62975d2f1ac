import { cachedMessagesMax, cachedUnitsMax, heldIdsMax } from './limits.ts'
import type { Changes, Store } from './store.ts'
import type { Message, Original, Timeline } from './types.ts'

/** The timeline held offline, newest first. */
export interface CachedTimeline {
  messages: Message[]
  /** Give it to `fetch` as `before` for what lies below; absent where there is nothing. */
  next?: string
}

/** What the cached messages are a part of: the timeline without a hole from its top down to `floor`. */
interface Extent {
  /** The smallest id up to which nothing is missing. */
  floor: number
  /** Leads further down. */
  next?: string
  /** Whom one follows has changed: the next page begins anew. */
  stale?: true
}

interface Cached {
  message: Message
  units: number
}

/**
 * What a client holds of its home timeline: how far it was handed over, the ids of what was, and the newest messages. In
 * memory, and in the store as of the last `save`.
 */
export class Home {
  readonly #store: Store
  #opened: Promise<void> | undefined
  #cursor: string | undefined
  /** Of messages that were handed over, in that order. */
  readonly #held = new Set<string>()
  readonly #cached = new Map<string, Cached>()
  #units = 0
  /** Undefined before the first page. */
  #extent: Extent | undefined
  #user: string | undefined
  #changes: Record<string, string | undefined> = {}
  #saving: Promise<void> = Promise.resolve()
  /** How often everything was forgotten: what was handed over before counts no more. */
  era = 0

  constructor(store: Store) {
    this.#store = store
  }

  /** Reads the store, once. Needed before all else. */
  open(): Promise<void> {
    this.#opened ??= this.#read().catch((error) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #read(): Promise<void> {
    const entries = await this.#store.all('')
    this.#cursor = entries.get('cursor')
    this.#user = entries.get('user')
    const extent = entries.get('extent')
    this.#extent = extent === undefined ? undefined : JSON.parse(extent)
    const held: string[] = []
    for (const [key, value] of entries) {
      if (key.startsWith('held:')) held.push(key.slice(5))
      if (key.startsWith('message:')) this.#hold(JSON.parse(value), value.length)
    }
    for (const id of held.sort(byId)) this.#held.add(id)
    // Of another tab, whose part of the timeline reached further down.
    for (const id of [...this.#cached.keys()]) if (Number(id) < (this.#extent?.floor ?? 0)) this.#drop(id)
  }

  /** Up to where everything was handed over and done with; undefined before the first time. */
  get cursor(): string | undefined {
    return this.#cursor
  }

  /** Whether the message was handed over. */
  has(id: string): boolean {
    return this.#held.has(id)
  }

  /** Everything up to the cursor was handed over: with this message, or with none. */
  done(cursor: string | undefined, id?: string): void {
    if (cursor !== undefined) this.#put('cursor', (this.#cursor = cursor))
    if (id === undefined || this.#held.has(id)) return
    this.#held.add(id)
    this.#put(`held:${id}`, '')
    if (this.#held.size <= heldIdsMax) return
    const oldest = this.#held.values().next().value!
    this.#held.delete(oldest)
    this.#put(`held:${oldest}`, undefined)
  }

  list(): CachedTimeline {
    const messages = [...this.#cached.values()].map(({ message }) => message).sort((a, b) => byId(b.id, a.id))
    const next = this.#extent?.next
    return next === undefined ? { messages } : { messages, next }
  }

  /**
   * A page that was asked for without `since`. Where it does not reach what is cached, it takes its place; where it does,
   * what is cached within its range and not in it is gone. `newest`: the newest id that was cached when it was asked for.
   */
  addPage(page: Timeline, before: string | undefined, newest = 0): void {
    const bottom = bottomOf(page)
    if (before === undefined) {
      // What is above has arrived since the page was read.
      const top = Math.max(newest, ...page.messages.map(({ id }) => Number(id)))
      if (this.#extent === undefined || this.#extent.stale || page.next === undefined || bottom > this.newest) {
        this.#dropRange(0, top, page)
        this.#reach(bottom, page.next)
      } else this.#dropRange(bottom, top, page)
    } else if (this.#extent === undefined) {
      return
    } else if (before === this.#extent.next || Number(before) > this.#extent.floor) {
      if (bottom < this.#extent.floor) this.#reach(bottom, page.next)
      else if (before === this.#extent.next) this.#reach(this.#extent.floor, page.next)
      this.#dropRange(bottom, Number(before) - 1, page)
    } else return
    for (const message of page.messages) this.#show(message)
  }

  /** A message that arrived: into the cache, where there is one. */
  add(message: Message): void {
    if (this.#extent !== undefined && Number(message.id) >= this.#extent.floor) this.#show(message)
  }

  /** A message that is gone, and what boosts it. */
  remove(id: string): void {
    this.#drop(id)
    for (const [other, { message }] of this.#cached) if (message.boostOf?.id === id) this.#drop(other)
  }

  /** What this author wrote and boosted. `hidden`: and what others boosted of theirs. */
  removeAuthor(user: string, hidden: boolean): void {
    for (const [id, { message }] of this.#cached) {
      if (message.author.id === user || (hidden && message.boostOf?.author.id === user)) this.#drop(id)
    }
  }

  /** One's own boost of this message. */
  removeBoost(of: string): void {
    for (const [id, { message }] of this.#cached) {
      if (message.boostOf?.id === of && message.author.id === this.#user) this.#drop(id)
    }
  }

  /** Changes the message, and what boosts it. */
  change(id: string, change: (message: Original) => Partial<Original>): void {
    for (const [at, { message }] of this.#cached) {
      const of = at === id ? message : message.boostOf?.id === id ? message.boostOf : undefined
      if (of === undefined) continue
      const changed = change(of)
      if (!differs(of, changed)) continue
      if (of === message) this.#show({ ...message, ...changed })
      else {
        // A boost shows the counts of what it boosts as its own.
        this.#show({ ...message, ...changed, boostOf: { ...of, ...changed } })
      }
    }
  }

  /** Whom one follows has changed: the next newest page begins the cache anew. */
  unsettle(): void {
    if (this.#extent !== undefined)
      this.#put('extent', JSON.stringify((this.#extent = { ...this.#extent, stale: true })))
  }

  /**
   * From now on it is this user's; what belonged to another one is gone. `entered`: they have just logged in, so a timeline of
   * nobody knows whom is not theirs.
   */
  async belongTo(user: string, entered = false): Promise<void> {
    await this.open()
    if (this.#user === user) return
    if (this.#user !== undefined || (entered && this.#extent !== undefined)) await this.clear()
    this.#put('user', (this.#user = user))
    await this.save()
  }

  /** Stores what has changed, in one piece. */
  save(): Promise<void> {
    this.#saving = this.#saving.catch(() => {}).then(() => this.#write())
    return this.#saving
  }

  async #write(): Promise<void> {
    const changes: Changes = this.#changes
    this.#changes = {}
    if (Object.keys(changes).length === 0) return
    try {
      await this.#store.set(changes)
    } catch (error) {
      this.#changes = { ...changes, ...this.#changes }
      throw error
    }
  }

  /** Forgets the timeline; what waits to be sent stays. */
  async forget(): Promise<void> {
    await this.open()
    this.era++
    for (const id of [...this.#cached.keys()]) this.#drop(id)
    for (const id of this.#held) this.#put(`held:${id}`, undefined)
    this.#held.clear()
    this.#put('cursor', (this.#cursor = undefined))
    this.#put('extent', (this.#extent = undefined))
    await this.save()
  }

  /** Takes everything out of memory and store. */
  async clear(): Promise<void> {
    await this.forget()
    this.#user = undefined
    await this.#store.clear()
  }

  /** The newest id that is cached; 0 where there is none. */
  get newest(): number {
    let newest = 0
    for (const id of this.#cached.keys()) newest = Math.max(newest, Number(id))
    return newest
  }

  /** Drops what is cached between these ids, both included, and not in the page. */
  #dropRange(from: number, to: number, { messages }: Timeline): void {
    const there = new Set(messages.map(({ id }) => id))
    for (const id of [...this.#cached.keys()]) {
      if (Number(id) >= from && Number(id) <= to && !there.has(id)) this.#drop(id)
    }
  }

  #reach(floor: number, next: string | undefined): void {
    this.#extent = next === undefined ? { floor } : { floor, next }
    this.#put('extent', JSON.stringify(this.#extent))
  }

  #show(message: Message): void {
    const json = JSON.stringify(message)
    this.#put(`message:${message.id}`, json)
    this.#hold(message, json.length)
    while (this.#cached.size > cachedMessagesMax || (this.#units > cachedUnitsMax && this.#cached.size > 1))
      this.#trim()
  }

  #hold(message: Message, units: number): void {
    this.#units += units - (this.#cached.get(message.id)?.units ?? 0)
    this.#cached.set(message.id, { message, units })
  }

  #drop(id: string): void {
    const cached = this.#cached.get(id)
    if (cached === undefined) return
    this.#cached.delete(id)
    this.#units -= cached.units
    this.#put(`message:${id}`, undefined)
  }

  /** Drops the oldest message: the cache ends above it. */
  #trim(): void {
    let lowest = Number.POSITIVE_INFINITY
    let second = lowest
    for (const id of this.#cached.keys()) {
      const number = Number(id)
      if (number < lowest) [lowest, second] = [number, lowest]
      else if (number < second) second = number
    }
    this.#drop(String(lowest))
    this.#reach(second, String(second))
  }

  #put(key: string, value: string | undefined): void {
    this.#changes[key] = value
  }
}

function differs(message: Original, changed: Partial<Original>): boolean {
  return JSON.stringify({ ...message, ...changed }) !== JSON.stringify(message)
}

/** The id down to which a page has everything. */
function bottomOf({ messages, next }: Timeline): number {
  if (next === undefined) return 0
  const ids = messages.map(({ id }) => Number(id))
  return Math.min(...ids, Number.MAX_SAFE_INTEGER)
}

/** Ids are decimal numbers below 2^53. */
function byId(a: string, b: string): number {
  return Number(a) - Number(b)
}
