import { randomBytes } from 'node:crypto'
import { coalesce } from '../../core/coalesce.ts'
import { idAt } from '../../core/ids.ts'
import { cassandraCallMs, storeSeenMs } from '../../core/limits.ts'
import { type Log, silentLog } from '../../core/log.ts'
import { Refusal } from '../../core/refusal.ts'
import type { Engines } from '../../core/wire-operations.ts'
import { type Chance, systemChance } from '../../ports/chance.ts'
import { type Clock, systemClock } from '../../ports/clock.ts'
import type { Engine } from '../../ports/engine.ts'
import { newPushKey } from '../../ports/push.ts'
import type { Queue } from '../../ports/queue.ts'
import { createCassandraActivity } from './cassandra/activity.ts'
import { createCassandraAudit } from './cassandra/audit.ts'
import { createCassandraBoosts } from './cassandra/boosts.ts'
import { type Cassandra, type CassandraStats, statement } from './cassandra/client.ts'
import { createDirty, createRecounter } from './cassandra/dirty.ts'
import { createCassandraHostUsers } from './cassandra/host-users.ts'
import { openCassandraHotLog } from './cassandra/hot-log.ts'
import { createCassandraIdempotency } from './cassandra/idempotency.ts'
import { changeMade, madeOnce } from './cassandra/installation.ts'
import { createCassandraInvites } from './cassandra/invites.ts'
import { createLikeCounts } from './cassandra/like-counts.ts'
import { createCassandraLikes } from './cassandra/likes.ts'
import { createCassandraMedia } from './cassandra/media.ts'
import { joinMembers } from './cassandra/members.ts'
import { createCassandraNotifications } from './cassandra/notifications.ts'
import { createCassandraPush } from './cassandra/push.ts'
import { createCassandraReplies } from './cassandra/replies.ts'
import { createCassandraReports } from './cassandra/reports.ts'
import { createCassandraRetention } from './cassandra/retention.ts'
import { createCassandraRoad } from './cassandra/road.ts'
import { createSearchFill } from './cassandra/search-fill.ts'
import { createCassandraUsers } from './cassandra/users.ts'
import { createCassandraWithdrawn } from './cassandra/withdrawn.ts'
import type { BusStats } from './nats/bus.ts'
import { type EngineObserver, type EnginesOptions, openEngines } from './open-engines.ts'
import type { RedisStats, SharedBodiesStats } from './redis/index.ts'

export { WrongSetting } from './connection-text.ts'
export type { EngineObserver } from './open-engines.ts'
export { EngineUnusable } from './unusable.ts'

export interface ClusterOptions extends Omit<EnginesOptions, 'clock' | 'chance' | 'log'> {
  /** Where other processes reach this one, `host:port`; empty where nobody needs to. */
  readonly address: string
  readonly roles: readonly string[]
  /** Bounds what of newest messages is held in memory. */
  readonly recentBytes: number
  readonly clock?: Clock
  readonly chance?: Chance
  readonly log?: Log
}

/** The cluster engine: Cassandra for what is true, Redis for inboxes, NATS for jobs and for word between processes. */
export interface ClusterEngine extends Engine {
  /** Known to all processes of the installation and to nobody else: by it they know each other. 64 hex digits. */
  readonly sharedKey: string
  /** The mark of the place where uploads are: what the first process named, or the one that moved it. */
  readonly mediaPlace: {
    agree(mark: string): Promise<string>
    move(from: string, to: string): Promise<boolean>
  }
  health(): Promise<Health>
  /** Calls `handle` when events of the Bus may have been missed; returns the way out. */
  onGap(handle: () => void): () => void
  /** Whether word between processes travels at the moment. */
  busConnected(): boolean
  stats(): ClusterStats
  /** The nodes, the ring and the streams, as this process sees them; NATS and Redis are asked for a second at most. */
  view(): Promise<Engines>
}

export interface Health {
  /** Whether the store answers with a quorum, and this process has its lease. */
  readonly store: boolean
  /** What is away while the rest serves without it. */
  readonly degraded: readonly string[]
  /** Settings that could lose what was acknowledged, a sentence each. */
  readonly unsafe: readonly string[]
}

export interface ClusterStats {
  readonly cassandra: CassandraStats
  readonly redis: RedisStats
  readonly sharedBodies: SharedBodiesStats
  readonly nats: BusStats & { readonly connected: boolean }
}

const idleLookMs = 5
const anySetting = statement<{ value: string }>('SELECT value FROM settings WHERE name = ?')

/**
 * Opens the installation of a keyspace, or begins one there, and makes this process a member of it.
 * @throws WrongSetting for a text that cannot be understood, EngineUnusable for engines that are away, refuse us or could
 * lose what was acknowledged
 */
export async function openCluster(options: ClusterOptions): Promise<ClusterEngine> {
  const { clock = systemClock, chance = systemChance, log = silentLog, address, roles, recentBytes } = options
  const engines = await openEngines({ ...options, clock, chance, log })
  const { cassandra, redis, nats } = engines
  const { db, cursorKey } = cassandra
  const stop = new AbortController()
  try {
    const sharedKey = await madeOnce(db, 'shared_key', () => randomBytes(32).toString('hex'))
    const pushKey = await madeOnce(db, 'push_key', newPushKey)
    const dirty = createDirty({ db, clock })
    const hotLog = await openCassandraHotLog({ db, clock, chance })
    const members = await joinMembers({ db, clock, chance, address, roles, log })
    const largestId = idAt(members.leaseStart)
    const likeCounts = createLikeCounts({ db, clock })
    const road = createCassandraRoad({
      db,
      clock,
      dirty,
      likeCounts,
      node: members.node,
      largestId,
      lowestInFlight: members.lowestInFlight,
      recentBytes,
      inboxes: {
        follows: {
          look: (reader) => redis.inbox.head(reader).catch(() => undefined),
          around: (reader, change) => redis.edgeChanges.around(reader, change),
        },
        tellOwn: redis.tellOwn,
      },
      sharedBodies: redis.sharedBodies,
      log(problem, error) {
        if (error instanceof Refusal) log.warn({ err: error }, problem)
        else log.error({ err: error }, problem)
      },
    })
    const { messages, outboxRows, graph, blocks, search } = road
    // The log of deletions is read on once a second: until then only word of them makes a cursor's answer complete.
    nats.bus.subscribe(`engine-${members.node}`, (event) => {
      if (event.kind === 'deleted') messages.heardDeletion(event)
    })
    const idempotency = createCassandraIdempotency({ db })
    const users = createCassandraUsers({
      db,
      clock,
      async counts(id) {
        const [followers, following, count] = await Promise.all([
          graph.followerCount(id),
          graph.followingCount(id),
          messages.count(id),
        ])
        return { followers, following, messages: count }
      },
    })
    const boosts = createCassandraBoosts({ db })
    const likes = createCassandraLikes({ db, clock, dirty, counts: likeCounts })
    const recounts = {
      likes: likeCounts.recount,
      boosts: road.boostCounts.recount,
      replies: road.replyCounts.recount,
      followers: graph.recount,
    }
    const recounting = createRecounter({ db, clock, members, recounts, log }).run(stop.signal)
    const fill = createSearchFill({ db, clock, members, index: search, log })
    const filling = fill.run(stop.signal)
    const storeAnswers = createStoreProbe(db, clock)

    return {
      messages,
      outboxRows,
      graph,
      blocks,
      hotLog,
      likes,
      boosts: {
        ...boosts,
        async finish(user, message, id) {
          await messages.answering(user, id)
          return boosts.finish(user, message, id)
        },
      },
      replies: createCassandraReplies({ db }),
      counts: { of: likeCounts.many },
      search: { ...search, stats: () => ({ ...search.stats(), older: !fill.done() }) },
      notifications: createCassandraNotifications({ db }),
      activity: createCassandraActivity({ db, clock }),
      push: createCassandraPush({ db }),
      members,
      retention: createCassandraRetention({ db, clock, forget: (id) => redis.sharedBodies.forget(id) }),
      cursorKey,
      pushKey,
      sharedKey,
      mediaPlace: {
        agree: (mark) => madeOnce(db, 'media_place', () => mark),
        move: (from, to) => changeMade(db, 'media_place', from, to),
      },
      largestId,
      queue: observedQueue(nats.queue, options.observe),
      bus: nats.bus,
      inbox: redis.inbox,
      idempotency: {
        ...idempotency,
        async finish(user, key, id) {
          // Whoever stored it may have died before it told the author's inbox.
          await messages.answering(user, id)
          return idempotency.finish(user, key, id)
        },
        async finishUnmoved(user, key, id) {
          await messages.answering(user, id)
          return idempotency.finishUnmoved(user, key, id)
        },
      },
      withdrawn: createCassandraWithdrawn(db),
      users,
      hostUsers: createCassandraHostUsers(db, users),
      sharedRates: redis.sharedRates,
      reports: createCassandraReports({ db, clock }),
      invites: createCassandraInvites({ db, clock }),
      audit: createCassandraAudit({ db, clock }),
      media: createCassandraMedia({ db }),
      node: members.node,
      failed: members.lost,
      onGap: (handle) => nats.bus.onGap(handle),
      busConnected: () => nats.bus.connected,
      async health() {
        const { usable, shardsAway } = redis.stats()
        const degraded = [...(usable === 0 || shardsAway > 0 ? ['redis'] : []), ...(nats.connected ? [] : ['nats'])]
        // Without its lease this process publishes nothing: others are better asked.
        const leased = clock.now() < members.leaseEnd()
        return {
          store: (await storeAnswers()) && leased,
          degraded,
          unsafe: [...cassandra.findings.unsafe, ...nats.unsafe],
        }
      },
      stats: () => ({
        cassandra: db.stats(),
        redis: redis.stats(),
        sharedBodies: redis.sharedBodies.stats(),
        nats: { ...nats.bus.stats(), connected: nats.connected },
      }),
      async view() {
        const [servers, streams] = await Promise.all([redis.view(), nats.view()])
        return { cassandra: db.nodes(), redis: servers, ...(streams && { streams }) }
      },
      async close() {
        if (stop.signal.aborted) return
        stop.abort()
        await Promise.allSettled([recounting, filling, road.close()])
        await idle(db, clock)
        await members.leave()
        await engines.close()
      },
    }
  } catch (error) {
    await engines.close()
    throw error
  }
}

/** The queue, whose offers are told of: one not taken in time counts as failed. */
function observedQueue(queue: Queue, observe: EngineObserver | undefined): Queue {
  if (observe === undefined) return queue
  return {
    async put(job, nextPage) {
      const began = performance.now()
      const taken = await queue.put(job, nextPage)
      observe('nats', 'put', performance.now() - began, !taken)
      return taken
    },
    work: (lane, handle, signal) => queue.work(lane, handle, signal),
    holds: (id) => queue.holds(id),
    depth: () => queue.depth(),
  }
}

/** Resolves once no call is under way any more; what hangs is left. */
async function idle(db: Cassandra, clock: Clock): Promise<void> {
  const until = performance.now() + cassandraCallMs
  for (let calls = db.stats(); calls.inFlight + calls.waiting > 0 && performance.now() < until; calls = db.stats()) {
    await clock.sleep(idleLookMs)
  }
}

/** Whether a quorum answers, as of at most `storeSeenMs` ago. */
function createStoreProbe(db: Cassandra, clock: Clock): () => Promise<boolean> {
  let seenAt = Number.NEGATIVE_INFINITY
  const look = coalesce(async () => {
    const began = clock.now()
    await db.one(anySetting, ['cursor_key'])
    seenAt = began
  })
  return async () => {
    if (clock.now() - seenAt < storeSeenMs) return true
    return look().then(
      () => true,
      () => false,
    )
  }
}
