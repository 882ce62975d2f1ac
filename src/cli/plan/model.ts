import { pageLengthDefault, sharedBodyLengthMax, sharedBodySeconds } from '../../core/limits.ts'
import { Figures, type UsedFigure } from './figures.ts'

/** What is asked of an installation. */
export interface Load {
  readonly users: number
  readonly postsPerUserHour: number
  /** Whom one follows, and so how many inboxes a message reaches, in the mean. */
  readonly followees: number
  /** Pages and polls a second, at all gateways together. */
  readonly requestsPerSecond: number
  /** Of a message's text, in the mean. */
  readonly messageBytes: number
  readonly keepDays: number
  readonly replication: number
}

/** What one node has. */
export interface Machine {
  readonly cores: number
  readonly memoryBytes: number
  readonly diskBytes: number
}

export interface Nodes {
  readonly engine: 'Cassandra' | 'Redis' | 'NATS' | 'Rookery'
  readonly nodes: number
  /** What makes it so many. */
  readonly because: string
  /** Cores in work at the stated load, all nodes together. */
  readonly cores: number
}

export interface Plan {
  readonly load: Load
  readonly machine: Machine
  readonly messagesPerSecond: number
  readonly deliveriesPerSecond: number
  readonly nodes: readonly Nodes[]
  /** Whether one embedded server carries it, by what it does on the machine that was measured. */
  readonly embedded: { readonly enough: boolean; readonly messagesPerSecond: number; readonly pagesPerSecond: number }
  readonly disk: { readonly bytesAYear: number; readonly bytesKept: number; readonly bytesOnNodes: number }
  /** Bytes a second. */
  readonly network: {
    readonly fromPublishers: number
    readonly toCassandra: number
    readonly toRedis: number
    readonly toReaders: number
  }
  readonly figures: readonly UsedFigure[]
  readonly assumptions: readonly string[]
}

const yearSeconds = 365 * 86_400
/** Nodes are planned to be this busy: a failed node's work, an hour of the day, and repairs must fit too. */
const busyShare = 0.5
/** How full disks may be: compaction writes before it deletes. */
const diskShare = 0.6
/** OPERATIONS.md, "How large": beside its text, of one copy in Cassandra; one row of the search index for each different word. */
const rowBytes = 500
const wordBytes = 30
/** English: a different word in so many bytes of a text, up to 2,000. */
const bytesPerWord = 15
const wordsMax = 2_000
const edgeBytes = 200
/** An inbox in Redis, and a shared body beside its text. */
const inboxBytes = 3_700
const sharedBytes = 300
/** An answer without news: headers, cursor. */
const emptyAnswerBytes = 400
/** A job on its way through NATS, thrice. */
const jobBytes = 200

/** How the CPU of a message is spread where the benchmark did not measure it by process. */
const guessedShares = { cassandraMicros: 0.6, rookeryMicros: 0.3, redisMicros: 0.06, natsMicros: 0.04 } as const
type Part = keyof typeof guessedShares

/** Nodes, disk and network for a load, from the figures that were measured. */
export function plan(load: Load, machine: Machine): Plan {
  const figures = new Figures()
  const messagesPerSecond = (load.users * load.postsPerUserHour) / 3_600
  const deliveriesPerSecond = messagesPerSecond * load.followees
  const assumptions = [
    `nodes of ${machine.cores} cores, kept ${busyShare * 100} % busy; disks ${diskShare * 100} % full`,
    'figures were measured with clients, engines and Rookery on the same cores, so each is taken for what its part needs at most',
    `${load.requestsPerSecond.toLocaleString('en')} requests a second are taken for pages of ${pageLengthDefault} messages in CPU; over the network each message goes to each follower once`,
    `a copy of a message in Cassandra is its text, ${rowBytes} B and ${wordBytes} B for each different word (one in ${bytesPerWord} B of text)`,
  ]

  const published = `cluster publish ${load.messageBytes > 2_000 ? '6.85 KB' : '250 B'}`
  const wholeMicros = (figures.cores(published) * 1e6) / figures.detail(published, 'untilDonePerSecond')!
  let guessed = false
  /** CPU a message of one part, in µs, with one copy. */
  function micros(part: Part): number {
    const measured = figures.detail(published, part)
    if (measured !== undefined) return measured
    guessed = true
    return wholeMicros * guessedShares[part]
  }
  const perSecond = (each: number) => (messagesPerSecond * each) / 1e6
  const coresFor = (cores: number) => Math.ceil(cores / busyShare / machine.cores)

  const words = Math.min(wordsMax, load.messageBytes / bytesPerWord)
  const copyBytes = load.messageBytes + rowBytes + wordBytes * words
  const bytesAYear = messagesPerSecond * yearSeconds * load.messageBytes
  const kept = messagesPerSecond * load.keepDays * 86_400
  const onNodes = (kept * copyBytes + load.users * load.followees * edgeBytes) * load.replication

  const cassandraCores = perSecond(micros('cassandraMicros')) * load.replication
  const forDisk = Math.ceil(onNodes / (machine.diskBytes * diskShare))
  const forCores = coresFor(cassandraCores)
  const cassandra: Nodes = {
    engine: 'Cassandra',
    nodes: Math.max(load.replication, forDisk, forCores),
    because:
      Math.max(forDisk, forCores) <= load.replication
        ? `${load.replication} copies; the load alone would need ${Math.max(forDisk, forCores)}`
        : forDisk >= forCores
          ? `disk; its work alone would need ${Math.max(load.replication, forCores)}`
          : `its work; disk alone would need ${Math.max(load.replication, forDisk)}`,
    cores: cassandraCores,
  }

  const delivery = figures.detail('cluster deliver, 300,000 users', 'serverMicros') ?? 0
  const redisCores = perSecond(micros('redisMicros')) + (deliveriesPerSecond * delivery) / 1e6
  const shared =
    messagesPerSecond * sharedBodySeconds * (Math.min(load.messageBytes, sharedBodyLengthMax) + sharedBytes)
  const redisBytes = load.users * inboxBytes + shared
  // One core each: it does its work on one thread.
  const shards = Math.max(
    1,
    Math.ceil(redisCores / busyShare),
    Math.ceil(redisBytes / (machine.memoryBytes * diskShare)),
  )
  const redis: Nodes = {
    engine: 'Redis',
    nodes: 2 * shards,
    because: `${shards} shard${shards === 1 ? '' : 's'} of one core each, ${gigabytes(redisBytes)} of inboxes and bodies in all, and a copy of each`,
    cores: redisCores,
  }

  const natsCores = perSecond(micros('natsMicros')) * 3
  const nats: Nodes = {
    engine: 'NATS',
    nodes: Math.max(3, coresFor(natsCores)),
    because: 'three copies of what waits to be delivered',
    cores: natsCores,
  }

  const pageMicros = (figures.cores('cluster fetch') * 1e6) / figures.value('cluster fetch')
  const pageCores = (load.requestsPerSecond * pageMicros) / 1e6
  const clientMicros = figures.detail('cluster deliver, 300,000 users', 'clientMicros') ?? 0
  const roadCores = perSecond(micros('rookeryMicros')) + (deliveriesPerSecond * clientMicros) / 1e6
  const gateways = Math.max(2, Math.ceil(pageCores / busyShare))
  const workers = Math.max(2, Math.ceil(roadCores / busyShare))
  const socketBytes = figures.value('idle') * 1_000
  const forMemory = Math.ceil((load.users * socketBytes) / (machine.memoryBytes * diskShare))
  const rookery: Nodes = {
    engine: 'Rookery',
    nodes: Math.max(2, Math.ceil((gateways + workers) / machine.cores), forMemory),
    because: `${gateways} gateways and ${workers} publishers and workers, one core each; all users on sockets would take ${gigabytes(load.users * socketBytes)}`,
    cores: pageCores + roadCores,
  }
  if (guessed) {
    const shares = Object.entries(guessedShares).map(
      ([part, share]) => `${part.replace('Micros', '')} ${share * 100} %`,
    )
    assumptions.push(`of the CPU of a message (${Math.round(wholeMicros)} µs in all) ${shares.join(', ')}`)
  }

  const one = { messagesPerSecond: figures.value(embeddedPublish(load)), pagesPerSecond: figures.value('fetch') }
  // Both at once, and of each half.
  const taken = messagesPerSecond / one.messagesPerSecond + load.requestsPerSecond / one.pagesPerSecond
  const embeddedBytes = kept * (load.messageBytes + 200 + 5 * words)

  return {
    load,
    machine,
    messagesPerSecond,
    deliveriesPerSecond,
    nodes: [cassandra, redis, nats, rookery],
    embedded: { enough: taken <= busyShare && embeddedBytes <= machine.diskBytes * diskShare, ...one },
    disk: { bytesAYear, bytesKept: kept * load.messageBytes, bytesOnNodes: onNodes },
    network: {
      fromPublishers: messagesPerSecond * load.messageBytes,
      toCassandra: messagesPerSecond * copyBytes * load.replication,
      toRedis: deliveriesPerSecond * 16 + shared / sharedBodySeconds + messagesPerSecond * jobBytes * 3,
      toReaders:
        deliveriesPerSecond * (load.messageBytes + emptyAnswerBytes) + load.requestsPerSecond * emptyAnswerBytes,
    },
    figures: [...figures.used.values()],
    assumptions,
  }
}

const embeddedPublish = ({ messageBytes }: Load) => `publish ${messageBytes > 2_000 ? '6.85 KB' : '250 B'}, visible`

const gigabytes = (bytes: number) => `${(bytes / 1e9).toPrecision(2)} GB`
