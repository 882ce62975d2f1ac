import { type CassandraProgram, findCassandra } from './fetch-cassandra.ts'
import { findNats } from './fetch-nats.ts'
import { findRedis } from './fetch-redis.ts'
import { type Say, TrialProblem } from './tools.ts'

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
  // Go and Maven wait for the network most of the time.
  const found = [findCassandra(say, either), findRedis(say, either), findNats(say, either)] as const
  // Without one of them the others are of no use: what is being fetched is given up.
  for (const one of found) one.catch(() => stop.abort())
  const results = await Promise.allSettled(found)
  signal?.throwIfAborted()
  const problems = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []))
  const missing = problems.filter((problem) => problem instanceof TrialProblem)
  if (missing.length > 0) throw new TrialProblem(missing.map((problem) => problem.message).join(' '))
  if (problems.length > 0) throw problems[0]
  const [cassandra, redis, nats] = await Promise.all(found)
  return { cassandra, redis, nats }
}
