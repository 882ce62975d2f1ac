import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { askCassandra } from './ask-cassandra.ts'
import { askNats } from './ask-nats.ts'
import { askRedis } from './ask-redis.ts'
import { isAlive } from './os-process.ts'
import type { Kind, TrialNode } from './state.ts'
import { lastLines, TrialProblem } from './tools.ts'

/** A node that has not come up by then will not: Cassandra's join took 93 s with two full cores. */
const readyMsMax: Record<Kind, number> = { cassandra: 300_000, redis: 20_000, nats: 60_000 }
const lookAgainMs = 100

/**
 * Waits until a node serves its clients.
 * @throws TrialProblem when its process ends, or takes too long.
 */
export async function untilServing(node: TrialNode, signal?: AbortSignal): Promise<void> {
  await untilHolds([node], `${node.name} serves`, () => serves(node), signal)
}

/** Waits until each of these living nodes knows all others of its kind. */
export async function untilAcquainted(nodes: readonly TrialNode[], signal?: AbortSignal): Promise<void> {
  const of = (kind: Kind) => nodes.filter((node) => node.kind === kind)
  const cassandra = of('cassandra')
  const nats = of('nats')
  await untilHolds(
    cassandra,
    'the Cassandra nodes know each other',
    async () => {
      const rings = await Promise.all(cassandra.map((node) => askCassandra(node)))
      // Nodes that start together make their own tables each: they are one ring when all have the same.
      const schemas = new Set(rings.flatMap((ring) => ring.map((member) => member.schema)))
      const listed = (ring: (typeof rings)[number]) =>
        cassandra.every(({ host }) => ring.some((one) => one.host === host))
      return rings.every(listed) && schemas.size === 1
    },
    signal,
  )
  await untilHolds(
    nats,
    'the NATS servers know each other',
    async () => {
      const views = await Promise.all(nats.map((node) => askNats(node)))
      return views.every(
        ({ leader, servers }) => servers === nats.length && (nats.length === 1 || leader !== undefined),
      )
    },
    signal,
  )
}

/** Whether it answers a client; false too when it cannot be reached. */
export async function serves(node: TrialNode): Promise<boolean> {
  try {
    if (node.kind === 'cassandra') await askCassandra(node)
    else if (node.kind === 'redis') await askRedis(node)
    else return (await askNats(node)).healthy
    return true
  } catch {
    return false
  }
}

async function untilHolds(
  nodes: readonly TrialNode[],
  what: string,
  holds: () => Promise<boolean>,
  signal?: AbortSignal,
): Promise<void> {
  if (nodes.length === 0) return
  const longest = readyMsMax[nodes[0]!.kind]
  const deadline = performance.now() + longest
  while (!(await holds().catch(() => false))) {
    signal?.throwIfAborted()
    const gone = nodes.find((node) => node.process === undefined || !isAlive(node.process))
    if (gone) throw new TrialProblem(`${gone.name} ended instead of starting: ${lastWords(gone)}`)
    if (performance.now() > deadline) {
      throw new TrialProblem(
        `Within ${longest / 1000} s it did not come about that ${what}: see the logs in ${nodes[0]!.folder}.`,
      )
    }
    await Bun.sleep(lookAgainMs)
  }
}

/** The file that takes what a node writes to its terminal. */
export const outputFile = (node: TrialNode) => join(node.folder, 'output.log')

function lastWords(node: TrialNode): string {
  const logs = [outputFile(node), join(node.folder, 'cassandra.log')].filter(existsSync)
  const errors = logs
    .flatMap((log) => readFileSync(log, 'utf8').split('\n'))
    .filter((line) => /ERROR|FATAL|\[FTL\]|rror:|xception/.test(line))
  const words = lastLines(errors.join('\n'), 1) || lastLines(logs[0] ? readFileSync(logs[0], 'utf8') : '', 1)
  return `${words || 'it said nothing'} (see ${node.folder}).`
}
