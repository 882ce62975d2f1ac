import { readerShards } from '../reader-shards.ts'
import { type NodeAddress, nodeText, type RedisSettings } from '../settings.ts'
import type { Link } from './link.ts'
import { readInfo } from './server-info.ts'
import { slotOf } from './slots.ts'
import { Wire } from './wire.ts'

/** The address of each shard's server; undefined where nobody serves it. */
export type Owners = readonly (NodeAddress | undefined)[]

type Ask = (command: string, args: string[]) => Promise<unknown>

const slotOfShard = Array.from({ length: readerShards }, (_, shard) => slotOf(String(shard)))

/**
 * Finds out who owns what, from the first server that answers: those in use, then those that the options name. A Redis
 * Cluster tells its slots; of single servers it is the first master. Undefined when nobody answers.
 */
export async function discover(links: readonly Link[], settings: RedisSettings): Promise<Owners | undefined> {
  for (const link of links) {
    if (link.info === undefined) continue
    const owners = await owning(link.address, link.info.cluster, link.usable, (c, args) => link.send(c, args)).catch(
      () => undefined,
    )
    if (owners !== undefined) return owners
  }
  const asked = new Set<string>()
  const candidates = [...settings.nodes]
  for (const address of candidates) {
    if (asked.has(nodeText(address))) continue
    asked.add(nodeText(address))
    const wire = await Wire.open(address, settings).catch(() => undefined)
    if (wire === undefined) continue
    try {
      const info = readInfo(String(await wire.send('INFO', [])))
      const owners = await owning(address, info.cluster, info.master, (c, args) => wire.send(c, args))
      if (owners !== undefined) return owners
      if (info.masterHost !== undefined) candidates.push({ host: info.masterHost, port: info.masterPort })
    } catch {
      // The next one may know.
    } finally {
      wire.close()
    }
  }
  return undefined
}

async function owning(address: NodeAddress, cluster: boolean, master: boolean, ask: Ask): Promise<Owners | undefined> {
  if (!cluster) return master ? new Array<NodeAddress>(readerShards).fill(address) : undefined
  const ranges = await ask('CLUSTER', ['SLOTS'])
  if (!Array.isArray(ranges)) return undefined
  const owners: (NodeAddress | undefined)[] = new Array(readerShards).fill(undefined)
  for (const range of ranges) {
    const [first, last, node] = range as [number, number, [string | null, number] | undefined]
    const [host, port] = node ?? [undefined, 0]
    // `?` is a node whose address nobody knows yet; an empty one is that of whom we asked.
    if (node === undefined || host === '?') continue
    for (let shard = 0; shard < readerShards; shard++) {
      const slot = slotOfShard[shard]!
      if (slot >= first && slot <= last) owners[shard] = { host: host || address.host, port }
    }
  }
  return owners.some((owner) => owner !== undefined) ? owners : undefined
}
