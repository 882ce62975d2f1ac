import type { MessageId, UserId } from '../../../core/ids.ts'
import {
  fanoutBatchJobs,
  jobRetryMaxMs,
  jobRetryMs,
  jobWaitMs,
  natsLostRememberedMs,
  natsPartitions,
} from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Lane, Outcome, QueuedJob } from '../../../ports/queue.ts'
import type { PostedJob } from './job-code.ts'
import { type HeldJob, Lines, type Parcel } from './lines.ts'

/** What came of one partition and is not finished. */
export interface Holding {
  readonly parcels: Map<string, Parcel>
  /** Jobs in them. */
  jobs: number
  /** Until then, by `performance.now()`, nobody else works it. */
  oursUntil: number
}

/** One delivery of a message. */
export interface Delivery {
  readonly key: string
  readonly sequence: number
  readonly partition: number
  readonly reply: string
  readonly jobs: readonly PostedJob[]
}

export interface LaneHandsOptions {
  readonly lane: Lane
  readonly clock: Clock
  /** Tells the stream that a message is done; resolves to whether it knows. */
  readonly acknowledge: (parcel: Parcel) => Promise<boolean>
  /** Puts a job that came by `parcel` into the lane `pages`; resolves to whether it stands there. */
  readonly move: (job: QueuedJob, parcel: Parcel) => Promise<boolean>
  /** A message of this partition is finished, so there is room for others. */
  readonly roomier: (partition: number) => void
}

/** A busy server may take longer to answer than is waited for, and a stream that chooses a leader does not hear. */
const acknowledgeAgainMs = 100
/** How long a worker that ends waits until the streams know what it did; later, its last jobs are handed out again. */
const overWithinMs = 3_000
/** Workers keep the thread for so long, and at least for a batch. */
const turnMs = 1

/** What a worker has still to hear of before it may end. */
class Unsettled {
  #open = 0
  #over: (() => void) | undefined

  track(settling: Promise<unknown>): void {
    this.#open++
    void settling.finally(() => {
      if (--this.#open === 0) this.#over?.()
    })
  }

  over(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#open === 0) return resolve()
      const late = setTimeout(resolve, overWithinMs)
      this.#over = () => {
        clearTimeout(late)
        resolve()
      }
    })
  }
}

/** The jobs of one lane in this process's hands: what came from the streams, who works on it, and what became of it. */
export class LaneHands {
  readonly #options: LaneHandsOptions
  readonly #lines = new Lines()
  readonly #idle = new Set<() => void>()
  readonly #closed = new AbortController()
  readonly holdings: readonly Holding[] = Array.from({ length: natsPartitions }, () => {
    return { parcels: new Map(), jobs: 0, oursUntil: 0 }
  })
  #turnBegan = 0

  constructor(options: LaneHandsOptions) {
    this.#options = options
  }

  holds(id: MessageId): boolean {
    return this.#lines.get(id) !== undefined
  }

  /** Jobs of messages up to `sequence` that are in hand or done, and so not waiting although they stand in the stream. */
  notWaiting(sequence: number): number {
    let count = 0
    for (const { parcels } of this.holdings) {
      for (const parcel of parcels.values()) {
        if (parcel.sequence > sequence) continue
        for (const { state } of parcel.jobs) if (state === 'inHand' || state === 'done') count++
      }
    }
    return count
  }

  /** Takes a message in. One that is held already came again: it keeps what became of its jobs. */
  arrive({ key, sequence, partition, reply, jobs }: Delivery): void {
    const { parcels } = this.holdings[partition]!
    const extendedAt = performance.now()
    const known = parcels.get(key)
    if (known !== undefined) {
      Object.assign(known, { reply, extendedAt, lostAt: undefined })
      if (known.left === 0) this.#acknowledge(known)
      else for (const [i, held] of known.jobs.entries()) if (held.state === 'dropped') known.jobs[i] = this.#hold(held)
    } else {
      const parcel: Parcel = {
        key,
        sequence,
        partition,
        jobs: [],
        reply,
        left: jobs.length,
        extendedAt,
        lostAt: undefined,
        acknowledging: false,
      }
      parcels.set(key, parcel)
      this.holdings[partition]!.jobs += jobs.length
      for (const { job, nextPage } of jobs) {
        const held: HeldJob = { job: { ...job, tries: 0, nextPage }, state: 'waiting', due: 0, parcels: [parcel] }
        parcel.jobs.push(this.#hold(held))
      }
    }
    this.#wake()
  }

  /** Others may work the partition from now on: what no handler has is given up, and comes again if it is ours again. */
  lose(partition: number): void {
    const holding = this.holdings[partition]!
    for (const parcel of holding.parcels.values()) {
      parcel.lostAt ??= performance.now()
      for (const held of parcel.jobs) if (held.state === 'waiting') this.#lines.drop(held)
      if (parcel.jobs.every(({ state, job }) => state === 'dropped' && job.tries === 0)) this.#forget(parcel)
    }
  }

  /** Nothing was heard of these again: they stand in no stream any more, or others have them. */
  forgetLost(): void {
    const before = performance.now() - natsLostRememberedMs
    for (const { parcels } of this.holdings) {
      for (const parcel of parcels.values()) {
        if (parcel.lostAt === undefined || parcel.lostAt > before) continue
        if (parcel.jobs.every(({ state }) => state !== 'inHand')) this.#forget(parcel)
      }
    }
  }

  /** Whether a handler has jobs of the partition. */
  isInHand(partition: number): boolean {
    return this.#some(partition, ({ jobs }) => jobs.some(({ state }) => state === 'inHand'))
  }

  /** Whether jobs of the partition are done, and its stream has still to be told. */
  isUntold(partition: number): boolean {
    return this.#some(partition, ({ left, lostAt }) => left === 0 && lostAt === undefined)
  }

  /** The partition is surely ours until then. */
  confirm(partition: number, until: number): void {
    this.holdings[partition]!.oursUntil = until
    this.#lines.unpark()
    this.#wake()
  }

  async work(handle: (jobs: QueuedJob[]) => Promise<Outcome[]>, signal: AbortSignal): Promise<void> {
    const unsettled = new Unsettled()
    const most = this.#options.lane === 'pages' ? 1 : fanoutBatchJobs
    while (!signal.aborted) {
      const now = performance.now()
      const batch = this.#lines.take(most, this.#options.clock.now(), (i) => this.holdings[i]!.oursUntil > now)
      if (batch.length === 0) {
        await this.#changed(signal)
        continue
      }
      let outcomes: Outcome[] = []
      try {
        outcomes = await handle(batch.map((held) => held.job))
      } catch {
        // Q3: without outcomes, every job of the batch has failed.
      }
      this.#settle(batch, outcomes, unsettled)
      if (performance.now() - this.#turnBegan > turnMs) await this.#nextTurn()
    }
    await unsettled.over()
  }

  close(): void {
    this.#closed.abort()
  }

  #some(partition: number, holds: (parcel: Parcel) => boolean): boolean {
    for (const parcel of this.holdings[partition]!.parcels.values()) if (holds(parcel)) return true
    return false
  }

  /** What came in meanwhile gets the thread. */
  async #nextTurn(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve))
    this.#turnBegan = performance.now()
  }

  /** Holds a job, or finds the one that is held under its id: put more than once, it is worked once. */
  #hold(held: HeldJob): HeldJob {
    const other = this.#lines.get(held.job.id)
    if (other === undefined || other.state === 'done') {
      this.#lines.append(held)
      return held
    }
    other.parcels.push(...held.parcels)
    return other
  }

  #settle(batch: readonly HeldJob[], outcomes: readonly Outcome[], unsettled: Unsettled): void {
    const now = this.#options.clock.now()
    for (const [i, held] of batch.entries()) {
      const outcome = outcomes[i] ?? 'failed'
      if (outcome === 'done') this.#finish(held, unsettled)
      else if (outcome === 'failed') {
        const { tries } = held.job
        held.job = { ...held.job, tries: tries + 1 }
        this.#giveBack(held, now + Math.min(jobRetryMs * 2 ** tries, jobRetryMaxMs))
      } else if (outcome === 'wait') this.#giveBack(held, now + jobWaitMs)
      else if (this.#options.lane === 'pages') this.#giveBack(held, now)
      else unsettled.track(this.#move(held, unsettled))
    }
    for (const author of new Set(batch.map(({ job }) => job.author))) this.#goOn(author)
  }

  #finish(held: HeldJob, unsettled: Unsettled): void {
    this.#lines.finish(held)
    for (const parcel of held.parcels) if (--parcel.left === 0) unsettled.track(this.#acknowledge(parcel))
  }

  #giveBack(held: HeldJob, due: number): void {
    this.#lines.giveBack(held, due)
    // What was lost while a handler had it comes again, if to us.
    if (held.parcels.every(({ lostAt }) => lostAt !== undefined)) this.#lines.drop(held)
  }

  async #move(held: HeldJob, unsettled: Unsettled): Promise<void> {
    if (await this.#options.move(held.job, held.parcels[0]!)) this.#finish(held, unsettled)
    else this.#giveBack(held, this.#options.clock.now() + jobRetryMs)
    this.#goOn(held.job.author)
  }

  /** Until the stream says that it knows, or the parcel is lost and comes again if it is still there. */
  async #acknowledge(parcel: Parcel): Promise<void> {
    if (parcel.acknowledging) return
    parcel.acknowledging = true
    let known = false
    while (!known && parcel.lostAt === undefined && !this.#closed.signal.aborted) {
      known = await this.#options.acknowledge(parcel)
      if (!known) await Bun.sleep(acknowledgeAgainMs)
    }
    parcel.acknowledging = false
    if (known) this.#forget(parcel)
    else for (const held of parcel.jobs) this.#lines.forget(held)
  }

  #forget(parcel: Parcel): void {
    const holding = this.holdings[parcel.partition]!
    if (!holding.parcels.delete(parcel.key)) return
    holding.jobs -= parcel.jobs.length
    for (const held of parcel.jobs) {
      if (held.state === 'done' || held.state === 'dropped') this.#lines.forget(held)
    }
    this.#options.roomier(parcel.partition)
  }

  #goOn(author: UserId): void {
    const now = this.#options.clock.now()
    const due = this.#lines.goOn(author, now)
    if (due === undefined) this.#wake()
    else void this.#options.clock.sleep(due - now, this.#closed.signal).then(() => this.#goOn(author))
  }

  #wake(): void {
    for (const wake of this.#idle) wake()
    this.#idle.clear()
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal.aborted) return resolve()
      const wake = () => {
        this.#idle.delete(wake)
        signal.removeEventListener('abort', wake)
        resolve()
      }
      this.#idle.add(wake)
      signal.addEventListener('abort', wake, { once: true })
    })
  }
}
