import type { OneOfMany } from './app-cluster.ts'
import { mustBeShared, openBlobs } from './app-media.ts'
import { clusterReadings, diskReadings, hubReadings, mediaReadings, pushReadings, roadReadings } from './app-metrics.ts'
import { createServices, type Services } from './app-services.ts'
import type { Config } from './config.ts'
import { fanoutBatchesAtOnce, settleMs } from './core/limits.ts'
import { type Log, silentLog } from './core/log.ts'
import { openEmbedded } from './engines/embedded/index.ts'
import { createMemoryEngine } from './engines/memory/index.ts'
import { type Admission, createAdmission } from './gateway/admission.ts'
import { controlPath, createControl } from './gateway/control.ts'
import { createGateway, type Gateway } from './gateway/http.ts'
import { createHub, type Hub } from './gateway/hub.ts'
import { type Listener, listen } from './gateway/listener.ts'
import { createMetrics, type Metrics } from './gateway/metrics.ts'
import { createSameOrigin } from './gateway/origin.ts'
import { internalRows } from './gateway/routes-internal.ts'
import type { Ready } from './gateway/routes-operations.ts'
import { createWeb } from './gateway/web/pages.ts'
import { createWorker } from './gateway/worker.ts'
import type { Blobs } from './ports/blobs.ts'
import { systemChance } from './ports/chance.ts'
import { systemClock } from './ports/clock.ts'
import type { Engine } from './ports/engine.ts'
import { createOverview } from './services/overview.ts'
import type { VerifySigned } from './services/signed-tokens.ts'

export interface App {
  /** `http://HOST:PORT`, as it listens. */
  readonly address: string
  /** Resolves to an exit status when the server ends by itself: 1, when its store can no longer keep its promises. */
  readonly closed: Promise<number>
  /** Drains and ends: no new work, sockets told, everything acknowledged kept. */
  stop(): Promise<void>
}

/** Shares of `--memory`: the embedded engine's inboxes, follow lists and recent messages; the rest is for cached bodies. */
const engineShare = 0.6
/** … and the share of cached bodies on a cluster, which holds inboxes elsewhere. */
const clusterBodiesShare = 0.7
/** Every revocation of an engine of one process goes through this process. */
const tokenCachedAloneMs = 3600_000
/** `OutboxRows.lowestUndone` of a cluster is never younger than `settleMs`, and may be a moment old. */
const unknownSeconds = (settleMs + 2_000) / 1_000
/** API.md: a drain ends within 10 s, everything told. */
const drainSocketsMs = 5_000
const drainRequestsMs = 2_000

/** The only wiring: config → engine → services → gateway. Rejects when the engine cannot open or the port is taken. */
export async function createApp(config: Config, options: { log?: Log } = {}): Promise<App> {
  const log = options.log ?? silentLog
  const verifySigned = await openHost(config, log)
  const metrics = createMetrics()
  const listener = listen(config.host, config.port)
  try {
    const cluster = config.engine === 'cluster' ? await joinOthers(config, listener, metrics, log) : undefined
    const engine = cluster?.engine ?? (await openAlone(config, metrics, log))
    let blobs: Blobs | undefined
    try {
      blobs = config.roles.includes('gateway') ? openBlobs(config) : undefined
      if (blobs && cluster) await mustBeShared(blobs, cluster.engine, config)
      return await serve({ config, engine, cluster, blobs, listener, metrics, verifySigned, log })
    } catch (error) {
      await blobs?.close()
      await engine.close()
      throw error
    }
  } catch (error) {
    await listener.stop()
    throw error
  }
}

/** Verifying tokens of a host product, where there is one: its library is read only then. */
async function openHost(config: Config, log: Log): Promise<VerifySigned | undefined> {
  if (config.jwtSecret === undefined && config.jwtJwks === undefined) return undefined
  const { openVerifySigned } = await import('./app-host.ts')
  return openVerifySigned(config, log)
}

/** The drivers of three engines are read only where they are needed. */
async function joinOthers(config: Config, { reachable }: Listener, metrics: Metrics, log: Log): Promise<OneOfMany> {
  const { joinCluster } = await import('./app-cluster.ts')
  return joinCluster(config, reachable, log, metrics.engineCall)
}

async function openAlone(config: Config, metrics: Metrics, log: Log): Promise<Engine> {
  if (config.engine === 'memory') return createMemoryEngine()
  const engine = await openEmbedded({ data: config.data, memoryBytes: config.memoryBytes * engineShare, log })
  metrics.addKinds('disk_bytes', 'What the database takes on the disk, by kind', engine.disk)
  metrics.add(diskReadings(config.data))
  return engine
}

/** What one process is made of. */
interface Parts {
  readonly config: Config
  readonly engine: Engine
  /** The same engine and more, where it is a cluster's. */
  readonly cluster: OneOfMany | undefined
  /** Where uploads are, of a gateway. */
  readonly blobs: Blobs | undefined
  readonly listener: Listener
  readonly metrics: Metrics
  readonly verifySigned: VerifySigned | undefined
  readonly log: Log
}

async function serve(parts: Parts): Promise<App> {
  const { config, engine, cluster, blobs, listener, metrics, log } = parts
  const roles = new Set(config.roles)
  const services = createServices({
    ...parts,
    bodiesBytesMax: config.memoryBytes * (cluster ? clusterBodiesShare : 1 - engineShare),
    tokenCachedMs: cluster ? undefined : tokenCachedAloneMs,
    lastingQueue: cluster !== undefined,
    ...(cluster && { fanoutBatches: fanoutBatchesAtOnce }),
    ...(cluster && !roles.has('publish') && { publishElsewhere: cluster.publishElsewhere }),
  })
  const { road, auth, profiles, withdrawn, pushing } = services
  const gatewayName = `gateway-${engine.node}`
  engine.bus.subscribe(gatewayName, (event) => {
    auth.hear(event)
    profiles.hear(event)
    withdrawn.hear(event)
    road.bodies.hear(event)
    pushing?.notifications.hear(event)
  })
  const admission = createAdmission(listener.askItself)
  const hub = roles.has('gateway') ? openHub(parts, services, admission, gatewayName) : undefined
  withdrawn.onChange((user, gone) => gone && hub?.withdrawn(user))
  await withdrawn.load()

  let state: Ready = { status: 'ok' }
  const http = openHttp(parts, services, admission, hub, () =>
    cluster && state.status === 'ok' ? cluster.ready() : state,
  )
  metrics.add(roadReadings(road, engine, cluster ? unknownSeconds : 0, systemClock.now))
  if (pushing) metrics.add(pushReadings(pushing))
  if (hub) metrics.add(hubReadings(hub))
  const { tidyMedia } = services
  if (tidyMedia) {
    metrics.add(mediaReadings(tidyMedia))
    metrics.addKinds('media_bytes', 'What uploads take, by type, as of the last look by the process that leads', () =>
      Object.fromEntries(Object.entries(tidyMedia.stats().use).map(([type, { bytes }]) => [type, bytes])),
    )
  }
  if (cluster) metrics.add(clusterReadings(cluster.engine, systemClock.now))

  listener.serve(http, hub?.websocket)
  const control =
    config.engine === 'embedded'
      ? await createControl({ path: controlPath(config.data), ...services.control })
      : undefined
  const ending = new AbortController()
  const work = Promise.all([
    roles.has('fanout') ? road.run(ending.signal) : roles.has('notify') ? road.runActivity(ending.signal) : undefined,
    roles.has('fanout') ? services.deleteAccounts.run(ending.signal) : undefined,
    pushing?.run(ending.signal),
    services.rates.run(ending.signal),
    services.tidyMedia?.run(ending.signal),
    cluster?.keepTrue(gatewayName, services, hub, ending.signal),
  ])
  const closed = Promise.race([engine.failed, work.then(() => new Promise<never>(() => {}))]).catch((error) => {
    state = { status: 'unavailable' }
    log.fatal({ err: error }, 'the server cannot keep its promises any more and ends')
    return 1
  })

  return {
    address: listener.address,
    closed,
    async stop() {
      state = { status: 'draining' }
      // Others take over what this process leaves of its work; alone, it goes on until the last request is answered.
      if (cluster) ending.abort()
      await Promise.all([hub?.drain(drainSocketsMs), Promise.race([http.drain(), systemClock.sleep(drainRequestsMs)])])
      await control?.stop()
      hub?.close()
      await listener.stop()
      await services.preparing?.stop()
      ending.abort()
      await work.catch(() => {})
      await blobs?.close()
      await engine.close()
    },
  }
}

function openHub(
  { config, engine, cluster, log }: Parts,
  services: Services,
  admission: Admission,
  gateway: string,
): Hub {
  const { road, people } = services
  return createHub({
    ...services,
    ...engine,
    admission,
    gateway,
    likeStore: engine.likes,
    likes: services.likes,
    notifications: road.notifications,
    lowWatermark: road.lowWatermark,
    present: road.present,
    bodies: road.bodies,
    visibility: road.visibility,
    userJson: async (user) => JSON.stringify(await people.byId(user, user)),
    sameOrigin: createSameOrigin(config.publicUrl),
    limited: config.rateLimits,
    ...(cluster && { gaps: cluster.gaps }),
    clock: systemClock,
    chance: systemChance,
    log,
  })
}

function openHttp(
  { config, engine, cluster, blobs, metrics, log }: Parts,
  services: Services,
  admission: Admission,
  hub: Hub | undefined,
  ready: () => Ready | Promise<Ready>,
): Gateway {
  const { registry } = metrics
  const { publicUrl } = config
  const publishesHere = config.roles.includes('publish')
  const rows = cluster && publishesHere ? internalRows({ ...services, sharedKey: cluster.engine.sharedKey }) : []
  if (!hub) return createWorker({ ...services, ready, registry, publicUrl, internalRows: rows, log })
  const { unboost, oneMessage, authorMessages, replies, search, notifications, present } = services.road
  return createGateway({
    ...services,
    ...services.moderation,
    graph: engine.graph,
    unboost,
    oneMessage,
    authorMessages,
    replies,
    search,
    notifications,
    present,
    overview: createOverview({ ...engine, profiles: services.profiles, engines: cluster?.engine.view }),
    media: services.media!,
    spool: blobs!.spool,
    mediaBytesMax: config.mediaBytesMax,
    admission,
    socket: hub,
    web: createWeb(config),
    ready,
    registry,
    publicUrl,
    pageSecret: engine.cursorKey.secret,
    internalRows: rows,
    log,
  })
}
