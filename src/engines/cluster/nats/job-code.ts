import type { UserId } from '../../../core/ids.ts'
import { natsPartitions } from '../../../core/limits.ts'
import type { Job, Mode } from '../../../ports/messages.ts'
import type { Lane } from '../../../ports/queue.ts'

/** A job as it travels: what the worker needs besides is known to the outbox row. */
export interface PostedJob {
  readonly job: Job
  readonly nextPage: string | undefined
}

/** Which partition of a lane an author's jobs go to. Part of the streams' format: never changed under the same name. */
export function partitionOf(author: UserId): number {
  // An id's low bits are node and sequence, nearly always 0: mixed as MurmurHash3 does.
  let hash = ((author % 2 ** 32) ^ Math.floor(author / 2 ** 32)) >>> 0
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) % natsPartitions
}

const laneWord: Record<Lane, string> = { job: 'job', pages: 'page' }

/** All subjects of a lane. */
export const laneSubjects = (keyspace: string, lane: Lane) => `${keyspace}.fan.${laneWord[lane]}.>`
/** All subjects of a partition, whatever the number of jobs in a message. */
export const partitionSubjects = (keyspace: string, lane: Lane, partition: number) =>
  `${keyspace}.fan.${laneWord[lane]}.${partition}.*`
/** The subject of one message says how many jobs it holds, so that the server can count jobs. */
export const bundleSubject = (keyspace: string, lane: Lane, partition: number, jobs: number) =>
  `${keyspace}.fan.${laneWord[lane]}.${partition}.${jobs}`
/** How many jobs a message of this subject holds. */
export const jobsOfSubject = (subject: string) => Number(subject.slice(subject.lastIndexOf('.') + 1))

const modeWord: Record<Mode, string> = { pushed: 'p', hot: 'h' }

export function encodeJobs(jobs: readonly PostedJob[]): string {
  return JSON.stringify(
    jobs.map(({ job: { id, author, mode, prev, crossed }, nextPage }) => {
      const fields = [id, author, modeWord[mode], crossed ? 1 : 0, prev]
      return nextPage === undefined ? fields : [...fields, nextPage]
    }),
  )
}

/** Undefined for what no version of ours has written. */
export function decodeJobs(text: string): PostedJob[] | undefined {
  let list: unknown
  try {
    list = JSON.parse(text)
  } catch {
    return undefined
  }
  if (!Array.isArray(list) || list.length === 0) return undefined
  const jobs = list.map(decodeJob)
  return jobs.every((job) => job !== undefined) ? jobs : undefined
}

function decodeJob(fields: unknown): PostedJob | undefined {
  if (!Array.isArray(fields)) return undefined
  const [id, author, mode, crossed, prev, nextPage] = fields as unknown[]
  if (!Number.isSafeInteger(id) || !Number.isSafeInteger(author) || (mode !== 'p' && mode !== 'h')) return undefined
  if (!Array.isArray(prev) || !prev.every(Number.isSafeInteger)) return undefined
  if (nextPage !== undefined && typeof nextPage !== 'string') return undefined
  const job: Job = {
    id: id as number,
    author: author as number,
    mode: mode === 'h' ? 'hot' : 'pushed',
    prev: prev as number[],
    crossed: crossed === 1,
  }
  return { job, nextPage }
}
