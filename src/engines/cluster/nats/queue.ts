import type { MessageId } from '../../../core/ids.ts'
import { natsOfferedJobsMax, offerWithinMs } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import { Refusal } from '../../../core/refusal.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Job } from '../../../ports/messages.ts'
import type { Lane, Outcome, Queue, QueuedJob } from '../../../ports/queue.ts'
import { Asks, isNobodyThere } from './asks.ts'
import { decodeJobs, jobsOfSubject, laneSubjects } from './job-code.ts'
import { LaneHands } from './lane-hands.ts'
import type { Parcel } from './lines.ts'
import type { Link } from './link.ts'
import { Offers } from './offers.ts'
import { Owning } from './owning.ts'
import { isNoSuchStream, lanes, type Streams } from './streams.ts'
import { Workers } from './workers.ts'

export interface NatsQueueOptions {
  readonly link: Link
  readonly streams: Streams
  readonly clock: Clock
  /** How long `put` waits; longer than the usual where a test must not depend on how busy a machine is. */
  readonly offerMs?: number
  readonly log: Log
}

export interface NatsQueueStats {
  /** Jobs that the streams took of this process, and jobs left to the sweeper, since the start. */
  readonly taken: number
  readonly refused: number
  /** Messages and acknowledgements that the server has not answered. */
  readonly unanswered: number
  /** Jobs in this process's hands, those included that wait there. */
  readonly held: number
  /** Partitions of both lanes that this process works. */
  readonly partitions: number
}

interface LaneState {
  readonly hands: LaneHands
  readonly owning: Owning
  workers: number
}

/** Where this process's own offers stand: known until the stream has moved past them. */
interface Offered {
  readonly lane: Lane
  readonly sequence: number
}

const ack = '+ACK'
/** Nobody hears a stream's subject while it is gone, and for a moment while its servers choose a leader. */
const makeEveryMs = 500

/**
 * The queue on JetStream: two streams in 16 partitions each, by author. A message holds the jobs of one partition that one
 * process offered together; it is acknowledged when all of them are done, and until then they are in the hands of the one
 * process that works the partition (`Owning`). Failed jobs stay there until their next try, so that nothing of their author
 * overtakes them; what that process held when it died is handed out by the next one, from the oldest on.
 */
export class NatsQueue implements Queue {
  readonly #options: NatsQueueOptions
  readonly #asks: Asks
  readonly #offers: Offers
  readonly #workers: Workers
  readonly #lanes: Record<Lane, LaneState>
  readonly #offered = new Map<MessageId, Offered>()
  readonly #counts = { taken: 0, refused: 0 }
  #making = false
  #madeAt = Number.NEGATIVE_INFINITY
  /** When the streams were made, as last seen by `depth`: another moment tells that what stood there was lost. */
  readonly #created: Record<Lane, string | undefined>

  constructor(options: NatsQueueOptions) {
    const { link, streams, clock, offerMs = offerWithinMs, log } = options
    this.#options = options
    this.#created = { job: streams.created('job'), pages: streams.created('pages') }
    this.#asks = new Asks(link)
    this.#workers = new Workers(link, streams.keyspace)
    this.#offers = new Offers({
      link,
      asks: this.#asks,
      streams,
      clock,
      offerMs,
      log,
      taken: (lane, jobs, sequence) => {
        for (const { job } of jobs) this.#remember(job.id, { lane, sequence })
      },
      missing: () => void this.#makeStreams(),
    })
    this.#lanes = { job: this.#lane('job'), pages: this.#lane('pages') }
  }

  async put(job: Job, nextPage?: string): Promise<boolean> {
    if (this.holds(job.id)) return true
    const taken = await this.#offers.put(nextPage === undefined ? 'job' : 'pages', job, nextPage)
    if (taken) this.#counts.taken++
    else this.#counts.refused++
    return taken
  }

  async work(lane: Lane, handle: (jobs: QueuedJob[]) => Promise<Outcome[]>, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const state = this.#lanes[lane]
    if (state.workers++ === 0) state.owning.start()
    try {
      await state.hands.work(handle, signal)
    } finally {
      if (--state.workers === 0) await state.owning.stop()
    }
  }

  holds(id: MessageId): boolean {
    return this.#offered.has(id) || this.#lanes.job.hands.holds(id) || this.#lanes.pages.hands.holds(id)
  }

  /** @throws Refusal `unavailable` when NATS does not answer */
  async depth(): Promise<{ jobs: number; oldest: number | undefined }> {
    try {
      const depths = await Promise.all(lanes.map((lane) => this.#depthOf(lane)))
      const jobs = depths.reduce((sum, depth) => sum + depth.jobs, 0)
      const oldest = Math.min(...depths.map((depth) => depth.oldest))
      return { jobs, oldest: Number.isFinite(oldest) ? oldest : undefined }
    } catch (error) {
      const refusal = new Refusal('unavailable', 'The queue does not answer; try again in a moment.', {
        retryAfterSeconds: 1,
      })
      refusal.cause = error
      throw refusal
    }
  }

  stats(): NatsQueueStats {
    const holdings = lanes.flatMap((lane) => this.#lanes[lane].hands.holdings)
    return {
      ...this.#counts,
      unanswered: this.#asks.waiting,
      held: holdings.reduce((sum, { jobs }) => sum + jobs, 0),
      partitions: lanes.reduce((sum, lane) => sum + this.#lanes[lane].owning.owned, 0),
    }
  }

  /** Ends what is left of the work (its signals should have aborted) and gives everything back. */
  async close(): Promise<void> {
    await Promise.all(lanes.map((lane) => this.#lanes[lane].owning.stop()))
    for (const lane of lanes) {
      this.#lanes[lane].owning.close()
      this.#lanes[lane].hands.close()
    }
    this.#workers.close()
    this.#asks.close()
  }

  #lane(lane: Lane): LaneState {
    const { link, streams, clock, log } = this.#options
    const hands: LaneHands = new LaneHands({
      lane,
      clock,
      acknowledge: (parcel) => this.#acknowledge(lane, parcel),
      move: (job, parcel) => this.#offers.move(job, job.nextPage, parcel.key),
      roomier: (partition) => owning.roomier(partition),
    })
    const owning = new Owning({ lane, link, streams, workers: this.#workers, hands, log })
    return { hands, owning, workers: 0 }
  }

  async #acknowledge(lane: Lane, parcel: Parcel): Promise<boolean> {
    const answer = await this.#asks.answer(parcel.reply, ack)
    if (answer === undefined || isNobodyThere(answer)) return false
    for (const { job } of parcel.jobs) {
      // What went on in the other lane stands there.
      if (this.#offered.get(job.id)?.lane === lane) this.#offered.delete(job.id)
    }
    return true
  }

  #remember(id: MessageId, offered: Offered): void {
    this.#offered.set(id, offered)
    if (this.#offered.size <= natsOfferedJobsMax) return
    for (const oldest of this.#offered.keys()) return void this.#offered.delete(oldest)
  }

  /** Makes streams that are gone; told so by every put meanwhile, it tries and says so now and then. */
  async #makeStreams(): Promise<void> {
    const { streams, log } = this.#options
    if (this.#making || performance.now() - this.#madeAt < makeEveryMs) return
    this.#making = true
    try {
      await streams.ensure()
    } catch (error) {
      log.warn({ err: error }, 'the streams of the queue do not answer, and cannot be made anew')
    } finally {
      this.#making = false
      this.#madeAt = performance.now()
    }
  }

  async #depthOf(lane: Lane): Promise<{ jobs: number; oldest: number }> {
    const { streams } = this.#options
    const { manager } = streams
    const name = streams.name(lane)
    const nothing = { jobs: 0, oldest: Number.POSITIVE_INFINITY }
    try {
      const subjects_filter = laneSubjects(streams.keyspace, lane)
      const { created, state } = await manager.streams.info(name, { subjects_filter })
      this.#forgetOffered(lane, created, state.first_seq, state.last_seq)
      let jobs = -this.#lanes[lane].hands.notWaiting(state.last_seq)
      for (const [subject, messages] of Object.entries(state.subjects ?? {})) jobs += messages * jobsOfSubject(subject)
      if (jobs <= 0) return nothing
      // That one, or the next where it has been acknowledged meanwhile.
      const oldest = { seq: state.first_seq, next_by_subj: subjects_filter }
      const first = await manager.streams.getMessage(name, oldest)
      const ids = first === null ? [] : (decodeJobs(first.string()) ?? []).map(({ job }) => job.id)
      return { jobs, oldest: Math.min(...ids) }
    } catch (error) {
      if (!isNoSuchStream(error)) throw error
      this.#forgetOffered(lane, '', 0, -1)
      void this.#makeStreams()
      return nothing
    }
  }

  /** Forgets what stands no more in the stream as it is now: done by whichever process, or lost. */
  #forgetOffered(lane: Lane, created: string, first: number, last: number): void {
    const before = this.#created[lane]
    const another = before !== undefined && before !== created
    this.#created[lane] = created
    for (const [id, offered] of this.#offered) {
      if (offered.lane !== lane) continue
      if (another || offered.sequence < first || offered.sequence > last) this.#offered.delete(id)
    }
  }
}
