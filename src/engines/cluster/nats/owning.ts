import { AckPolicy, type ApiError, DeliverPolicy, JetStreamApiError } from '@nats-io/jetstream'
import {
  natsAckWaitMs,
  natsBeatMs,
  natsExtendEveryMs,
  natsHeldJobsMax,
  natsHeldMessagesMax,
  natsLeaseMs,
  natsLostRememberedMs,
  natsOrphanMs,
  natsPartitions,
  natsWithinMs,
} from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Lane } from '../../../ports/queue.ts'
import { Feed } from './feed.ts'
import { partitionSubjects } from './job-code.ts'
import type { LaneHands } from './lane-hands.ts'
import type { Link } from './link.ts'
import { shares } from './shares.ts'
import { isNoSuchStream, nanosPerMs, refusalCode, type Streams } from './streams.ts'
import type { Workers } from './workers.ts'

export interface OwningOptions {
  readonly lane: Lane
  readonly link: Link
  readonly streams: Streams
  readonly workers: Workers
  readonly hands: LaneHands
  readonly log: Log
}

/** What this process knows of one partition. */
interface Partition {
  readonly index: number
  feed: Feed | undefined
  /** Our consumer there, also while it is being made or given up. */
  consumer: string | undefined
  /** Not before this, by `performance.now()`, is a consumer made again that did not last. */
  notBefore: number
  /** Since when nobody has it. */
  freeSince: number | undefined
  /** Since when it should be another worker's, while we have it. */
  wrongSince: number | undefined
  /** It is being given up: nothing more is asked for. */
  releasing: boolean
  /** Until it is begun or given up, which may take longer than the other partitions can wait for their looks. */
  changing: Promise<void> | undefined
}

interface Run {
  on: boolean
}

const consumerNotUnique = 10_100
const noSuchConsumer = 10_014
/** Between two tries to begin a partition. */
const againMs = 500
/** How long a partition that should be another's is kept, so that a worker that restarts finds its own again. */
const wrongForMs = 2 * natsBeatMs
/** How long handlers may take with what they have of a partition that is given up, and its stream to hear of it. */
const handlersWithinMs = 30_000
const toldWithinMs = 3_000
const lookAgainMs = 5

/**
 * Which partitions of a lane are this process's. [Q2] needs one worker at a time for each: JetStream allows a single
 * consumer on the subjects of a partition of a work queue, so whoever made it has the partition, and its name says who that
 * is. A new one begins with the oldest message that is not acknowledged: nothing that its predecessor held is skipped or
 * overtaken. Partitions are shared evenly; those of a worker that is silent for `natsWorkerDeadMs` are taken over.
 */
export class Owning {
  readonly #options: OwningOptions
  readonly #stream: string
  readonly #partitions: readonly Partition[]
  readonly #leave: (() => void)[]
  #made = 0
  #run: Run | undefined
  #rounds: Promise<void> = Promise.resolve()
  #wake: (() => void) | undefined
  #woken = false

  constructor(options: OwningOptions) {
    this.#options = options
    this.#stream = options.streams.name(options.lane)
    this.#partitions = Array.from({ length: natsPartitions }, (_, index): Partition => {
      return {
        index,
        feed: undefined,
        consumer: undefined,
        notBefore: 0,
        freeSince: undefined,
        wrongSince: undefined,
        releasing: false,
        changing: undefined,
      }
    })
    this.#leave = [
      options.workers.onChange(() => this.#look()),
      options.link.onChange((connected) => {
        // What was under way is lost, without a word: all is begun again.
        for (const partition of this.#partitions) this.#broken(partition, partition.feed)
        if (connected) this.#look()
      }),
    ]
  }

  /** From now on partitions are taken. */
  start(): void {
    if (this.#run?.on) return
    const run = { on: true }
    this.#run = run
    this.#rounds = this.#rounds.then(() => this.#work(run))
  }

  /** Gives all partitions up; resolves once others may have them. */
  async stop(): Promise<void> {
    if (this.#run) this.#run.on = false
    this.#look()
    await this.#rounds
  }

  /** How many partitions are ours. */
  get owned(): number {
    return this.#partitions.filter(({ feed }) => feed !== undefined).length
  }

  /** There is room for more of this partition. */
  roomier(index: number): void {
    this.#partitions[index]!.feed?.more()
  }

  /** To be stopped before. */
  close(): void {
    for (const leave of this.#leave) leave()
  }

  /** Looks at the partitions at once. */
  #look(): void {
    this.#woken = true
    this.#wake?.()
  }

  async #work(run: Run): Promise<void> {
    const { log, lane, workers } = this.#options
    workers.working(lane, true)
    while (run.on) {
      this.#woken = false
      try {
        await this.#round(run)
      } catch (error) {
        log.warn({ err: error, lane }, 'the partitions of the queue could not be looked at')
      }
      if (run.on && !this.#woken) await this.#beat()
    }
    await Promise.all(this.#partitions.map(({ changing }) => changing))
    await Promise.all(this.#partitions.map((partition) => this.#release(partition)))
    for (const partition of this.#partitions) partition.notBefore = 0
    workers.working(lane, false)
  }

  /** Until the next look is due, or asked for. */
  async #beat(): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, natsBeatMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
    this.#wake = undefined
  }

  async #round(run: Run): Promise<void> {
    const { link, hands, workers, lane, streams } = this.#options
    hands.forgetLost()
    if (!link.connected) return
    const asked = performance.now()
    let owners: Map<number, string[]>
    try {
      owners = await this.#owners()
    } catch (error) {
      if (!isNoSuchStream(error)) throw error
      await streams.ensure()
      owners = new Map()
    }
    const wanted = shares(natsPartitions, lane, workers.of(lane))
    for (const partition of this.#partitions) {
      const { index } = partition
      if (!partition.changing) this.#decide(run, partition, owners.get(index) ?? [], wanted[index]!, asked)
    }
  }

  /** The names of all consumers, by partition. */
  async #owners(): Promise<Map<number, string[]>> {
    const owners = new Map<number, string[]>()
    const { connection } = this.#options.link
    for (let offset = 0; ; ) {
      const subject = `$JS.API.CONSUMER.NAMES.${this.#stream}`
      const answer = await connection.request(subject, JSON.stringify({ offset }), { timeout: natsWithinMs })
      const { consumers, total, error } = answer.json<{
        consumers?: string[] | null
        total?: number
        error?: ApiError
      }>()
      if (error !== undefined) throw new JetStreamApiError(error)
      for (const name of consumers ?? []) {
        const index = Number.parseInt(name, 10)
        owners.set(index, [...(owners.get(index) ?? []), name])
      }
      offset += consumers?.length ?? 0
      if (!consumers?.length || offset >= (total ?? 0)) return owners
    }
  }

  #decide(run: Run, partition: Partition, names: readonly string[], wanted: string, asked: number): void {
    const { workers, hands } = this.#options
    const { own } = workers
    if (partition.consumer !== undefined) {
      if (names.includes(partition.consumer)) {
        hands.confirm(partition.index, asked + natsLeaseMs)
        this.#extend(partition)
        partition.feed?.look()
        this.#yield(partition, wanted)
        return
      }
      this.#broken(partition, partition.feed)
    }
    if (asked < partition.notBefore) return
    if (names.some((name) => ownerOf(name) !== own && workers.isAlive(ownerOf(name)))) {
      partition.freeSince = undefined
      return
    }
    partition.freeSince ??= asked
    const orphaned = asked - partition.freeSince > natsOrphanMs
    if (wanted !== own && !orphaned) return
    this.#change(partition, async () => {
      // Of a worker that died, or of ours that did not last.
      await Promise.all(names.map((name) => this.#delete(name)))
      await this.#begin(run, partition)
    })
  }

  #change(partition: Partition, work: () => Promise<void>): void {
    const { log, lane } = this.#options
    partition.changing = work()
      .catch((error: unknown) => {
        log.info({ err: error, lane, partition: partition.index }, 'a partition of the queue could not be begun')
      })
      .finally(() => (partition.changing = undefined))
  }

  async #begin(run: Run, partition: Partition): Promise<void> {
    const { streams, lane, hands, link, log, workers } = this.#options
    const { index } = partition
    const asked = performance.now()
    const consumer = `${index}-${workers.own}-${this.#made++}`
    partition.notBefore = asked + againMs
    try {
      await streams.manager.consumers.add(this.#stream, {
        name: consumer,
        filter_subject: partitionSubjects(streams.keyspace, lane, index),
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: natsAckWaitMs * nanosPerMs,
        max_ack_pending: natsHeldMessagesMax,
        max_deliver: -1,
        // What is acknowledged leaves the stream: the consumer itself is nothing that must last.
        mem_storage: true,
        inactive_threshold: natsLostRememberedMs * nanosPerMs,
      })
    } catch (error) {
      if (refusalCode(error) === consumerNotUnique) return
      if (isNoSuchStream(error)) return streams.ensure()
      // It may have been made all the same, and would be in the way.
      await this.#delete(consumer)
      throw error
    }
    if (!run.on || !link.connected) return this.#delete(consumer)
    partition.consumer = consumer
    partition.freeSince = undefined
    partition.wrongSince = undefined
    const feed: Feed = new Feed({
      link,
      stream: this.#stream,
      consumer,
      room: () => {
        const { parcels, jobs } = hands.holdings[index]!
        return partition.releasing || jobs >= natsHeldJobsMax ? 0 : natsHeldMessagesMax - parcels.size
      },
      broken: (why) => {
        log.info({ lane, partition: index, why }, 'a partition of the queue is begun again')
        this.#broken(partition, feed)
        this.#look()
      },
      deliver: ({ key, sequence, reply, jobs }) => {
        if (jobs !== undefined) {
          hands.arrive({ key, sequence, partition: index, reply, jobs })
          return
        }
        log.error({ lane, partition: index, sequence }, 'a message of the queue cannot be read and is thrown away')
        link.connection.publish(reply, '+TERM')
      },
    })
    partition.feed = feed
    hands.confirm(index, asked + natsLeaseMs)
    feed.more()
  }

  /** Nothing more comes from this feed. The consumer, if it is there still, goes with the next look. */
  #broken(partition: Partition, feed: Feed | undefined): void {
    if (feed === undefined || partition.feed !== feed) return
    feed.close()
    partition.feed = undefined
    partition.consumer = undefined
    this.#options.hands.lose(partition.index)
  }

  /** Gives a partition up that should be another worker's, once it has been so for a while. */
  #yield(partition: Partition, wanted: string): void {
    const { workers } = this.#options
    if (wanted === workers.own) {
      partition.wrongSince = undefined
      return
    }
    const now = performance.now()
    partition.wrongSince ??= now
    if (now - partition.wrongSince < wrongForMs) return
    partition.notBefore = now + natsOrphanMs
    this.#change(partition, () => this.#release(partition).then(() => workers.freed()))
  }

  async #release(partition: Partition): Promise<void> {
    const { feed, consumer, index } = partition
    const { hands } = this.#options
    if (feed === undefined || consumer === undefined) return
    partition.releasing = true
    hands.holdings[index]!.oursUntil = 0
    await whileHolds(() => feed.open && hands.isInHand(index), handlersWithinMs)
    await whileHolds(() => feed.open && hands.isUntold(index), toldWithinMs)
    partition.releasing = false
    this.#broken(partition, feed)
    await this.#delete(consumer)
  }

  async #delete(consumer: string): Promise<void> {
    try {
      if (this.#options.link.connected) await this.#options.streams.manager.consumers.delete(this.#stream, consumer)
    } catch (error) {
      if (refusalCode(error) !== noSuchConsumer) {
        this.#options.log.info({ err: error, consumer }, 'a consumer of the queue could not be deleted')
      }
    }
  }

  /** Tells JetStream that messages are still being worked on. */
  #extend(partition: Partition): void {
    const { hands, link } = this.#options
    const now = performance.now()
    for (const parcel of hands.holdings[partition.index]!.parcels.values()) {
      if (parcel.lostAt !== undefined || now - parcel.extendedAt < natsExtendEveryMs) continue
      parcel.extendedAt = now
      link.connection.publish(parcel.reply, '+WPI')
    }
  }
}

async function whileHolds(holds: () => boolean, ms: number): Promise<void> {
  const until = performance.now() + ms
  while (holds() && performance.now() < until) await Bun.sleep(lookAgainMs)
}

/** Consumers are called `PARTITION-WORKER-NUMBER`. */
function ownerOf(consumer: string): string {
  return consumer.slice(consumer.indexOf('-') + 1, consumer.lastIndexOf('-'))
}
