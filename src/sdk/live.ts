import type { Arrivals } from './arrivals.ts'
import { mayPass, RookeryError } from './error.ts'
import { probeMsMax, readyMsMax, reconnectMsMax, silenceMsMax, watchIdsMax } from './limits.ts'
import type { Message, Notification, RefusalCode, Timeline, User } from './types.ts'
import { backOff, wait } from './wait.ts'

/** What the stream needs of a WebSocket: the browser's, Bun's, Node's from 22 on, and that of the package `ws` have it. */
export interface SocketLike {
  onopen: ((event: never) => void) | null
  onmessage: ((event: never) => void) | null
  onclose: ((event: never) => void) | null
  onerror: ((event: never) => void) | null
  send(frame: string): void
  close(code?: number): void
}
export type SocketClass = new (url: string, protocol: string) => SocketLike

/** A frame of the server (API.md, "The WebSocket"); which keys it has depends on what it is. */
interface Frame {
  event?: string
  ref?: string
  error?: { code: RefusalCode; detail: string; field?: string }
  user: User
  cursor: string
  message: Message
  id: string
  notification: Notification
  counts: Record<string, number>
  after: number
}

export interface LiveNeeds {
  /** The server's address, with http or https. */
  readonly url: string
  readonly WebSocket: SocketClass
  readonly token: () => string | undefined
  /** Whose the newest page is, and the page: for a stream that has to begin anew. */
  readonly newest: (preview: number | undefined, signal: AbortSignal) => Promise<{ user: User; page: Timeline }>
  /** A socket that is silent for `silenceMs` is asked whether it lives, and must answer within `probeMs`. */
  readonly patience?: { readonly silenceMs: number; readonly probeMs: number }
}

/** Why a connection ended. */
type End =
  | { why: 'lost'; reason: string }
  | { why: 'refused'; error: RookeryError }
  | { why: 'expired' | 'moving' | 'full' | 'stopped' }

/** The live side: one connection after the other, each going on where the one before stood. */
export class Live {
  readonly #needs: LiveNeeds
  #watched: readonly string[] = []
  /** Sends a frame over the connection of the moment, if it is ready. */
  #say: ((frame: object) => void) | undefined

  constructor(needs: LiveNeeds) {
    this.#needs = needs
  }

  /** The likes of these messages come as events from now on, in place of those named before. */
  watch(ids: readonly string[]): void {
    if (ids.length > watchIdsMax) throw new RangeError(`at most ${watchIdsMax} messages can be watched at a time`)
    this.#watched = [...ids]
    this.#say?.({ op: 'watch', ids: this.#watched })
  }

  /**
   * Puts what arrives after `since` into `arrivals` until `signal` aborts.
   * @throws RookeryError when the server says not to come back.
   */
  async listen(arrivals: Arrivals, since: string | undefined, preview: number | undefined, signal: AbortSignal) {
    const place = { since, online: false }
    for (let tries = 0; !signal.aborted; ) {
      const connected = await this.#connection(arrivals, place, preview, signal)
      if (connected.ready) tries = 0
      let { end } = connected
      if (end.why === 'expired') {
        // One that expires at once again would be asked for without a pause.
        if (tries++ > 0) await wait(backOff(tries, reconnectMsMax), signal)
        end = await this.#anew(arrivals, place, preview, signal)
      }
      if (end.why === 'refused') throw end.error
      if (end.why === 'full') await arrivals.drained()
      if (end.why === 'lost') {
        const retryIn = Math.round(backOff(tries++, reconnectMsMax))
        place.online = false
        arrivals.put({ event: { type: 'offline', retryIn, reason: end.reason } })
        await waitForNetwork(retryIn, signal)
      }
    }
  }

  /** Begins with the newest page, since there is no way on from where one stood. */
  async #anew(
    arrivals: Arrivals,
    place: { since: string | undefined },
    preview: number | undefined,
    signal: AbortSignal,
  ): Promise<End> {
    try {
      const { user, page } = await this.#needs.newest(preview, signal)
      place.since = page.cursor
      arrivals.put({ event: { type: 'reset', page }, user, cursor: page.cursor })
      return { why: 'expired' }
    } catch (error) {
      if (signal.aborted) return { why: 'stopped' }
      if (!(error instanceof RookeryError) || !mayPass(error)) throw error
      return { why: 'lost', reason: error.detail }
    }
  }

  #connection(
    arrivals: Arrivals,
    place: { since: string | undefined; online: boolean },
    preview: number | undefined,
    signal: AbortSignal,
  ): Promise<{ end: End; ready: boolean }> {
    return new Promise((resolve) => {
      const socket = new this.#needs.WebSocket(`${this.#needs.url.replace(/^http/, 'ws')}/socket`, 'rookery.v1')
      const { silenceMs, probeMs } = this.#needs.patience ?? { silenceMs: silenceMsMax, probeMs: probeMsMax }
      const say = (frame: object) => socket.send(JSON.stringify(frame))
      let opened = false
      let ready = false
      let timer = setTimeout(() => finish({ why: 'lost', reason: 'The server does not answer.' }), readyMsMax)
      let moving: ReturnType<typeof setTimeout> | undefined
      const stopped = () => finish({ why: 'stopped' })
      signal.addEventListener('abort', stopped)

      const finish = (end: End) => {
        clearTimeout(timer)
        clearTimeout(moving)
        signal.removeEventListener('abort', stopped)
        socket.onmessage = socket.onclose = null
        // A connection that fails while it is closed says so, even now.
        socket.onerror = () => {}
        // Browsers complain of one that is closed while it is being made: who only leaves closes it once it is there.
        if (opened || end.why !== 'stopped') socket.close(1000)
        else socket.onopen = () => socket.close(1000)
        this.#say = undefined
        resolve({ end, ready })
      }

      const probe = () => {
        say({ op: 'watch', ref: 'alive', ids: this.#watched })
        timer = setTimeout(() => finish({ why: 'lost', reason: 'The server does not answer any more.' }), probeMs)
      }

      const greeted = (frame: Frame) => {
        ready = true
        this.#say = say
        if (this.#watched.length > 0) say({ op: 'watch', ids: this.#watched })
        const first = place.since === undefined
        if (!place.online) {
          const { user } = frame
          arrivals.put({ event: { type: 'online', user }, user, ...(first && { cursor: frame.cursor }) })
        }
        place.online = true
        place.since = frame.cursor
      }

      const hear = (frame: Frame) => {
        if (ready || frame.event === 'ready') {
          clearTimeout(timer)
          timer = setTimeout(probe, silenceMs)
        }
        switch (frame.event) {
          case 'ready':
            return greeted(frame)
          case 'message':
            place.since = frame.cursor
            arrivals.put({ event: { type: 'message', message: frame.message }, cursor: frame.cursor })
            break
          case 'deleted':
            arrivals.withdraw(frame.id)
            arrivals.put({ event: { type: 'deleted', id: frame.id } })
            break
          case 'notification':
            arrivals.put({ event: { type: 'notification', notification: frame.notification } })
            break
          case 'likes':
            // None are there where nothing is watched and the socket was asked whether it lives.
            if (Object.keys(frame.counts).length > 0) arrivals.put({ event: { type: 'likes', counts: frame.counts } })
            break
          case 'moving':
            clearTimeout(moving)
            moving = setTimeout(() => finish({ why: 'moving' }), frame.after)
        }
        if (frame.error !== undefined && frame.ref === undefined && !ready) finish(refusedHello(frame.error))
        else if (arrivals.full) finish({ why: 'full' })
      }

      const { since } = place
      socket.onopen = () => {
        opened = true
        const token = this.#needs.token()
        say({
          op: 'hello',
          ...(token !== undefined && { token }),
          ...(since !== undefined && { since }),
          ...(preview !== undefined && { preview }),
        })
      }
      socket.onmessage = ({ data }: { data: unknown }) => hear(JSON.parse(String(data)))
      socket.onclose = ({ code, reason }: { code: number; reason: string }) => {
        if (code === 4410) finish({ why: 'expired' })
        else if (code >= 4000 && code < 4500) finish({ why: 'refused', error: refusedBy(code, reason) })
        else finish({ why: 'lost', reason: reason || 'The connection is lost.' })
      }
      socket.onerror = () => {}
      if (signal.aborted) stopped()
    })
  }
}

/** What follows where a hello was answered with an error. */
function refusedHello({ code, detail, field }: NonNullable<Frame['error']>): End {
  // A cursor that no server gave is as good as one that has expired.
  if (code === 'cursor_expired' || field === 'since') return { why: 'expired' }
  // What is wrong in itself is no better the next time.
  if (field !== undefined) return { why: 'refused', error: new RookeryError(code, 422, detail, { field }) }
  return { why: 'lost', reason: detail }
}

/** API.md's close codes that mean: do not come back as you are. */
function refusedBy(code: number, reason: string): RookeryError {
  const codes: Record<number, [RefusalCode, number]> = {
    4401: ['unauthorized', 401],
    4403: ['suspended', 403],
    4429: ['rate_limited', 429],
  }
  const [word, status] = codes[code] ?? ['forbidden', 403]
  return new RookeryError(word, status, reason || `The server closed the connection with ${code}.`)
}

/** Waits so long, or until the browser says that the network is back. */
async function waitForNetwork(ms: number, signal: AbortSignal): Promise<void> {
  const back = new AbortController()
  const wake = () => back.abort()
  const browser = globalThis as unknown as Partial<EventTarget>
  browser.addEventListener?.('online', wake)
  signal.addEventListener('abort', wake)
  await wait(ms, back.signal)
  browser.removeEventListener?.('online', wake)
  signal.removeEventListener('abort', wake)
}
