import type { Services } from './app-services.ts'
import type { Config } from './config.ts'
import { coalesce } from './core/coalesce.ts'
import { countsAskedMax, tokenCachedMs } from './core/limits.ts'
import type { Log } from './core/log.ts'
import { Refusal } from './core/refusal.ts'
import type { ClusterEngine, EngineObserver } from './engines/cluster/index.ts'
import { openCluster, WrongSetting } from './engines/cluster/index.ts'
import type { Hub } from './gateway/hub.ts'
import { createRemotePublish } from './gateway/remote-publish.ts'
import type { Ready } from './gateway/routes-operations.ts'
import { Usage } from './options.ts'
import { systemChance } from './ports/chance.ts'
import { systemClock } from './ports/clock.ts'
import type { Publish } from './services/publish.ts'
import type { Road } from './services/road.ts'
import { createCountWatch } from './services/watch-counts.ts'
import { createDeletionWatch } from './services/watch-deletions.ts'

/** Share of `--memory` for the newest messages of all authors, and the most that serves: 16 bytes each. */
const recentShare = 1 / 8
const recentBytesMax = 64 * 1024 * 1024

/**
 * Opens the engines that the options name, as a process that others reach at `address`. `mustExist`: refuses a keyspace
 * where nothing is yet, rather than to begin there. @throws Usage, EngineUnusable
 */
export async function openClusterOf(
  config: Config,
  address: string,
  log: Log,
  observe: EngineObserver,
  mustExist = false,
) {
  const recentBytes = Math.min(recentBytesMax, config.memoryBytes * recentShare)
  try {
    return await openCluster({ ...config, address, recentBytes, log, observe, mustExist })
  } catch (problem) {
    throw problem instanceof WrongSetting ? new Usage(problem.message) : problem
  }
}

/** What a process of a cluster does besides: `app.ts` reads this file only where there are engines to connect to. */
export interface OneOfMany {
  readonly engine: ClusterEngine
  /** Publishing for a gateway that does not publish itself. */
  readonly publishElsewhere: (road: Road) => Publish
  /** Keeps what this process holds true where others write, until `signal` aborts. */
  keepTrue(gateway: string, services: Services, hub: Hub | undefined, signal: AbortSignal): Promise<void>
  /** How often events of the Bus may have been lost; NaN while they are. */
  gaps(): number
  /** What `/readyz` says. */
  ready(): Promise<Ready>
}

/** Opens the engines and becomes one of the processes of their installation. Throws as `openClusterOf`. */
export async function joinCluster(
  config: Config,
  address: string,
  log: Log,
  observe: EngineObserver,
): Promise<OneOfMany> {
  const engine = await openClusterOf(config, address, log, observe)
  let gaps = 0
  engine.onGap(() => gaps++)
  return {
    engine,
    gaps: () => (engine.busConnected() ? gaps : Number.NaN),
    publishElsewhere: publishElsewhere(engine, log),
    keepTrue: (gateway, services, hub, signal) => keepTrue({ cluster: engine, gateway, services, hub, log, signal }),
    ready: () => clusterReady(engine),
  }
}

/** Publishing for a gateway that does not publish itself; what was published is then at hand here too. */
function publishElsewhere(cluster: ClusterEngine, log: Log): (road: Road) => Publish {
  const { members, sharedKey } = cluster
  const publish = createRemotePublish({ members, sharedKey, clock: systemClock, chance: systemChance, log })
  return ({ bodies, publish: publishHere }) =>
    async (author, draft, key) => {
      // Nothing is written for what is no draft: only looked up by its key.
      if (draft instanceof Refusal) return publishHere(author, draft, key)
      const record = await publish(author, draft, key)
      // With a key, or made before, it may be of long ago, and liked since.
      if (key === undefined && !record.again) bodies.put(record)
      else await bodies.many([record.id])
      return record
    }
}

async function keepTrue({
  cluster,
  gateway,
  services: { road, profiles, withdrawn, auth },
  hub,
  log,
  signal,
}: {
  cluster: ClusterEngine
  /** This process's name on the Bus. */
  gateway: string
  services: Services
  hub: Hub | undefined
  log: Log
  signal: AbortSignal
}): Promise<void> {
  const { bodies } = road
  const clock = systemClock
  const problem = (sentence: string, error: unknown) => log.error({ err: error }, sentence)
  const deletions = createDeletionWatch({ messages: cluster.messages, bodies, clock, log: problem })
  const counts = createCountWatch({
    counts: cluster.counts,
    cares: (id) => bodies.has(id) || (hub?.watches(id) ?? false),
    found(id, now) {
      const body = bodies.has(id) ? bodies.peek(id) : undefined
      const differs = body && (body.likes !== now.likes || body.boosts !== now.boosts || body.replies !== now.replies)
      if (differs) bodies.setCounts(id, now)
      hub?.recounted(id)
    },
    clock,
    log: problem,
  })
  cluster.bus.subscribe(gateway, counts.hear)

  /** Closes sockets whose tokens died while no word of it could come. What could not be asked now is asked again. */
  const closeDead = coalesce(async () => {
    await hub?.closeDead(auth.lives).catch(() => {})
  })

  /** Events may have been missed. */
  function doubt(): void {
    void deletions.look()
    counts.doubt(bodies.ids())
    profiles.forgetAll()
    void closeDead()
  }
  const leave = cluster.onGap(doubt)
  signal.addEventListener('abort', leave, { once: true })

  /** While the Bus is away nobody tells of what others change: it is asked for. */
  async function askInstead(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(tokenCachedMs, signal)
      if (cluster.busConnected()) continue
      counts.doubt(bodies.ids().slice(-countsAskedMax))
      profiles.forgetAll()
      await closeDead()
    }
  }
  await Promise.all([deletions.run(signal), counts.run(signal), withdrawn.run(signal), askInstead()])
}

/** What `/readyz` says of a cluster. */
async function clusterReady(cluster: Pick<ClusterEngine, 'health'>): Promise<Ready> {
  const { store, degraded, unsafe } = await cluster.health()
  if (!store) return { status: 'unavailable' }
  return { status: 'ok', ...(degraded.length > 0 && { degraded }), ...(unsafe.length > 0 && { unsafe }) }
}
