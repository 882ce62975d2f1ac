import type { UserId } from '../core/ids.ts'
import { closeCodes } from '../core/refusal.ts'
import type { Hub } from '../gateway/hub.ts'
import { Socket, type Wire } from '../gateway/socket.ts'
import type { Life, Surroundings } from './life.ts'
import type { LiveClient } from './town.ts'

/** A stalled connection's queue counts its bytes this many times over: so few messages fill it. */
const stalledWeight = 40_000
/** What `backpressureLimit` does: beyond it a frame is dropped. */
const bufferedMax = 1_200_000

type Connection = Parameters<NonNullable<Hub['websocket']['open']>>[0]
type Frame = { event?: string; message?: unknown; cursor?: string; id?: string; error?: { code: string } }

/**
 * One client's connection to a gateway's hub, without a network: frames take a while and keep their order, and now and
 * then the client stops reading for a while, so that the gateway's queue for it fills.
 */
export class Connected implements Wire {
  readonly data = new Socket(undefined)
  readonly #hub: Hub
  readonly #client: LiveClient
  readonly #life: Life
  readonly #around: Surroundings
  #open = true
  #last = 0
  #stalled = false
  #buffered = 0
  #frames = 0

  constructor(hub: Hub, life: Life, around: Surroundings, client: LiveClient) {
    this.#hub = hub
    this.#life = life
    this.#around = around
    this.#client = client
  }

  /** The handshake is done: says hello, with `since` where there is one. The token is the reader's id. */
  hello(reader: UserId, since: string | undefined): void {
    this.#hub.websocket.open?.(this.#asConnection)
    const frame = JSON.stringify({ op: 'hello', token: String(reader), since })
    this.#later(() => this.#hub.websocket.message?.(this.#asConnection, frame))
  }

  /** The client leaves. */
  leave(): void {
    this.#end(1_000)
  }

  /** The client stops reading, for so long. */
  stall(ms: number): void {
    this.#around.note(() => `a client of ${this.data.reader} stops reading for ${Math.round(ms)} ms`)
    this.#around.holdUp(ms)
    this.#stalled = true
    this.#around.scheduler.after(ms, () => {
      this.#stalled = false
      this.#buffered = 0
      if (this.#open && this.#life.alive) this.#hub.websocket.drain?.(this.#asConnection)
    })
  }

  sendText(frame: string): number {
    if (!this.#open) return 0
    const { scheduler, random } = this.#around
    if (this.#stalled) {
      if (this.#buffered > bufferedMax) return 0
      this.#buffered += frame.length * stalledWeight
    }
    this.#last = Math.max(this.#last, scheduler.now + random.exponential(2))
    scheduler.after(this.#last - scheduler.now, () => {
      if (this.#open) this.#hear(frame)
    })
    return this.#stalled ? -1 : frame.length
  }

  cork(send: () => void): void {
    send()
  }

  ping(): number {
    this.#later(() => this.#hub.websocket.pong?.(this.#asConnection, Buffer.alloc(0)))
    return 1
  }

  getBufferedAmount(): number {
    return this.#buffered
  }

  pause(): void {}

  resume(): void {}

  close(code: number): void {
    const { scheduler, random } = this.#around
    scheduler.after(this.#last - scheduler.now + random.exponential(2), () => this.#end(code))
  }

  terminate(): void {
    this.#around.scheduler.after(0, () => this.#end(1_006))
  }

  /** What `Bun.serve` hands to the hub; the hub uses no more of it than `Wire` and `data`. */
  get #asConnection(): Connection {
    return this as unknown as Connection
  }

  #later(happen: () => void): void {
    this.#around.scheduler.after(this.#around.random.exponential(2), () => {
      if (this.#open && this.#life.alive) happen()
    })
  }

  #end(code: number): void {
    if (!this.#open) return
    this.#open = false
    if (this.#life.alive) this.#hub.websocket.close?.(this.#asConnection, code, '')
    this.#client.closed(code === closeCodes.cursorExpired ? 'expired' : 'lost')
  }

  #hear(text: string): void {
    const frame = JSON.parse(text) as Frame
    const first = this.#frames++ === 0
    if (first !== (frame.event === 'ready')) this.#client.wrong(`frame ${this.#frames} is ${text}`)
    if (frame.event === 'ready') this.#client.ready(frame.cursor!)
    else if (frame.event === 'message') this.#client.message(frame.message, frame.cursor!)
    else if (frame.event === 'deleted') this.#client.deleted(Number(frame.id))
    else if (frame.error !== undefined) this.#client.wrong(text)
  }
}
