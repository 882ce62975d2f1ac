import { mkdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { makeCassandraNode } from './cassandra-node.ts'
import { makeNatsNode } from './nats-node.ts'
import { chooseLocalPort, choosePorts, loopback } from './ports.ts'
import { findPrograms, type Programs } from './programs.ts'
import { makeRedisNode } from './redis-node.ts'
import { type Shape, type TrialNode, writeState } from './state.ts'
import { evenTokens } from './tokens.ts'
import type { Say } from './tools.ts'
import { openTrial, type Trial } from './trial.ts'

/** What `./rookery cluster up` makes. */
export const fullShape: Shape = {
  cassandra: 3,
  nats: 3,
  cassandraHeapMegabytes: 400,
  redisMegabytes: 512,
  brief: false,
}
/** What the contract tests need. */
export const smallShape: Shape = {
  cassandra: 1,
  nats: 1,
  cassandraHeapMegabytes: 500,
  redisMegabytes: 512,
  brief: true,
}

/**
 * Makes a trial cluster in an empty or absent folder: finds or fetches the programs, chooses ports, writes all settings.
 * Nothing runs before `up`.
 */
export async function createTrial(
  path: string,
  shape: Shape,
  say: Say,
  {
    programs,
    signal,
    ports: which = 'any',
  }: { programs?: Programs; signal?: AbortSignal; ports?: 'usual' | 'any' } = {},
): Promise<Trial> {
  const folder = resolve(path)
  const found = programs ?? (await findPrograms(say, signal))
  const ports = await choosePorts(Math.max(shape.cassandra, shape.nats), which)
  const hosts = (count: number) => Array.from({ length: count }, (_, index) => loopback(index + 1))
  const nodes: TrialNode[] = []
  const tokens = evenTokens(shape.cassandra)
  mkdirSync(folder, { recursive: true })
  for (const [index, host] of hosts(shape.cassandra).entries()) {
    const name = `cassandra-${index + 1}`
    nodes.push(
      makeCassandraNode({
        program: found.cassandra,
        name,
        folder: join(folder, name),
        host,
        port: ports.cassandra,
        storagePort: ports.cassandraStorage,
        jmxPort: await chooseLocalPort(which === 'usual' ? 7199 + index : undefined),
        seeds: hosts(shape.cassandra),
        token: tokens[index]!,
        joins: false,
        heapMegabytes: shape.cassandraHeapMegabytes,
        brief: shape.brief,
      }),
    )
  }
  nodes.push(
    makeRedisNode({
      program: found.redis,
      folder: join(folder, 'redis'),
      host: loopback(1),
      port: ports.redis,
      megabytes: shape.redisMegabytes,
    }),
  )
  for (const [index, host] of hosts(shape.nats).entries()) {
    const name = shape.nats === 1 ? 'nats' : `nats-${index + 1}`
    nodes.push(
      makeNatsNode({
        program: found.nats,
        name,
        folder: join(folder, name),
        host,
        port: ports.nats,
        routePort: ports.natsRoute,
        hosts: hosts(shape.nats),
      }),
    )
  }
  writeState(folder, { version: 1, programs: found, shape, ports, nodes })
  return openTrial(folder, say)!
}
