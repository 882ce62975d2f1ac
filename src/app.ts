import type { Config } from './config.ts'
import { timeOf } from './core/ids.ts'
import { type Log, silentLog } from './core/log.ts'
import { openEmbedded } from './engines/embedded/index.ts'
import { createMemoryEngine } from './engines/memory/index.ts'
import { controlPath, createControl } from './gateway/control.ts'
import { createGateway, httpServerOptions } from './gateway/http.ts'
import { createHub } from './gateway/hub.ts'
import { createMetrics, type Reading } from './gateway/metrics.ts'
import { createSameOrigin } from './gateway/origin.ts'
import type { Ready } from './gateway/routes-operations.ts'
import type { Socket } from './gateway/socket.ts'
import { systemChance } from './ports/chance.ts'
import { systemClock } from './ports/clock.ts'
import type { Engine } from './ports/engine.ts'
import { createAccounts } from './services/accounts.ts'
import { createAuth } from './services/auth.ts'
import { createExplain, createFetchCosts } from './services/explain.ts'
import { createFollow } from './services/follow.ts'
import { createLikes } from './services/like.ts'
import { createPasswords } from './services/passwords.ts'
import { createPeople, noSuchUser } from './services/people.ts'
import { createProfiles } from './services/profiles.ts'
import { createRateLimits } from './services/rate-limit.ts'
import { createRoad, type Road } from './services/road.ts'
import type { Timeline } from './services/timeline.ts'

export interface App {
  /** `http://HOST:PORT`, as it listens. */
  readonly address: string
  /** Resolves to an exit status when the server ends by itself: 1, when its store can no longer keep its promises. */
  readonly closed: Promise<number>
  /** Drains and ends: no new work, sockets told, everything acknowledged kept. */
  stop(): Promise<void>
}

/** Shares of `--memory`: the engine's inboxes, follow lists and recent messages; the rest is for cached bodies. */
const engineShare = 0.6
/** Every revocation of an engine of one process goes through this process. */
const tokenCachedAloneMs = 3600_000
/** API.md: a drain ends within 10 s, everything told. */
const drainSocketsMs = 5_000
const drainRequestsMs = 2_000

/** The only wiring: config → engine → services → gateway. Rejects when the engine cannot open or the port is taken. */
export async function createApp(config: Config, options: { log?: Log } = {}): Promise<App> {
  const log = options.log ?? silentLog
  const engine = await openEngine(config, log)
  try {
    return await serve(config, engine, log)
  } catch (error) {
    await engine.close()
    throw error
  }
}

async function openEngine(config: Config, log: Log): Promise<Engine> {
  if (config.engine === 'memory') return createMemoryEngine()
  return openEmbedded({ data: config.data, memoryBytes: config.memoryBytes * engineShare, log })
}

async function serve(config: Config, engine: Engine, log: Log): Promise<App> {
  const { users, graph, inbox, hotLog, messages, likes: likeStore, bus, queue, outboxRows } = engine
  const clock = systemClock
  const chance = systemChance
  const gatewayName = `gateway-${engine.node}`
  const metrics = createMetrics()

  const profiles = createProfiles({ users })
  const road = createRoad(engine, {
    clock,
    chance,
    authorJson: profiles.authorJson,
    authorsVersion: profiles.version,
    hotFollowers: config.hotFollowers,
    dormantAfterMs: config.dormantAfterMs,
    bodiesBytesMax: config.memoryBytes * (1 - engineShare),
    log: (problem, error) => log.error({ err: error }, problem),
    visible: (id) => metrics.visible(clock.now() - timeOf(id)),
  })
  const { ids, bodies, present, lowWatermark } = road

  const publish: Road['publish'] = async (author, text, key) => {
    const from = performance.now()
    const record = await road.publish(author, text, key)
    metrics.accepted(performance.now() - from)
    return record
  }
  const fetchCosts = createFetchCosts()
  const timeline: Timeline = {
    ...road.timeline,
    async page(reader, query) {
      const from = performance.now()
      const page = await road.timeline.page(reader, query)
      fetchCosts.note(reader, clock.now(), performance.now() - from, page.messages.length, query.since !== undefined)
      return page
    },
  }

  const auth = createAuth({ users, clock, cachedMs: tokenCachedAloneMs })
  const rates = createRateLimits({ clock, on: config.rateLimits })
  const people = createPeople({ users, graph, bus, profiles })
  const accounts = createAccounts({
    users,
    bus,
    clock,
    auth,
    passwords: createPasswords(),
    takeId: async () => {
      const id = await ids.take()
      ids.settle(id)
      return id
    },
    registration: config.registration,
  })
  const follows = createFollow({ graph, users, messages, outboxRows, inbox, bus, people })
  const likes = createLikes({ likes: likeStore, messages: bodies, bus, people })

  bus.subscribe(gatewayName, (event) => {
    auth.hear(event)
    profiles.hear(event)
    if (event.kind === 'likes') bodies.setLikes(event.id, event.likes)
    else if (event.kind === 'deleted') bodies.remove(event.id)
  })
  const hub = createHub({
    gateway: gatewayName,
    bus,
    inbox,
    hotLog,
    graph,
    messages,
    likeStore,
    cursorKey: engine.cursorKey,
    auth,
    rates,
    timeline,
    lowWatermark,
    present,
    publish,
    likes,
    follows,
    userJson: async (user) => JSON.stringify(await people.me(user)),
    sameOrigin: createSameOrigin(config.publicUrl),
    limited: config.rateLimits,
    clock,
    chance,
    log,
  })

  let state: Ready = { status: 'ok' }
  const gateway = createGateway({
    auth,
    accounts,
    people,
    follows,
    graph,
    publish,
    deleteMessage: road.deleteMessage,
    oneMessage: road.oneMessage,
    authorMessages: road.authorMessages,
    present,
    likes,
    timeline,
    rates,
    socket: hub,
    ready: () => state,
    registry: metrics.registry,
    publicUrl: config.publicUrl,
    pageSecret: engine.cursorKey.secret,
    log,
  })
  metrics.add(readings({ road, queue, outboxRows, hub, now: clock.now }))

  const server = Bun.serve<Socket>({
    ...httpServerOptions,
    hostname: config.host,
    port: config.port,
    fetch: gateway.fetch,
    websocket: hub.websocket,
  })
  const control =
    config.engine === 'memory'
      ? undefined
      : await createControl({
          path: controlPath(config.data),
          async token(handle) {
            const user = await users.byHandle(handle)
            if (user === undefined) throw noSuchUser()
            return accounts.issue(user.id)
          },
          explain: createExplain({ users, graph, inbox, messages, fetchCosts, hotFollowers: config.hotFollowers }),
          deadJobs: (limit) => engine.outboxRows.deadJobs(limit),
          tryAgain: road.fanout.again,
        })

  const working = new AbortController()
  const work = road.run(working.signal)
  const closed = Promise.race([engine.failed, work.then(() => new Promise<never>(() => {}))]).catch((error) => {
    state = { status: 'unavailable' }
    log.fatal({ err: error }, 'the server cannot keep its promises any more and ends')
    return 1
  })

  return {
    address: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${server.port}`,
    closed,
    async stop() {
      state = { status: 'draining' }
      await Promise.all([hub.drain(drainSocketsMs), Promise.race([gateway.drain(), clock.sleep(drainRequestsMs)])])
      await control?.stop()
      hub.close()
      await server.stop(true)
      working.abort()
      await work.catch(() => {})
      await engine.close()
    },
  }
}

function readings({
  road,
  queue,
  outboxRows,
  hub,
  now,
}: Pick<Engine, 'queue' | 'outboxRows'> & {
  road: Road
  hub: ReturnType<typeof createHub>
  now: () => number
}): Reading[] {
  const gauge = (name: string, help: string, read: Reading['read']): Reading => ({ name, help, type: 'gauge', read })
  const counter = (name: string, help: string, read: Reading['read']): Reading => ({
    name,
    help,
    type: 'counter',
    read,
  })
  return [
    counter('fanout_jobs_total', 'Jobs whose fan-out is done', () => road.fanout.stats().jobs),
    counter('fanout_deliveries_total', 'Readers that pages of followers held', () => road.fanout.stats().deliveries),
    counter('fanout_dead_jobs_total', 'Jobs given up', () => road.fanout.stats().dead),
    counter('sweeper_republished_total', 'Jobs put back into the queue', () => road.sweep.stats().republished),
    gauge('queue_jobs', 'Jobs that wait in the queue', async () => (await queue.depth()).jobs),
    gauge('outbox_undone_age_seconds', 'Age of the oldest message whose fan-out is not done', async () => {
      const lowest = await outboxRows.lowestUndone()
      return lowest === Number.POSITIVE_INFINITY ? 0 : Math.max(0, (now() - timeOf(lowest)) / 1_000)
    }),
    gauge('message_cache_bytes', 'Bodies held in memory', () => road.bodies.stats().bytes),
    gauge('message_cache_entries', 'Messages held in memory', () => road.bodies.stats().entries),
    counter('message_cache_hits_total', 'Messages found in memory', () => road.bodies.stats().hits),
    counter('message_cache_misses_total', 'Messages read from the store', () => road.bodies.stats().misses),
    gauge('sockets', 'Open sockets', () => hub.stats().sockets),
    gauge('readers_online', 'Readers with an open socket', () => hub.stats().readers),
    gauge('sockets_lagged', 'Sockets too slow at this moment', () => hub.stats().lagged),
    counter('socket_pushed_total', 'Live messages sent', () => hub.stats().pushed),
    counter('socket_refills_total', 'Refills from a cursor', () => hub.stats().refills),
    counter('socket_frames_total', 'Frames received', () => hub.stats().received),
    counter('socket_refused_total', 'Frames refused', () => hub.stats().refused),
  ]
}
