import { headers, type Msg } from '@nats-io/transport-node'
import { type MessageId, timeOf } from '../../../core/ids.ts'
import { natsBundleJobsMax, natsBundleMs, natsOffersMax, natsPartitions, sweepAfterMs } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Job } from '../../../ports/messages.ts'
import type { Lane } from '../../../ports/queue.ts'
import { type Asks, isNobodyThere } from './asks.ts'
import { bundleSubject, encodeJobs, type PostedJob, partitionOf } from './job-code.ts'
import type { Link } from './link.ts'
import type { Streams } from './streams.ts'

/** Jobs that go as one message. */
interface Bundle {
  readonly jobs: PostedJob[]
  readonly taken: Promise<boolean>
  readonly settle: (taken: boolean) => void
}

/** Where the jobs of one partition gather. */
interface Outlet {
  readonly lane: Lane
  readonly partition: number
  bundle: Bundle | undefined
  /** Its messages that are not answered. */
  underWay: number
  timer: ReturnType<typeof setTimeout> | undefined
}

export interface OffersOptions {
  readonly link: Pick<Link, 'connected'>
  readonly asks: Asks
  readonly streams: Pick<Streams, 'keyspace' | 'name'>
  readonly clock: Clock
  /** How long `put` waits. */
  readonly offerMs: number
  /** Told of each message that a stream acknowledged, with its place there; also when `put` had given up by then. */
  readonly taken: (lane: Lane, jobs: readonly PostedJob[], sequence: number) => void
  /** The streams are gone. */
  readonly missing: () => void
  readonly log: Log
}

const streamFull = 10_077

/**
 * Puts jobs into the streams. The first job of a partition goes at once; what comes while it is not acknowledged gathers
 * for at most `natsBundleMs`, as writers gather for one fsync: so bundles grow with the load and cost nothing without.
 */
export class Offers {
  readonly #options: OffersOptions
  readonly #outlets: Record<Lane, Outlet[]>
  readonly #ready: Outlet[] = []

  constructor(options: OffersOptions) {
    this.#options = options
    const outlets = (lane: Lane) =>
      Array.from({ length: natsPartitions }, (_, partition): Outlet => {
        return { lane, partition, bundle: undefined, underWay: 0, timer: undefined }
      })
    this.#outlets = { job: outlets('job'), pages: outlets('pages') }
  }

  /** True when the stream acknowledged it within `offerMs`. */
  async put(lane: Lane, job: Job, nextPage: string | undefined): Promise<boolean> {
    if (!this.#options.link.connected || this.#options.asks.waiting >= natsOffersMax) return false
    const outlet = this.#outlets[lane][partitionOf(job.author)]!
    const bundle = (outlet.bundle ??= this.#open(outlet))
    bundle.jobs.push({ job, nextPage })
    if (bundle.jobs.length === natsBundleJobsMax) this.#send(outlet)
    return bundle.taken
  }

  /** Puts a job that came by the message `from` into the lane `pages`; true when the stream has it. */
  move(job: Job, nextPage: string | undefined, from: string): Promise<boolean> {
    const jobs = [{ job, nextPage }]
    return new Promise((resolve) => this.#publish('pages', partitionOf(job.author), jobs, `${job.id}.${from}`, resolve))
  }

  #open(outlet: Outlet): Bundle {
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const late = setTimeout(resolve, this.#options.offerMs, false)
    if (outlet.underWay > 0) outlet.timer = setTimeout(() => this.#send(outlet), natsBundleMs)
    else if (this.#ready.push(outlet) === 1) setImmediate(() => this.#sendReady())
    return {
      jobs: [],
      taken: promise,
      settle(taken) {
        clearTimeout(late)
        resolve(taken)
      },
    }
  }

  #sendReady(): void {
    for (const outlet of this.#ready.splice(0)) this.#send(outlet)
  }

  #send(outlet: Outlet): void {
    const { bundle, lane, partition } = outlet
    if (bundle === undefined) return
    clearTimeout(outlet.timer)
    outlet.bundle = undefined
    outlet.underWay++
    this.#publish(lane, partition, bundle.jobs, this.#nameOf(bundle.jobs), (taken) => {
      outlet.underWay--
      bundle.settle(taken)
      if (outlet.underWay === 0) this.#send(outlet)
    })
  }

  #publish(lane: Lane, partition: number, jobs: PostedJob[], name: string, done: (taken: boolean) => void): void {
    const { streams, asks } = this.#options
    const named = headers()
    named.set('Nats-Msg-Id', name)
    const subject = bundleSubject(streams.keyspace, lane, partition, jobs.length)
    const answered = (answer: Msg | undefined) => {
      const sequence = answer && this.#sequenceOf(answer, lane)
      if (sequence !== undefined) this.#options.taken(lane, jobs, sequence)
      done(sequence !== undefined)
    }
    asks.ask(subject, encodeJobs(jobs), answered, named)
  }

  /** Where the message stands in the stream; undefined when it was not taken. */
  #sequenceOf(answer: Msg, lane: Lane): number | undefined {
    if (isNobodyThere(answer)) {
      this.#options.missing()
      return undefined
    }
    const { seq, error } = answer.json<{ seq?: number; error?: { err_code?: number; description?: string } }>()
    if (error === undefined) return seq
    if (error.err_code !== streamFull) {
      const { log, streams } = this.#options
      log.warn({ stream: streams.name(lane), answer: error.description }, 'NATS did not take a job; the sweeper will')
    }
    return undefined
  }

  /**
   * JetStream swallows what comes again under the same name. So it is the job's id, with the number of the try where that
   * is not the first: tries lie as far apart as the sweeper lets them.
   */
  #nameOf(jobs: readonly PostedJob[]): string {
    const [{ job }] = jobs as [PostedJob]
    const name = this.#tryOf(job.id)
    if (jobs.length === 1) return name
    return `${name}+${Bun.hash(jobs.map((other) => other.job.id).join()).toString(36)}`
  }

  #tryOf(id: MessageId): string {
    const number = Math.floor((this.#options.clock.now() - timeOf(id)) / sweepAfterMs)
    return number < 1 ? `${id}` : `${id}.${number}`
  }
}
