import type { UserId } from '../../core/ids.ts'
import { fanoutBatchJobs, jobRetryMaxMs, jobRetryMs, jobWaitMs, queueJobsMax } from '../../core/limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Job } from '../../ports/messages.ts'
import type { Lane, Outcome, Queue, QueuedJob } from '../../ports/queue.ts'

interface Held {
  readonly job: Job
  lane: Lane
  nextPage: string | undefined
  tries: number
  /** Not handed out before this; in Unix ms. */
  due: number
  inHand: boolean
}

type Handle = (jobs: QueuedJob[]) => Promise<Outcome[]>

export interface MemoryQueueOptions {
  readonly clock: Clock
  /** Where a job that goes on in the lane `pages` stands by now: its outbox row knows. */
  readonly pageOf: (id: number) => string | undefined
  readonly jobsMax?: number
}

/** One list of held jobs in the order they were put; a job is held from `put` until its outcome is `done`. */
export class MemoryQueue implements Queue {
  readonly #clock: Clock
  readonly #pageOf: (id: number) => string | undefined
  readonly #jobsMax: number
  /** In hand-out order: a Map keeps the order of insertion. */
  readonly #held = new Map<number, Held>()
  readonly #waiters = new Set<() => void>()

  constructor({ clock, pageOf, jobsMax = queueJobsMax }: MemoryQueueOptions) {
    this.#clock = clock
    this.#pageOf = pageOf
    this.#jobsMax = jobsMax
  }

  async put(job: Job, nextPage?: string): Promise<boolean> {
    if (this.#held.has(job.id)) return true
    if (this.#held.size >= this.#jobsMax) return false
    const lane = nextPage === undefined ? 'job' : 'pages'
    this.#held.set(job.id, { job, lane, nextPage, tries: 0, due: 0, inHand: false })
    this.#changed()
    return true
  }

  /** When `died` aborts, what is in hand stands in the queue again and whatever its handler answers is not heard. */
  async work(lane: Lane, handle: Handle, signal: AbortSignal, died?: AbortSignal): Promise<void> {
    while (!signal.aborted && !died?.aborted) {
      const batch = this.#take(lane)
      if (batch.length > 0) await this.#handOut(batch, handle, died)
      else await this.#change(lane, signal)
    }
  }

  holds(id: number): boolean {
    return this.#held.has(id)
  }

  async depth() {
    const waiting = [...this.#held.values()].filter((held) => !held.inHand).map((held) => held.job.id)
    return { jobs: waiting.length, oldest: waiting.length === 0 ? undefined : Math.min(...waiting) }
  }

  /** Every job is gone, also those in hand. */
  lose(): void {
    this.#held.clear()
  }

  /** The first due jobs of the lane. One that is in hand or backs off holds up the later ones of its author (Q2). */
  #take(lane: Lane): Held[] {
    const now = this.#clock.now()
    const batch: Held[] = []
    const heldUp = new Set<UserId>()
    for (const held of this.#held.values()) {
      const { author } = held.job
      if (held.lane !== lane || heldUp.has(author)) continue
      if (held.inHand || held.due > now) {
        heldUp.add(author)
        continue
      }
      batch.push(held)
      if (batch.length === (lane === 'pages' ? 1 : fanoutBatchJobs)) break
    }
    for (const held of batch) held.inHand = true
    return batch
  }

  async #handOut(batch: Held[], handle: Handle, died: AbortSignal | undefined): Promise<void> {
    const jobs = batch.map((held) => ({ ...held.job, tries: held.tries, nextPage: held.nextPage }))
    const answer = this.#outcomes(jobs, handle)
    const outcomes = await (died ? Promise.race([answer, aborted(died)]) : answer)
    for (const [i, held] of batch.entries()) {
      held.inHand = false
      if (this.#held.get(held.job.id) === held && outcomes) this.#settle(held, outcomes[i] ?? 'failed')
    }
    this.#changed()
  }

  async #outcomes(jobs: QueuedJob[], handle: Handle): Promise<Outcome[]> {
    try {
      return await handle(jobs)
    } catch {
      return jobs.map(() => 'failed')
    }
  }

  #settle(held: Held, outcome: Outcome): void {
    const now = this.#clock.now()
    if (outcome === 'done') {
      this.#held.delete(held.job.id)
    } else if (outcome === 'failed') {
      held.due = now + Math.min(jobRetryMs * 2 ** held.tries, jobRetryMaxMs)
      held.tries += 1
    } else if (outcome === 'wait') {
      held.due = now + jobWaitMs
    } else {
      held.nextPage = this.#pageOf(held.job.id)
      held.due = 0
      this.#moveToPages(held)
    }
  }

  /** Behind the jobs of all other authors; the later ones of its own author stay behind it (Q2). */
  #moveToPages(moved: Held): void {
    const later = moved.lane === 'pages' ? [...this.#held.values()].filter((held) => follows(held, moved)) : []
    moved.lane = 'pages'
    for (const held of [moved, ...later]) {
      this.#held.delete(held.job.id)
      this.#held.set(held.job.id, held)
    }
  }

  #changed(): void {
    for (const wake of this.#waiters) wake()
  }

  /** Until something was put or settled, a job falls due, or `signal` aborts. */
  async #change(lane: Lane, signal: AbortSignal): Promise<void> {
    const now = this.#clock.now()
    let due = Number.POSITIVE_INFINITY
    for (const held of this.#held.values()) if (held.lane === lane && held.due > now) due = Math.min(due, held.due)
    const over = new AbortController()
    const finish = () => over.abort()
    this.#waiters.add(finish)
    signal.addEventListener('abort', finish)
    if (due < Number.POSITIVE_INFINITY) void this.#clock.sleep(due - now, over.signal).then(finish)
    await aborted(over.signal)
    this.#waiters.delete(finish)
    signal.removeEventListener('abort', finish)
  }
}

function follows(held: Held, other: Held): boolean {
  return held !== other && held.lane === other.lane && held.job.author === other.job.author
}

/** Resolves (to undefined) once the signal has aborted. */
function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
