import type { Arrivals } from './arrivals.ts'
import { Calls } from './calls.ts'
import { RookeryError } from './error.ts'
import type { Event } from './events.ts'
import { type CachedTimeline, Home } from './home.ts'
import type { CallOptions, HttpNeeds } from './http.ts'
import { pageLength } from './limits.ts'
import { Live, type SocketClass } from './live.ts'
import { Outbox, type Waiting } from './outbox.ts'
import { type Ask, catchUp, poll } from './poll.ts'
import { memoryStore, type Store } from './store.ts'
import { handOver } from './stream.ts'
import type { Draft, Liked, LogIn, Message, Relation, SignedIn, SignUp, Timeline, TimelinePage } from './types.ts'

export interface RookeryOptions {
  /** The server's address; on a page that it serves, `location.origin`. */
  url: string
  /** Of a log-in before. Without one `logIn` gets it, or, on a page that the server itself serves, its cookie stands for it. */
  token?: string | undefined
  /** Where what must outlive the client is kept; in memory where none is given. */
  store?: Store | undefined
  /** In place of the global one. */
  fetch?: HttpNeeds['fetch'] | undefined
  /**
   * In place of the global one. Node 20 has none: give that of the package `ws`. Without one, or with null, `stream` asks
   * every 5 s, and hands over messages and deletions alone.
   */
  WebSocket?: SocketClass | null | undefined
}

export interface StreamOptions {
  /** Ends the stream. */
  signal?: AbortSignal | undefined
  /** False: only what has arrived so far, then it ends. */
  live?: boolean | undefined
  /** Texts longer than so many code points are cut. */
  preview?: number | undefined
}

/** One person's client of a Rookery server. */
export class Rookery extends Calls {
  readonly #home: Home
  readonly #live: Live | undefined
  /** The server is our page's own: the browser has the token in a cookie that no script can read. */
  readonly #byCookie: boolean
  readonly #outbox: Outbox
  /** Of the stream that is open. */
  #arrivals: Arrivals | undefined
  #streaming = false
  /** The session is being ended by this client itself. */
  #leaving = false

  constructor({ url, token, store = memoryStore(), fetch, WebSocket = globalWebSocket() }: RookeryOptions) {
    const page = (globalThis as { location?: { href: string; origin: string } }).location
    const address = new URL(url, page?.href).href.replace(/\/$/, '')
    super({ url: address, fetch: fetch ?? ((url, init) => globalThis.fetch(url, init)) }, token)
    this.#byCookie = token === undefined && page !== undefined && new URL(address).origin === page.origin
    this.#home = new Home(store)
    this.#outbox = new Outbox(store, this, (event) => this.#arrivals?.put({ event }))
    const newest = async (preview: number | undefined, signal: AbortSignal) => {
      const page = await super.fetch({ length: pageLength, preview, signal })
      return { user: await this.me({ signal }), page }
    }
    this.#live = WebSocket ? new Live({ url: address, WebSocket, token: () => this.http.token, newest }) : undefined
  }

  // --- accounts ---

  override async signUp(wish: SignUp, options?: CallOptions): Promise<SignedIn> {
    // A store that cannot be read is found out before there is an account that nobody has the token of.
    await this.#home.open()
    return this.#enter(await super.signUp(wish, options))
  }

  override async logIn(wish: LogIn, options?: CallOptions): Promise<SignedIn> {
    await this.#home.open()
    return this.#enter(await super.logIn(wish, options))
  }

  async #enter(signedIn: SignedIn): Promise<SignedIn> {
    const { era } = this.#home
    await this.#home.belongTo(signedIn.user.id, true)
    // The stream is somebody else's.
    if (this.#home.era !== era) this.#arrivals?.close()
    if (!this.#byCookie) this.http.token = signedIn.token
    return signedIn
  }

  /** Ends the token, and takes away all that is stored: also where the token was dead already. */
  override async logOut(options?: CallOptions): Promise<void> {
    await this.#leave(() =>
      super.logOut(options).catch((error) => {
        if (!(error instanceof RookeryError) || error.status !== 401) throw error
      }),
    )
  }

  override async deleteAccount(options?: CallOptions): Promise<void> {
    await this.#leave(() => super.deleteAccount(options))
  }

  async #leave(call: () => Promise<void>): Promise<void> {
    this.#outbox.rest()
    this.#leaving = true
    try {
      await call()
      this.#arrivals?.close()
      this.http.token = undefined
      await this.#home.clear()
    } finally {
      this.#leaving = false
    }
  }

  // --- the timeline ---

  /**
   * The timeline held offline: the newest 1,000 messages that pages and streams brought, newest first, without a hole.
   * Needs no network.
   */
  async cached(): Promise<CachedTimeline> {
    await this.#home.open()
    return this.#home.list()
  }

  /**
   * Takes the timeline that is held offline away; what waits to be sent stays. For who learns otherwise than by a stream that
   * the session was ended: the device may be in other hands.
   */
  forgetTimeline(): Promise<void> {
    return this.#home.forget()
  }

  /** A page of the home timeline, newest first; with `since` only what arrived after that cursor. It joins `cached`. */
  override async fetch(page: TimelinePage & CallOptions = {}): Promise<Timeline> {
    await this.#home.open()
    const { newest, era } = this.#home
    const got = await super.fetch(page)
    // Logged out meanwhile: nothing of it may be stored.
    if (this.#home.era !== era) return got
    if (page.since === undefined) {
      this.#home.addPage(got, page.before, newest)
      // From here on a stream misses nothing, and has nothing of this page to hand over again.
      if (this.#home.cursor === undefined && got.cursor !== undefined) {
        for (const { id } of got.messages) this.#home.done(got.cursor, id)
        this.#home.done(got.cursor)
      }
    } else {
      for (const message of got.messages) this.#home.add(message)
    }
    for (const id of got.deleted ?? []) this.#home.remove(id)
    await this.#keep()
    return got
  }

  /**
   * What happens in the home timeline, as it happens, beginning where the last stream or the first page stood: each
   * message once, through lost connections and restarts. It reconnects by itself and ends when `signal` aborts; it throws
   * `RookeryError` when the server says not to come back. An event counts as handed over once the next one is asked for:
   * the one at which you leave the loop comes again. One stream at a time.
   */
  async *stream({ signal, live = true, preview }: StreamOptions = {}): AsyncGenerator<Event, void, undefined> {
    if (this.#streaming) throw new Error('this client has a stream already: end it first')
    this.#streaming = true
    try {
      const home = this.#home
      await home.open()
      const asking = (tries: number | undefined): Ask => ({
        page: (page, signal) => this.http.call('GET', '/fetch', { query: { ...page }, signal, tries }),
        user: (signal) => this.http.call('GET', '/users/me', { signal, tries }),
      })
      const events = handOver(
        home,
        async (arrivals, stop) => {
          this.#arrivals = arrivals
          if (!live) await catchUp(arrivals, home.cursor, preview, asking(undefined), stop)
          else if (this.#live) await this.#live.listen(arrivals, home.cursor, preview, stop)
          else await poll(arrivals, home.cursor, preview, asking(1), stop)
        },
        signal,
      )
      for await (const event of events) {
        if (event.type === 'online') this.#outbox.flushSoon()
        yield event
      }
    } catch (error) {
      // Whoever ended this session may not want the timeline to be read here.
      if (error instanceof RookeryError && error.status === 401) {
        if (this.#leaving) return
        await this.#home.forget()
      }
      throw error
    } finally {
      this.#streaming = false
      this.#arrivals = undefined
    }
  }

  /** Streams tell the likes of these messages from now on, in place of those named before: 200 at most. */
  watch(ids: readonly string[]): void {
    this.#live?.watch(ids)
  }

  // --- the outbox ---

  /**
   * Keeps a message in the store and publishes it as soon as the server can be reached: once, whatever happens meanwhile.
   * A stream tells of it by `sent`, or by `unsent` where it was refused. 200 may wait; beyond it throws
   * `RookeryError` with the code `outbox_full`.
   */
  async queueSend(draft: Draft | string): Promise<Waiting> {
    const waiting = await this.#outbox.add(typeof draft === 'string' ? { text: draft } : draft)
    this.#outbox.flushSoon()
    return waiting
  }

  /** Messages that wait to be published or were refused, oldest first. */
  outbox(): Promise<Waiting[]> {
    return this.#outbox.list()
  }

  /** Publishes what waits, in order, and resolves when there is no more to do for now. Streams do it when they connect. */
  flushOutbox(): Promise<void> {
    return this.#outbox.flush()
  }

  /** Takes a message out of the outbox. */
  discard(key: string): Promise<void> {
    return this.#outbox.remove(key)
  }

  // --- what changes the timeline that is held ---

  override async send(draft: Draft | string, options?: { key?: string } & CallOptions): Promise<Message> {
    await this.#home.open()
    const message = await super.send(draft, options)
    this.#home.add(message)
    if (message.boostOf !== undefined) {
      const { you, boosts } = message
      this.#home.change(message.boostOf.id, () => ({ boosts, ...(you && { you }) }))
    }
    await this.#keep()
    return message
  }

  override async unboost(id: string, options?: CallOptions): Promise<void> {
    await super.unboost(id, options)
    await this.#change(() => {
      this.#home.removeBoost(id)
      this.#home.change(id, ({ boosts, you }) =>
        you?.boosted ? { boosts: Math.max(0, boosts - 1), you: { ...you, boosted: false } } : {},
      )
    })
  }

  override async like(id: string, options?: CallOptions): Promise<Liked> {
    return this.#liked(id, await super.like(id, options))
  }

  override async unlike(id: string, options?: CallOptions): Promise<Liked> {
    return this.#liked(id, await super.unlike(id, options))
  }

  async #liked(id: string, answer: Liked): Promise<Liked> {
    const { liked, likes } = answer
    await this.#change(() =>
      this.#home.change(id, ({ you }) => ({ likes, you: { liked, boosted: you?.boosted ?? false } })),
    )
    return answer
  }

  override async deleteMessage(id: string, options?: CallOptions): Promise<void> {
    await super.deleteMessage(id, options)
    await this.#change(() => this.#home.remove(id))
  }

  override async follow(id: string, options?: { notify?: boolean | undefined } & CallOptions): Promise<Relation> {
    return this.#show(await super.follow(id, options))
  }

  override async unfollow(id: string, options?: CallOptions): Promise<Relation> {
    const relation = await super.unfollow(id, options)
    // What those who are still followed boosted of theirs stays.
    await this.#change(() => this.#home.removeAuthor(id, false))
    return relation
  }

  override async mute(id: string, options?: CallOptions): Promise<Relation> {
    return this.#hide(id, await super.mute(id, options))
  }

  override async unmute(id: string, options?: CallOptions): Promise<Relation> {
    return this.#show(await super.unmute(id, options))
  }

  override async block(id: string, options?: CallOptions): Promise<Relation> {
    return this.#hide(id, await super.block(id, options))
  }

  override async unblock(id: string, options?: CallOptions): Promise<Relation> {
    return this.#show(await super.unblock(id, options))
  }

  async #show(relation: Relation): Promise<Relation> {
    await this.#change(() => this.#home.unsettle())
    return relation
  }

  async #hide(user: string, relation: Relation): Promise<Relation> {
    await this.#change(() => this.#home.removeAuthor(user, true))
    return relation
  }

  async #change(change: () => void): Promise<void> {
    await this.#home.open()
    change()
    await this.#keep()
  }

  /** What the server has done counts, also where the store fails: that is written with the next change. */
  async #keep(): Promise<void> {
    await this.#home.save().catch(() => {})
  }
}

function globalWebSocket(): SocketClass | undefined {
  return (globalThis as { WebSocket?: unknown }).WebSocket as SocketClass | undefined
}
