import { natsWithinMs } from '../../../core/limits.ts'
import { type NodeAddress, nodeText } from '../settings.ts'

export interface NatsSafety {
  /** Servers that hold streams, as far as any of them tells: 1 at least. */
  readonly servers: number
  /** Settings by which an acknowledged job could be lost, a sentence each; empty when all is well. */
  readonly unsafe: readonly string[]
}

const oldestVersion = [2, 10, 23] as const

interface Seen {
  readonly id: string
  readonly clusterSize: number
  readonly unsafe: readonly string[]
}

/**
 * Reads version and settings of every server from its monitoring port: the client's port shows none of this. One that does
 * not answer counts as unsafe. Never throws; takes `natsWithinMs` at most.
 */
export async function checkSafety(monitors: readonly NodeAddress[]): Promise<NatsSafety> {
  const seen = await Promise.all(monitors.map(look))
  const known = seen.filter((server) => server !== undefined)
  const unsafe = seen.flatMap((server, i) => server?.unsafe ?? [unreachable(monitors[i]!)])
  const distinct = new Set(known.map(({ id }) => id)).size
  const size = Math.max(1, ...known.map(({ clusterSize }) => clusterSize))
  if (known.length === monitors.length && distinct < size) {
    unsafe.push(
      `The NATS cluster has ${size} servers, and --nats-monitor tells of ${distinct}: name the monitoring port of every one.`,
    )
  }
  return { servers: Math.max(size, distinct), unsafe }
}

function unreachable(monitor: NodeAddress): string {
  return `The monitoring port of a NATS server does not answer at ${nodeText(monitor)}, so its settings are not known: open it (\`http\` in the server's configuration) or say in --nats-monitor where it is.`
}

async function look(monitor: NodeAddress): Promise<Seen | undefined> {
  const [about, stream] = await Promise.all([read(monitor, 'varz'), read(monitor, 'jsz')])
  if (about === undefined || stream === undefined || typeof about.server_id !== 'string') return undefined
  const where = `The NATS server with the monitoring port ${nodeText(monitor)}`
  const unsafe: string[] = []
  const version = String(about.version ?? '')
  if (!isNewEnough(version)) {
    unsafe.push(`${where} is ${version || 'of unknown version'}: ${oldestVersion.join('.')} or newer is needed.`)
  }
  const config = fields(stream.config)
  if (stream.disabled === true || config?.store_dir === undefined) {
    unsafe.push(`${where} has no JetStream: put \`jetstream { store_dir: DIR, sync_interval: always }\` there.`)
  } else if (config.sync_always !== true) {
    unsafe.push(
      `${where} does not write what it acknowledges to disk at once: set \`sync_interval: always\` in its \`jetstream\` block.`,
    )
  }
  const size = Number(fields(stream.meta_cluster)?.cluster_size)
  return { id: about.server_id, clusterSize: size > 0 ? size : 1, unsafe }
}

async function read({ host, port }: NodeAddress, page: string): Promise<Record<string, unknown> | undefined> {
  try {
    const url = `http://${nodeText({ host, port })}/${page}`
    const response = await fetch(url, { signal: AbortSignal.timeout(natsWithinMs) })
    return response.ok ? fields(await response.json()) : undefined
  } catch {
    return undefined
  }
}

function fields(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined
}

function isNewEnough(version: string): boolean {
  const found = /^v?(\d+)\.(\d+)\.(\d+)/.exec(version)
  if (found === null) return false
  for (const [i, wanted] of oldestVersion.entries()) {
    const part = Number(found[i + 1])
    if (part !== wanted) return part > wanted
  }
  return true
}
