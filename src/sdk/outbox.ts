import { mayPass, RookeryError } from './error.ts'
import type { Event } from './events.ts'
import { isOffline, newKey } from './http.ts'
import { keyMsMax, outboxAgainMs, outboxMax, pageLength } from './limits.ts'
import type { Store } from './store.ts'
import type { Draft, Me, Message, MessageList, Page } from './types.ts'

/** A message that waits to be published. */
export interface Waiting {
  /** Its `Idempotency-Key`, by which it is published once. */
  key: string
  draft: Draft
  writtenAt: string
  /** Why it was refused; it is not tried again. */
  error?: { code: string; detail: string; field?: string }
}

/** As it is stored. */
interface Entry extends Waiting {
  /** When it was first sent with an unknown outcome, in Unix ms. */
  triedAt?: number
}

/** What the outbox needs of the client. */
interface Sender {
  send(draft: Draft, options: { key: string; signal: AbortSignal }): Promise<Message>
  me(): Promise<Me>
  userMessages(id: string, page: Page): Promise<MessageList>
}

interface Locks {
  request(name: string, work: () => Promise<void>): Promise<void>
}

/** Messages that wait in the store until they are published, each once and in the order in which they were written. */
export class Outbox {
  readonly #store: Store
  readonly #sender: Sender
  readonly #tell: (event: Event) => void
  #flushing: Promise<void> | undefined
  #again: ReturnType<typeof setTimeout> | undefined
  #stop = new AbortController()
  #last = 0

  constructor(store: Store, sender: Sender, tell: (event: Event) => void) {
    this.#store = store
    this.#sender = sender
    this.#tell = tell
  }

  async add(draft: Draft): Promise<Waiting> {
    if ((await this.#entries()).length >= outboxMax) {
      throw new RookeryError(
        'outbox_full',
        0,
        `${outboxMax} messages wait already: send or discard some of them first.`,
      )
    }
    // Written in the same millisecond, they would have no order.
    this.#last = Math.max(this.#last + 1, Date.now())
    const waiting: Waiting = { key: newKey(), draft, writtenAt: new Date(this.#last).toISOString() }
    await this.#put(waiting)
    return waiting
  }

  async list(): Promise<Waiting[]> {
    return (await this.#entries()).map(({ triedAt: _, ...waiting }) => waiting)
  }

  remove(key: string): Promise<void> {
    return this.#store.set({ [`outbox:${key}`]: undefined })
  }

  /** Flushes in the background. */
  flushSoon(): void {
    this.flush().catch(() => {})
  }

  /** What is under way is given up: the account may be another one's from now on. */
  rest(): void {
    clearTimeout(this.#again)
    this.#stop.abort()
    this.#stop = new AbortController()
  }

  /** Publishes what waits; what cannot be published for now stays. Throws what the store throws. */
  flush(): Promise<void> {
    // What was added meanwhile is found by the flush that waits behind.
    const flushing = (this.#flushing ?? Promise.resolve()).catch(() => {}).then(() => this.#inTurn(() => this.#flush()))
    this.#flushing = flushing
    return flushing
  }

  /** One tab at a time, where tabs share the store: else each would send the same (which the key makes harmless). */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const { locks } = (globalThis as { navigator?: { locks?: Locks } }).navigator ?? {}
    const { sharedAs } = this.#store
    return locks && sharedAs !== undefined ? locks.request(`rookery outbox ${sharedAs}`, work) : work()
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#again)
    const { signal } = this.#stop
    for (const entry of await this.#entries()) {
      if (signal.aborted) return
      if (entry.error !== undefined || (await this.#isDiscarded(entry))) continue
      if (!(await this.#sent(entry, signal))) {
        this.#again = setTimeout(() => this.flushSoon(), outboxAgainMs)
        // A program that has nothing else to do may end meanwhile.
        ;(this.#again as { unref?: () => void }).unref?.()
        return
      }
    }
  }

  /** False: not for now. */
  async #sent(entry: Entry, signal: AbortSignal): Promise<boolean> {
    if (isOffline()) return false
    try {
      const message = await this.#publish(entry, signal)
      await this.remove(entry.key)
      this.#tell({ type: 'sent', key: entry.key, message })
    } catch (error) {
      if (!(error instanceof RookeryError)) throw error
      if (mayPass(error) || error.status === 401) return false
      const { code, detail, field } = error
      const { triedAt: _, ...waiting } = entry
      const refused = { ...waiting, error: { code, detail, ...(field !== undefined && { field }) } }
      await this.#put(refused)
      this.#tell({ type: 'unsent', waiting: refused })
    }
    return true
  }

  async #publish(entry: Entry, signal: AbortSignal): Promise<Message> {
    const { key, draft, triedAt } = entry
    if (triedAt !== undefined && Date.now() - triedAt > keyMsMax) {
      const found = await this.#published(draft, triedAt)
      if (found !== undefined) return found
    }
    // Before it is sent: its fate is unknown from then on.
    if (triedAt === undefined || Date.now() - triedAt > keyMsMax) await this.#put({ ...entry, triedAt: Date.now() })
    return this.#sender.send(draft, { key, signal })
  }

  /** The message that a try since `triedAt` published although its answer was lost. Its key has been forgotten. */
  async #published(draft: Draft, triedAt: number): Promise<Message | undefined> {
    const { id } = await this.#sender.me()
    const text = draft.text?.replaceAll('\r\n', '\n') ?? ''
    let before: string | undefined
    do {
      const { messages, next } = await this.#sender.userMessages(id, { length: pageLength, before })
      for (const message of messages) {
        // Clocks differ: a minute is forgiven.
        if (Date.parse(message.createdAt) < triedAt - 60_000) return undefined
        if (message.text === text && message.replyTo === draft.replyTo && message.boostOf === undefined) return message
      }
      before = next
    } while (before !== undefined)
    return undefined
  }

  /** While those before it were sent. */
  async #isDiscarded({ key }: Entry): Promise<boolean> {
    return (await this.#store.all(`outbox:${key}`)).size === 0
  }

  async #entries(): Promise<Entry[]> {
    const entries = [...(await this.#store.all('outbox:')).values()].map((json) => JSON.parse(json) as Entry)
    return entries.sort((a, b) => Date.parse(a.writtenAt) - Date.parse(b.writtenAt))
  }

  #put(entry: Entry): Promise<void> {
    return this.#store.set({ [`outbox:${entry.key}`]: JSON.stringify(entry) })
  }
}
