import { createInbox, type Msg, type Subscription } from '@nats-io/transport-node'
import { natsPullBeatMs, natsPullMessages, natsPullMs } from '../../../core/limits.ts'
import { decodeJobs, type PostedJob } from './job-code.ts'
import type { Link } from './link.ts'
import { nanosPerMs } from './streams.ts'

export interface FeedOptions {
  readonly link: Link
  readonly stream: string
  /** Ours alone, made anew for each feed: it begins with the oldest message that is not acknowledged. */
  readonly consumer: string
  readonly deliver: (message: {
    key: string
    sequence: number
    reply: string
    /** Undefined when it cannot be read. */
    jobs: readonly PostedJob[] | undefined
  }) => void
  /** A message may be missing, or the consumer is gone: this feed delivers nothing more. */
  readonly broken: (why: string) => void
  /** How many more messages may be asked for. */
  readonly room: () => number
}

/**
 * The messages of one partition in the order of the stream, without a gap: as with an ordered consumer, any doubt ends the
 * feed, and the next one begins with what is not acknowledged. A message sent again after its time came with a number of
 * its own, so it is no gap.
 */
export class Feed {
  readonly #options: FeedOptions
  readonly #inbox = createInbox()
  readonly #request: string
  readonly #messages: Subscription
  /** Messages asked for that did not come yet. */
  #asked = 0
  #askedAt = 0
  #heardAt = performance.now()
  /** The last delivery's number of the consumer's. */
  #last = 0
  #open = true

  constructor(options: FeedOptions) {
    this.#options = options
    this.#request = `$JS.API.CONSUMER.MSG.NEXT.${options.stream}.${options.consumer}`
    this.#messages = options.link.listen(this.#inbox, (message) => this.#heard(message))
  }

  get open(): boolean {
    return this.#open
  }

  /** Asks for messages if there is room and few are on their way. */
  more(): void {
    if (!this.#open || !this.#options.link.connected || this.#asked > natsPullMessages / 2) return
    const batch = Math.min(natsPullMessages, this.#options.room() - this.#asked)
    if (batch <= 0) return
    const now = performance.now()
    if (this.#asked === 0) this.#heardAt = now
    this.#askedAt = now
    this.#asked += batch
    const expires = natsPullMs * nanosPerMs
    const request = JSON.stringify({ batch, expires, idle_heartbeat: natsPullBeatMs * nanosPerMs })
    this.#options.link.connection.publish(this.#request, request, { reply: this.#inbox })
  }

  /** To be called now and then: notices that JetStream has fallen silent. */
  look(): void {
    const now = performance.now()
    if (this.#asked > 0 && now - this.#heardAt > 3 * natsPullBeatMs) this.#break('silence')
    else if (this.#asked > 0 && now - this.#askedAt > natsPullMs + 3 * natsPullBeatMs) this.#asked = 0
    this.more()
  }

  close(): void {
    if (!this.#open) return
    this.#open = false
    this.#messages.unsubscribe()
  }

  #break(why: string): void {
    if (!this.#open) return
    this.close()
    this.#options.broken(why)
  }

  #heard(message: Msg): void {
    if (!this.#open) return
    this.#heardAt = performance.now()
    if (message.headers !== undefined && message.headers.code > 0) {
      this.#status(message)
      return
    }
    // $JS.ACK[.domain.account].stream.consumer.deliveries.sequence.number.time.pending[.random]
    const parts = (message.reply ?? '').split('.')
    const first = parts.length === 9 ? 4 : 6
    const [, sequence = '', number, time] = parts.slice(first)
    if (Number(number) !== this.#last + 1) {
      this.#break(`delivery ${number} came after ${this.#last}`)
      return
    }
    this.#last++
    if (this.#asked > 0) this.#asked--
    this.#options.deliver({
      key: `${sequence}.${time}`,
      sequence: Number(sequence),
      reply: message.reply!,
      jobs: decodeJobs(message.string()),
    })
    this.more()
  }

  #status({ headers }: Msg): void {
    const { code, description } = headers!
    if (code === 100) {
      const last = headers!.get('Nats-Last-Consumer')
      if (last !== '' && Number(last) > this.#last) this.#break(`delivery ${last} did not come`)
      return
    }
    const left = headers!.get('Nats-Pending-Messages')
    if (left === '' && code !== 408 && code !== 404) {
      // The consumer is gone or has moved, and our request with it.
      this.#break(description || `status ${code}`)
      return
    }
    this.#asked = Math.max(0, this.#asked - Number(left || this.#asked))
    this.more()
  }
}
