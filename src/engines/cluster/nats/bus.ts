import type { Subscription as NatsSubscription } from '@nats-io/transport-node'
import { busFrameBytesMax, busUnsentBytesMax } from '../../../core/limits.ts'
import type { Bus, BusEvent } from '../../../ports/bus.ts'
import { FrameWriter, readFrame } from './bus-code.ts'
import type { Link } from './link.ts'

type Handle = (event: BusEvent) => void

interface Subscription {
  readonly gateway: string
  readonly handle: Handle
  open: boolean
}

/** Where a frame goes: all its events have this one destination. */
interface Destination {
  readonly subject: string
  readonly frame: FrameWriter
}

export interface BusStats {
  readonly framesSent: number
  readonly framesHeard: number
  /** Events that were not sent because NATS was away or too slow. */
  readonly dropped: number
  /** How often something may have been missed here. */
  readonly gaps: number
}

export interface NatsBusOptions {
  /** A connection of its own that leaves out what it sends itself (`noEcho`): the queue's must not wait behind it. */
  readonly link: Link
  readonly keyspace: string
  /** Hears of what a subscriber threw: a bug. */
  readonly report: (error: unknown) => void
}

/** A frame without events: its sender could not send some, and says so once it can. */
const emptyFrame = new FrameWriter().take()

/**
 * The Bus on core NATS. What one turn publishes for the same gateway goes as one message; own subscribers are served
 * without the way through the server, so that a process alone is live even while NATS is away. Publishing costs memory up
 * to `busUnsentBytesMax` and never waits; beyond that, and while NATS is away, events are dropped, and every process is told
 * of the gap once that is possible.
 */
export class NatsBus implements Bus {
  readonly #options: NatsBusOptions
  #subscriptions: readonly Subscription[] = []
  readonly #heard = new Map<string, NatsSubscription>()
  readonly #gapHandlers = new Set<() => void>()
  readonly #leave: () => void
  #waiting: { to: string; event: BusEvent }[] = []
  readonly #writers = new Map<string, Destination>()
  #unsent = 0
  #flushing = false
  #owesGap = false
  #closed = false
  readonly #stats = { framesSent: 0, framesHeard: 0, dropped: 0, gaps: 0 }

  constructor(options: NatsBusOptions) {
    this.#options = options
    this.#leave = options.link.onChange((connected) => {
      this.#unsent = 0
      if (!connected) return
      this.#tellGap()
      this.#gap()
    })
  }

  /** Whether events travel between processes at the moment. */
  get connected(): boolean {
    return this.#options.link.connected
  }

  /**
   * Calls `handle` when events may have been missed: after the connection was away (a slow consumer's too), or when another
   * process had to drop some. Reread then what matters (deletions, counts, sessions). Returns the way out.
   */
  onGap(handle: () => void): () => void {
    // A wrapper of its own, so that the same function may come twice.
    const handler = () => handle()
    this.#gapHandlers.add(handler)
    return () => void this.#gapHandlers.delete(handler)
  }

  publish(to: string | 'all', event: BusEvent): void {
    if (this.#waiting.push({ to, event }) === 1) queueMicrotask(() => this.#handOut())
  }

  subscribe(gateway: string, handle: Handle): () => void {
    const subscription = { gateway, handle, open: true }
    this.#subscriptions = [...this.#subscriptions, subscription]
    this.#listen(this.#subject('all'), () => true)
    this.#listen(this.#subject(gateway), (other) => other === gateway)
    return () => {
      subscription.open = false
      this.#subscriptions = this.#subscriptions.filter((other) => other !== subscription)
      if (this.#hasLocally(gateway)) return
      this.#unlisten(this.#subject(gateway))
      if (this.#subscriptions.length === 0) this.#unlisten(this.#subject('all'))
    }
  }

  stats(): BusStats {
    return { ...this.#stats }
  }

  close(): void {
    this.#closed = true
    this.#leave()
    for (const subject of [...this.#heard.keys()]) this.#unlisten(subject)
  }

  #subject(to: string): string {
    if (to === 'all') return `${this.#options.keyspace}.all`
    const token = to.replace(/[^A-Za-z0-9_-]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)
    return `${this.#options.keyspace}.gw.${token}`
  }

  #hasLocally(gateway: string): boolean {
    return this.#subscriptions.some((subscription) => subscription.gateway === gateway)
  }

  #listen(subject: string, isFor: (gateway: string) => boolean): void {
    if (this.#heard.has(subject)) return
    const handle = (event: BusEvent) => this.#serve(isFor, event)
    const heard = this.#options.link.listen(subject, ({ data }) => {
      this.#stats.framesHeard++
      if (data.length <= emptyFrame.length || !readFrame(data, handle)) this.#gap()
    })
    this.#heard.set(subject, heard)
  }

  #unlisten(subject: string): void {
    this.#heard.get(subject)?.unsubscribe()
    this.#heard.delete(subject)
  }

  #handOut(): void {
    const events = this.#waiting
    this.#waiting = []
    for (const { to, event } of events) {
      this.#serve((gateway) => to === 'all' || to === gateway, event)
      // A gateway is in one process: what is for one of ours need not travel.
      if (to === 'all' || !this.#hasLocally(to)) this.#write(to, event)
    }
    this.#sendAll()
  }

  #serve(isFor: (gateway: string) => boolean, event: BusEvent): void {
    for (const subscription of this.#subscriptions) {
      if (!subscription.open || !isFor(subscription.gateway)) continue
      try {
        subscription.handle(event)
      } catch (error) {
        this.#options.report(error)
      }
    }
  }

  /** Adds to the frame of its destination. What is for one gateway and what is for all keep their order. */
  #write(to: string, event: BusEvent): void {
    if (this.#closed || !this.connected) {
      this.#drop(1)
      return
    }
    const isOther = to === 'all' ? (key: string) => key !== 'all' : (key: string) => key === 'all'
    for (const [key, { frame }] of this.#writers)
      if (!frame.isEmpty && isOther(key)) this.#send(this.#writers.get(key)!)
    let writer = this.#writers.get(to)
    if (writer === undefined) this.#writers.set(to, (writer = { subject: this.#subject(to), frame: new FrameWriter() }))
    writer.frame.append(event)
    if (writer.frame.bytes >= busFrameBytesMax) this.#send(writer)
  }

  #sendAll(): void {
    for (const [to, writer] of this.#writers) {
      if (!writer.frame.isEmpty) this.#send(writer)
      this.#writers.delete(to)
    }
  }

  #send({ subject, frame }: Destination): void {
    const bytes = frame.take()
    if (this.#unsent + bytes.length > busUnsentBytesMax) {
      this.#drop(1)
      return
    }
    this.#publish(subject, bytes)
  }

  #publish(subject: string, bytes: Uint8Array): void {
    try {
      this.#options.link.connection.publish(subject, bytes)
      this.#stats.framesSent++
      this.#unsent += bytes.length
      if (!this.#flushing) void this.#flush()
    } catch (error) {
      this.#drop(1)
      this.#options.report(error)
    }
  }

  /** Learns what the server has read by now. */
  async #flush(): Promise<void> {
    this.#flushing = true
    const bytes = this.#unsent
    try {
      await this.#options.link.connection.flush()
      this.#unsent = Math.max(0, this.#unsent - bytes)
    } catch {
      // The connection was lost, and with it what was under way.
    }
    this.#flushing = false
    if (this.#owesGap && this.#unsent === 0) this.#tellGap()
    if (this.#unsent > 0 && this.connected) void this.#flush()
  }

  #drop(events: number): void {
    this.#stats.dropped += events
    this.#owesGap = true
  }

  /** Tells all processes that we dropped something. */
  #tellGap(): void {
    if (!this.#owesGap || !this.connected || this.#closed) return
    this.#owesGap = false
    this.#publish(this.#subject('all'), emptyFrame)
  }

  #gap(): void {
    this.#stats.gaps++
    for (const handle of this.#gapHandlers) {
      try {
        handle()
      } catch (error) {
        this.#options.report(error)
      }
    }
  }
}
