import {
  DiscardPolicy,
  JetStreamApiError,
  type JetStreamManager,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { natsDuplicatesMs, natsStreamBytesMax, natsWithinMs } from '../../../core/limits.ts'
import type { Engines } from '../../../core/wire-operations.ts'
import type { Lane } from '../../../ports/queue.ts'
import { EngineUnusable } from '../unusable.ts'
import { laneSubjects } from './job-code.ts'
import { refusedStreamsSentence } from './sentences.ts'

export const lanes: readonly Lane[] = ['job', 'pages']
export const nanosPerMs = 1_000_000

const noSuchStream = 10_059
const tryEveryMs = 500

/** JetStream's number for what it refused; undefined for other failures (time-outs, lost connections). */
export function refusalCode(error: unknown): number | undefined {
  return error instanceof JetStreamApiError ? error.apiError().err_code : undefined
}

export const isNoSuchStream = (error: unknown): boolean => refusalCode(error) === noSuchStream

export interface Streams {
  readonly manager: JetStreamManager
  readonly keyspace: string
  name(lane: Lane): string
  /** When the lane's stream was made, as last seen: another moment tells that what stood in it was lost. */
  created(lane: Lane): string | undefined
  /**
   * Makes what is missing and brings what is there up to date; several processes may do so at once, and callers that come
   * meanwhile share one round.
   */
  ensure(): Promise<void>
  /**
   * The same at a start: servers that have just started choose a leader first, and refuse streams meanwhile.
   * @throws EngineUnusable when that lasts longer than `ms`
   */
  ensureWithin(ms: number): Promise<void>
  /** What stands in each, and who holds it. */
  view(): Promise<NonNullable<Engines['streams']>>
}

export interface StreamsOptions {
  readonly keyspace: string
  /** Servers that hold streams: three or more keep three copies, fewer as many as they are. */
  readonly servers: number
  readonly bytesMax?: number
}

/**
 * The two streams of an installation. The format of what stands in them is versioned by their names: a stream is never
 * deleted and made again under the same one.
 */
export async function openStreams(connection: NatsConnection, options: StreamsOptions): Promise<Streams> {
  const { keyspace, servers, bytesMax = natsStreamBytesMax } = options
  const manager = await jetstreamManager(connection, { timeout: natsWithinMs, checkAPI: false })
  const replicas = Math.min(servers, 3)
  const name = (lane: Lane) => `${keyspace.toUpperCase()}_${lane === 'job' ? 'FANOUT' : 'PAGES'}_v1`
  const created: Partial<Record<Lane, string>> = {}
  let making: Promise<unknown> | undefined

  const config = (lane: Lane) =>
    ({
      name: name(lane),
      description: lane === 'job' ? 'Rookery: messages to fan out' : 'Rookery: further pages of large authors',
      subjects: [laneSubjects(keyspace, lane)],
      retention: RetentionPolicy.Workqueue,
      storage: StorageType.File,
      num_replicas: replicas,
      discard: DiscardPolicy.New,
      max_bytes: bytesMax,
      duplicate_window: natsDuplicatesMs * nanosPerMs,
    }) satisfies Partial<StreamConfig>

  async function ensureOne(lane: Lane): Promise<void> {
    const wanted = config(lane)
    let info: StreamInfo
    try {
      info = await manager.streams.info(wanted.name)
    } catch (error) {
      if (!isNoSuchStream(error)) throw error
      info = await manager.streams.add(wanted)
    }
    created[lane] = info.created
    const there = info.config
    if (there.retention !== wanted.retention || there.storage !== wanted.storage) {
      throw new EngineUnusable(
        `The NATS stream ${wanted.name} is not as we make it: choose another --keyspace, or delete that stream.`,
      )
    }
    // More copies than we would take are somebody's wish.
    const num_replicas = Math.max(replicas, there.num_replicas)
    const same =
      there.max_bytes === wanted.max_bytes &&
      there.discard === wanted.discard &&
      there.duplicate_window === wanted.duplicate_window &&
      there.num_replicas === num_replicas
    if (!same) await manager.streams.update(wanted.name, { ...wanted, num_replicas })
  }

  async function ensure(): Promise<void> {
    making ??= Promise.all(lanes.map(ensureOne)).finally(() => (making = undefined))
    await making
  }

  return {
    manager,
    keyspace,
    name,
    created: (lane) => created[lane],
    ensure,
    async ensureWithin(ms) {
      const began = performance.now()
      for (;;) {
        try {
          return await ensure()
        } catch (error) {
          if (error instanceof EngineUnusable) throw error
          if (performance.now() - began > ms) {
            const unusable = new EngineUnusable(refusedStreamsSentence(error))
            unusable.cause = error
            throw unusable
          }
          await Bun.sleep(tryEveryMs)
        }
      }
    },
    async view() {
      const infos = await Promise.all(lanes.map((lane) => manager.streams.info(name(lane))))
      return infos.map(({ config: { name: stream, num_replicas }, state: { messages, bytes }, cluster }) => {
        const { leader, replicas: others = [] } = cluster ?? {}
        // The leader is up to date with itself, and a server that stands alone tells of no others.
        const current = others.filter((other) => other.current).length + 1
        return { name: stream, messages, bytes, ...(leader && { leader }), replicas: num_replicas, current }
      })
    },
  }
}
