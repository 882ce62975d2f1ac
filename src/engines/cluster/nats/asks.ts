import { createInbox, type Msg, type MsgHdrs, type Subscription } from '@nats-io/transport-node'
import { natsWithinMs } from '../../../core/limits.ts'
import type { Link } from './link.ts'

interface Waiting {
  readonly until: number
  readonly answered: (answer: Msg | undefined) => void
}

/**
 * Messages that are answered, many at once over one inbox of our own: a fifth of what the client's own publish to JetStream
 * costs. All have the same time-out, so one timer serves them in the order they were sent.
 */
export class Asks {
  readonly #link: Link
  readonly #inbox = createInbox()
  readonly #answers: Subscription
  readonly #leave: () => void
  readonly #waiting = new Map<string, Waiting>()
  #sent = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(link: Link) {
    this.#link = link
    this.#answers = link.listen(`${this.#inbox}.*`, (message) => {
      this.#answer(message.subject.slice(this.#inbox.length + 1), message)
    })
    this.#leave = link.onChange((connected) => {
      if (!connected) this.#giveUp(Number.POSITIVE_INFINITY)
    })
  }

  /** How many are not answered yet. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Calls `answered` once: with the answer, or with undefined when none came within `natsWithinMs` or NATS is away. */
  ask(subject: string, payload: string, answered: (answer: Msg | undefined) => void, headers?: MsgHdrs): void {
    if (!this.#link.connected) {
      queueMicrotask(() => answered(undefined))
      return
    }
    const number = (this.#sent++).toString(36)
    this.#waiting.set(number, { until: performance.now() + natsWithinMs, answered })
    this.#timer ??= setTimeout(this.#onTimer, natsWithinMs)
    const reply = `${this.#inbox}.${number}`
    this.#link.connection.publish(subject, payload, headers === undefined ? { reply } : { reply, headers })
  }

  /** The answer; undefined when none came in time. */
  answer(subject: string, payload: string, headers?: MsgHdrs): Promise<Msg | undefined> {
    return new Promise((resolve) => this.ask(subject, payload, resolve, headers))
  }

  close(): void {
    this.#leave()
    this.#answers.unsubscribe()
    this.#giveUp(Number.POSITIVE_INFINITY)
  }

  readonly #onTimer = () => {
    this.#timer = undefined
    this.#giveUp(performance.now())
    const [next] = this.#waiting.values()
    if (next) this.#timer ??= setTimeout(this.#onTimer, Math.max(1, next.until - performance.now()))
  }

  #answer(number: string, message: Msg): void {
    const waiting = this.#waiting.get(number)
    if (waiting === undefined) return
    this.#waiting.delete(number)
    waiting.answered(message)
  }

  #giveUp(until: number): void {
    for (const [number, waiting] of this.#waiting) {
      if (waiting.until > until) return
      this.#waiting.delete(number)
      waiting.answered(undefined)
    }
  }
}

/** Whether the answer says that nobody hears that subject. */
export const isNobodyThere = ({ headers }: Msg): boolean => headers?.code === 503
