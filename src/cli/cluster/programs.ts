import { type CassandraProgram, findCassandra } from './fetch-cassandra.ts'
import { findNats } from './fetch-nats.ts'
import { findRedis } from './fetch-redis.ts'
import type { Say } from './tools.ts'

/** The programs of a trial cluster's engines. */
export interface Programs {
  readonly cassandra: CassandraProgram
  readonly redis: string
  readonly nats: string
}

/**
 * Finds the three engines on this machine, and fetches what is missing by its ordinary package client.
 * @throws TrialProblem naming what is missing and what would bring it.
 */
export async function findPrograms(say: Say, signal?: AbortSignal): Promise<Programs> {
  const stop = new AbortController()
  const either = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal
  try {
    // Go and Maven wait for the network most of the time.
    const [cassandra, redis, nats] = await Promise.all([
      findCassandra(say, either),
      findRedis(say, either),
      findNats(say, either),
    ])
    return { cassandra, redis, nats }
  } catch (problem) {
    stop.abort()
    throw problem
  }
}
