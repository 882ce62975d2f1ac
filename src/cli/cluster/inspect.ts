import { sharesOf } from '../../core/ring.ts'
import { askCassandra, type RingMember } from './ask-cassandra.ts'
import { askNats, type NatsView, type StreamView } from './ask-nats.ts'
import { askRedis } from './ask-redis.ts'
import { isAlive, residentBytes } from './os-process.ts'
import type { Kind, TrialNode } from './state.ts'
import type { Trial } from './trial.ts'

export interface NodeView {
  readonly name: string
  readonly kind: Kind
  readonly address: string
  /** `down`: its process is gone. `silent`: it runs and does not answer. */
  readonly state: 'up' | 'silent' | 'down'
  readonly pid?: number
  readonly version?: string
  /** Memory of the process. */
  readonly residentBytes?: number
  /** Cassandra: the part of the ring that it owns first, from 0 to 1. */
  readonly ringShare?: number
  /** Redis: what its keys take. */
  readonly usedBytes?: number
  readonly keys?: number
  /** NATS. */
  readonly leads?: boolean
  readonly syncAlways?: boolean
}

export interface TrialView {
  readonly folder: string
  readonly nodes: readonly NodeView[]
  readonly streams: readonly StreamView[]
}

/** What runs of a trial cluster, who owns what, and which streams there are. Nodes that are away cost a few seconds. */
export async function inspect(trial: Trial): Promise<TrialView> {
  const nodes = trial.nodes()
  const answers = await Promise.all(nodes.map(ask))
  // Members keep their share while they are down, so any node that answers can tell it.
  const ring = answers.flatMap((answer) => (answer.ring ? [answer.ring] : []))[0] ?? []
  const shares = sharesOf(ring.flatMap((member) => member.tokens))
  const owners = ring.flatMap((member) => member.tokens.map(() => member.host))
  const shareOf = (host: string) =>
    owners.includes(host)
      ? shares.reduce((sum, share, index) => sum + (owners[index] === host ? share : 0), 0)
      : undefined
  const natsViews = answers.flatMap(({ nats }, index) => (nats ? [{ server: nodes[index]!.name, nats }] : []))
  return {
    folder: trial.folder,
    nodes: nodes.map((node, index) => {
      const { view } = answers[index]!
      const ringShare = node.kind === 'cassandra' ? shareOf(node.host) : undefined
      return ringShare === undefined ? view : { ...view, ringShare }
    }),
    streams: streamsOf(natsViews),
  }
}

interface Answer {
  readonly view: NodeView
  readonly ring?: readonly RingMember[]
  readonly nats?: NatsView
}

async function ask(node: TrialNode): Promise<Answer> {
  const { name, kind, host, port } = node
  const alive = node.process !== undefined && isAlive(node.process)
  const basics = { name, kind, address: `${host}:${port}` }
  if (!alive) return { view: { ...basics, state: 'down' } }
  const bytes = residentBytes(node.process!)
  const running = { ...basics, pid: node.process!.pid, ...(bytes === undefined ? {} : { residentBytes: bytes }) }
  try {
    if (kind === 'cassandra') {
      const ring = await askCassandra(node)
      return { view: { ...running, state: 'up', version: ring[0]!.version }, ring }
    }
    if (kind === 'redis') return { view: { ...running, state: 'up', ...(await askRedis(node)) } }
    const nats = await askNats(node)
    const { healthy, version, leader, syncAlways } = nats
    const state = healthy ? 'up' : 'silent'
    return { view: { ...running, state, version, leads: leader === name, syncAlways }, nats }
  } catch {
    return { view: { ...running, state: 'silent' } }
  }
}

/** Each stream once, as its leader sees it; a server that stands alone leads its streams. */
function streamsOf(views: readonly { server: string; nats: NatsView }[]): StreamView[] {
  const found = new Map<string, StreamView>()
  for (const { server, nats } of views) {
    for (const stream of nats.streams) {
      const leader = nats.servers === 1 && nats.leader === undefined ? server : stream.leader
      if (!found.has(stream.name) || leader === server) found.set(stream.name, { ...stream, leader })
    }
  }
  return [...found.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}
