import type { UserId } from '../../core/ids.ts'
import type { BusEvent } from '../../ports/bus.ts'
import { type Chance, systemChance } from '../../ports/chance.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { Engine } from '../../ports/engine.ts'
import { soleMember } from '../../ports/members.ts'
import type { Queue } from '../../ports/queue.ts'
import { createMemoryBlocks } from './blocks.ts'
import { MemoryBus } from './bus.ts'
import { createMemoryAudit, createMemoryInvites, createMemoryReports } from './community.ts'
import { createMemoryGraph } from './graph.ts'
import { createMemoryHostUsers } from './host-users.ts'
import { createMemoryHotLog } from './hot-log.ts'
import { createMemoryIdempotency } from './idempotency.ts'
import { MemoryInbox } from './inbox.ts'
import { createMemoryLikes } from './likes.ts'
import { createMemoryBoosts, createMemoryCounts, createMemoryReplies } from './links.ts'
import { createMemoryMedia } from './media.ts'
import { createMemoryMessages } from './messages.ts'
import { createMemoryActivity, createMemoryNotifications } from './notifications.ts'
import { createMemoryOutboxRows } from './outbox-rows.ts'
import { mortal } from './process.ts'
import { createMemoryPush } from './push.ts'
import { MemoryQueue } from './queue.ts'
import { MemoryRates } from './rates.ts'
import { createMemoryRetention } from './retention.ts'
import { createMemorySearch } from './search.ts'
import { createMemoryTruth, type MemoryTruth } from './truth.ts'
import { createMemoryUsers } from './users.ts'
import { createMemoryWithdrawn } from './withdrawn.ts'

export { createMemoryTruth, type MemoryTruth } from './truth.ts'

/** What processes share besides the truth, and what each kind of crash may take: jobs, inboxes, the wire between gateways, rates. */
export interface MemoryVolatile {
  readonly queue: MemoryQueue
  readonly inbox: MemoryInbox
  readonly bus: MemoryBus
  readonly rates: MemoryRates
}

export interface MemoryOptions {
  readonly clock?: Clock
  readonly chance?: Chance
  /** The ids one inbox holds; small ones make floors and drops appear with few messages. */
  readonly inboxIds?: { readonly min: number }
  /** Readers on one page of a job. */
  readonly fanoutPage?: number
  /** Jobs the queue holds. */
  readonly queueJobs?: number
  /** How many of the newest messages count as held in memory; all without it. */
  readonly recentIds?: number
  /** This process's node number for ids. */
  readonly node?: number
  /** An installation that was there before; without it a new one. */
  readonly truth?: MemoryTruth
  /** Queue, inboxes and Bus shared with other processes, or left by one that crashed; without it new and empty ones. */
  readonly volatile?: MemoryVolatile
}

/** Faults for the simulation. The truth has none: it is what promises are measured against. */
export interface MemoryFaults {
  /** All inboxes are gone. */
  loseInboxes(): void
  /** The newest appends of one inbox are gone, as after a failover: its generation changes, so it counts as absent. */
  loseNewestAppends(reader: UserId, count: number): void
  /** Nobody (of one gateway) is known to be online until said again. */
  losePresence(gateway?: string): void
  /** Every job is gone. */
  loseQueue(): void
  /** Bus events for which this is true are lost from now on. */
  loseEvents(loses: (to: string, event: BusEvent) => boolean): void
  /**
   * The process is killed: none of its calls has an effect or an answer any more, and its jobs are handed out again. What
   * it sleeps on is the caller's clock. Presence of its sockets goes by `losePresence`.
   */
  crash(): void
  /** The store can no longer keep its promises: `Engine.failed` rejects. */
  fail(reason: Error): void
}

/** Queue, inboxes and Bus for processes that share `truth`. */
export function createMemoryVolatile(truth: MemoryTruth, options: MemoryOptions = {}): MemoryVolatile {
  const { clock = systemClock, queueJobs } = options
  return {
    queue: new MemoryQueue({
      clock,
      pageOf: (id) => truth.rows.get(id)?.nextPage,
      ...(queueJobs === undefined ? {} : { jobsMax: queueJobs }),
    }),
    inbox: new MemoryInbox(clock, options.inboxIds?.min),
    bus: new MemoryBus(),
    rates: new MemoryRates(clock),
  }
}

/** One process of the memory engine, and the faults that can befall it. */
export function createMemoryProcess(options: MemoryOptions = {}): { engine: Engine; faults: MemoryFaults } {
  const death = new AbortController()
  const { engine, volatile, fail } = open(options, death.signal)
  const { inbox, queue, bus } = volatile
  return {
    engine: mortal(engine, death.signal),
    faults: {
      loseInboxes: () => inbox.lose(),
      loseNewestAppends: (reader, count) => inbox.loseNewestAppends(reader, count),
      losePresence: (gateway) => inbox.losePresence(gateway),
      loseQueue: () => queue.lose(),
      loseEvents: (loses) => bus.loseEvents(loses),
      crash: () => death.abort(),
      fail,
    },
  }
}

/** The reference engine: maps and arrays, gone with the process. All time goes through `clock`, all chance through `chance`. */
export function createMemoryEngine(options: MemoryOptions = {}): Engine {
  return open(options, undefined).engine
}

function open(options: MemoryOptions, died: AbortSignal | undefined) {
  const { clock = systemClock, chance = systemChance, node = 0 } = options
  const truth = options.truth ?? createMemoryTruth(chance)
  const volatile = options.volatile ?? createMemoryVolatile(truth, options)
  const { promise: failed, reject: fail } = Promise.withResolvers<never>()
  failed.catch(() => {}) // whoever runs the engine awaits it too; alone, a rejection would end the process
  const queue: Queue = {
    put: (job, nextPage) => volatile.queue.put(job, nextPage),
    work: (lane, handle, signal) => volatile.queue.work(lane, handle, signal, died),
    holds: (id) => volatile.queue.holds(id),
    depth: () => volatile.queue.depth(),
  }
  const engine: Engine = {
    messages: createMemoryMessages(truth, options.recentIds),
    outboxRows: createMemoryOutboxRows(truth),
    queue,
    graph: createMemoryGraph(truth, clock, options.fanoutPage),
    blocks: createMemoryBlocks(truth),
    inbox: volatile.inbox,
    hotLog: createMemoryHotLog(truth),
    bus: volatile.bus,
    users: createMemoryUsers(truth),
    withdrawn: createMemoryWithdrawn(truth),
    hostUsers: createMemoryHostUsers(truth),
    sharedRates: volatile.rates,
    likes: createMemoryLikes(truth),
    boosts: createMemoryBoosts(truth),
    replies: createMemoryReplies(truth),
    counts: createMemoryCounts(truth),
    search: createMemorySearch(truth),
    notifications: createMemoryNotifications(truth),
    activity: createMemoryActivity(truth),
    push: createMemoryPush(truth),
    idempotency: createMemoryIdempotency(truth),
    reports: createMemoryReports(truth),
    invites: createMemoryInvites(truth),
    audit: createMemoryAudit(truth),
    media: createMemoryMedia(truth),
    members: soleMember(node),
    retention: createMemoryRetention(truth),
    cursorKey: truth.cursorKey,
    pushKey: truth.pushKey,
    node,
    largestId: truth.largestId,
    failed,
    async close() {},
  }
  return { engine, volatile, fail: (reason: Error) => fail(reason) }
}
