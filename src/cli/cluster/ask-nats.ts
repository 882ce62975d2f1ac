import type { TrialNode } from './state.ts'

export interface StreamView {
  readonly name: string
  readonly messages: number
  readonly bytes: number
  /** Undefined while the stream has none. */
  readonly leader: string | undefined
  /** How many servers hold it, and how many of them are up to date. */
  readonly replicas: number
  readonly current: number
}

export interface NatsView {
  readonly healthy: boolean
  readonly version: string
  readonly syncAlways: boolean
  /** Servers of the cluster that this one sees, itself included. */
  readonly servers: number
  /** The server that leads JetStream; undefined while there is none, and where there is one server alone. */
  readonly leader: string | undefined
  readonly streams: readonly StreamView[]
}

/** The part of `/jsz` that is read here. */
interface Jsz {
  readonly config?: { readonly sync_always?: boolean }
  readonly meta_cluster?: { readonly leader?: string; readonly cluster_size?: number }
  readonly account_details?: { readonly stream_detail?: Stream[] }[]
}

interface Stream {
  readonly name: string
  readonly state: { readonly messages: number; readonly bytes: number }
  readonly cluster?: { readonly leader?: string; readonly replicas?: { readonly current: boolean }[] }
}

const answerMsMax = 2_000

/**
 * What a NATS server's monitoring port says.
 * @throws when it does not answer within 2 s.
 */
export async function askNats({ host, monitor }: Pick<TrialNode, 'host' | 'monitor'>): Promise<NatsView> {
  const ask = (path: string) =>
    fetch(`http://${host}:${monitor}${path}`, { signal: AbortSignal.timeout(answerMsMax), keepalive: false })
  const [health, varz, routez, jsz] = await Promise.all([
    ask('/healthz'),
    ask('/varz').then((answer) => answer.json() as Promise<{ version: string }>),
    ask('/routez').then((answer) => answer.json() as Promise<{ routes?: { remote_id: string }[] }>),
    ask('/jsz?streams=true&config=true').then((answer) => answer.json() as Promise<Jsz>),
  ])
  const others = new Set((routez.routes ?? []).map((route) => route.remote_id))
  return {
    healthy: health.ok,
    version: varz.version,
    syncAlways: jsz.config?.sync_always === true,
    servers: others.size + 1,
    leader: jsz.meta_cluster?.leader || undefined,
    streams: (jsz.account_details ?? []).flatMap((account) => account.stream_detail ?? []).map(streamView),
  }
}

function streamView({ name, state, cluster }: Stream): StreamView {
  const others = cluster?.replicas ?? []
  return {
    name,
    messages: state.messages,
    bytes: state.bytes,
    leader: cluster?.leader || undefined,
    replicas: others.length + 1,
    current: others.filter((replica) => replica.current).length + 1,
  }
}
