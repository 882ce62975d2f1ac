import type { MessageId, UserId } from '../../../core/ids.ts'
import { engineStartMs } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Engines } from '../../../core/wire-operations.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Inbox } from '../../../ports/inbox.ts'
import type { SharedRates } from '../../../ports/rates.ts'
import { nodeText, type RedisSettings } from '../settings.ts'
import { EngineUnusable } from '../unusable.ts'
import { BodyForgets } from './body-forgets.ts'
import { diagnose } from './diagnosis.ts'
import { EdgeChanges } from './edge-changes.ts'
import { libraryOf } from './functions.ts'
import { type Generations, GenerationWatch, type Monotonic } from './generations.ts'
import { RedisInbox } from './inbox.ts'
import { keysOf } from './keys.ts'
import { Outages } from './outages.ts'
import { OwnMessages } from './own-messages.ts'
import { Presences } from './presences.ts'
import { createRaises } from './raises.ts'
import { RedisRates } from './rates.ts'
import { redisWarnings } from './safety.ts'
import { type CallKind, Servers } from './servers.ts'
import { Shards } from './shards.ts'
import { RedisSharedBodies } from './shared-bodies.ts'
import { viewOf } from './view.ts'

export type { Generations } from './generations.ts'
export type { CallKind } from './servers.ts'
export type { SharedBodiesStats } from './shared-bodies.ts'

export interface RedisOptions {
  readonly settings: RedisSettings
  readonly keyspace: string
  readonly generations: Generations
  /** Of shared bodies: raised without a thought for inboxes. */
  readonly bodyGenerations: Generations
  /** How long an inbox lives that nobody reads. */
  readonly dormantAfterMs: number
  readonly clock: Clock
  readonly chance: Chance
  readonly log: Log
  /** Told of each call's outcome, for metrics. */
  readonly observe?: (kind: CallKind, ms: number, failed: boolean) => void
  /** For tests, which need not wait. */
  readonly monotonic?: Monotonic
  /** How long a server is waited for. */
  readonly startMs?: number
}

/** Redis as the ports need it. */
export interface OpenRedis {
  readonly inbox: Inbox
  /** Every change of an edge goes through it. */
  readonly edgeChanges: EdgeChanges
  /** Tells an author's inbox of a message of their own (own-messages.ts). @throws Refusal `unavailable` */
  tellOwn(author: UserId, id: MessageId): Promise<void>
  readonly sharedBodies: RedisSharedBodies
  readonly sharedRates: SharedRates
  /** What is wrong with the servers' settings, one sentence each, naming the setting; empty when nothing is. */
  warnings(): Promise<string[]>
  stats(): RedisStats
  /** The servers in use, each asked for what its keys take. */
  view(): Promise<Engines['redis']>
  close(): Promise<void>
}

export interface RedisStats {
  /** Servers in use, and those of them that can be used now. */
  readonly servers: number
  readonly usable: number
  /** Shards of readers that cannot be reached. */
  readonly shardsAway: number
}

/**
 * Opens Redis for an installation: one server, or a Redis Cluster.
 * @throws EngineUnusable
 */
export async function openRedis(options: RedisOptions): Promise<OpenRedis> {
  const { settings, keyspace, generations, bodyGenerations, clock, chance, log } = options
  const library = libraryOf(keyspace)
  const monotonic = options.monotonic ?? (() => performance.now())
  const watch = new GenerationWatch(generations, monotonic)
  const bodyWatch = new GenerationWatch(bodyGenerations, monotonic)
  const outages = new Outages({ generations, watch, clock, chance, monotonic, log })
  const servers = new Servers({
    settings,
    library,
    clock,
    chance,
    log,
    failed: (shard) => outages.failed(shard),
    reached: (shard) => outages.reached(shard),
    observe: options.observe,
  })
  const keys = keysOf(keyspace)
  const shards = new Shards({ keys, servers, library, watch })
  const presences = new Presences({ shards, clock, log })
  const inbox = new RedisInbox({ ...options, shards, servers, outages, presences })
  const ownMessages = new OwnMessages(shards)
  const raise = createRaises(
    { generations: bodyGenerations, watch: bodyWatch, clock, chance, monotonic, log },
    'shards of shared bodies cannot be told of deletions: given up, bodies are shared anew',
  )
  const bodyShards = new Shards({ keys, servers, library, watch: bodyWatch })
  const forgets = new BodyForgets({ shards: bodyShards, raise, clock, log })
  const sharedBodies = new RedisSharedBodies({ shards: bodyShards, forgets, chance, log })

  async function close(): Promise<void> {
    presences.close()
    watch.close()
    bodyWatch.close()
    await servers.close()
  }

  try {
    await Promise.all([watch.start(clock, log), bodyWatch.start(clock, log)])
    if (!(await servers.start(options.startMs ?? engineStartMs))) throw await unusable(servers, settings)
  } catch (error) {
    await close()
    throw error
  }
  servers.changed = () => presences.renewSoon()
  presences.start()

  return {
    inbox,
    edgeChanges: new EdgeChanges({ shards, outages, clock }),
    tellOwn: (author, id) => ownMessages.tell(author, id),
    sharedBodies,
    sharedRates: new RedisRates(shards),
    warnings: () => redisWarnings(servers),
    stats() {
      const { links } = servers
      return { servers: links.length, usable: links.filter((link) => link.usable).length, shardsAway: outages.count }
    },
    view: () => viewOf(servers),
    close,
  }
}

async function unusable(servers: Servers, settings: RedisSettings): Promise<EngineUnusable> {
  for (const { problem } of servers.links) if (problem instanceof EngineUnusable) return problem
  for (const address of settings.nodes) {
    const sentence = await diagnose(address, settings)
    if (sentence !== undefined) return new EngineUnusable(sentence)
  }
  const nodes = settings.nodes.map(nodeText).join(', ')
  const [said] = servers.links.flatMap(({ problem }) => (problem instanceof Error ? [problem.message] : []))
  return new EngineUnusable(`Redis at ${nodes} cannot be used: ${said ?? 'no master was found there'}.`)
}
