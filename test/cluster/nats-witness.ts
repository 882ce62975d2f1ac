import { expect } from 'bun:test'
import type { MessageId, UserId } from '../../src/core/ids.ts'
import type { Job } from '../../src/ports/messages.ts'
import type { Outcome, QueuedJob } from '../../src/ports/queue.ts'
import { until } from '../until.ts'
import type { TestQueue } from './nats.ts'

/** What workers are handed, and whether ever two of one author at once. */
export class Witness {
  readonly handed = new Map<UserId, MessageId[]>()
  readonly busy = new Set<UserId>()
  readonly counts = new Map<string, number>()
  overlaps = 0

  /** Works the lane `job`; returns how it is ended. */
  work({ queue }: TestQueue, name: string, outcome: (job: QueuedJob) => Outcome = () => 'done'): () => Promise<void> {
    const stop = new AbortController()
    const working = queue.work(
      'job',
      async (jobs) => {
        const authors = new Set(jobs.map(({ author }) => author))
        for (const author of authors) {
          if (this.busy.has(author)) this.overlaps++
          this.busy.add(author)
        }
        for (const { id, author } of jobs) this.handed.set(author, [...(this.handed.get(author) ?? []), id])
        this.counts.set(name, (this.counts.get(name) ?? 0) + jobs.length)
        await Bun.sleep(Math.random() * 3)
        for (const author of authors) this.busy.delete(author)
        return jobs.map(outcome)
      },
      stop.signal,
    )
    return async () => {
      stop.abort()
      await working
    }
  }

  /** Jobs handed out, each time counted. */
  get total(): number {
    return [...this.handed.values()].reduce((sum, ids) => sum + ids.length, 0)
  }
}

/** What a witness should have seen. */
export const grouped = (jobs: readonly Job[]) =>
  new Map(
    [...Map.groupBy(jobs, ({ author }) => author)].map(([author, own]): [UserId, MessageId[]] => [
      author,
      own.map(({ id }) => id),
    ]),
  )

export async function putAll({ queue }: TestQueue, jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) expect(await queue.put(job)).toBe(true)
}

/** Puts a job until the queue takes it, as the sweeper does with what was not taken. */
export async function putAtLast({ queue }: TestQueue, job: Job, withinMs: number): Promise<void> {
  await until(() => queue.put(job), withinMs, 'the queue takes the job')
}

/** The order in which each author's jobs were first handed out: a fault may repeat some. */
export function firstTimes(witness: Witness): Map<number, number[]> {
  return new Map([...witness.handed].map(([author, ids]) => [author, [...new Set(ids)]]))
}
