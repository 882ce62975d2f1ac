import type { Job } from './messages.ts'

/** `job`: a message's first page. `pages`: the rest of a large author's job, one page at a time, never before others' work. */
export type Lane = 'job' | 'pages'

export type Outcome =
  /** Finished: never handed out again. */
  | 'done'
  /** Failed: handed out again after a back-off, with `tries` raised. */
  | 'failed'
  /** Not its turn (an undone `prev` is in other hands): handed out again soon, not a failed try. */
  | 'wait'
  /** Goes on in the lane `pages`, behind what stands there. */
  | 'pages'

export interface QueuedJob extends Job {
  /** How often it failed before. */
  readonly tries: number
  readonly nextPage: string | undefined
}

/**
 * Carries jobs from publishers to fan-out workers. Never the truth: what it loses, the sweeper puts back from the outbox
 * rows. [Q1] A job that was taken is handed out at least once while the queue itself is not lost. [Q2] Jobs of one author
 * in one lane are handed out in the order they were put, one after the other. [Q3] A handler that throws counts as
 * `failed` for its whole batch. [Q4] A job is handed out again until its outcome is `done`. [Q5] Bounded: see `put`.
 */
export interface Queue {
  /** True when the queue has taken the job; false when it is full or did not answer in time (`offerWithinMs`). */
  put(job: Job, nextPage?: string): Promise<boolean>
  /**
   * Hands out jobs in batches of at most `fanoutBatchJobs` (lane `pages`: one) until `signal` aborts; resolves once the
   * batch in hand is finished. `outcomes` has one entry a job.
   */
  work(lane: Lane, handle: (jobs: QueuedJob[]) => Promise<Outcome[]>, signal: AbortSignal): Promise<void>
  /** Whether the job stands in the queue or in a worker's hands, as far as this process knows. */
  holds(id: number): boolean
  /** Jobs waiting, and the id of the oldest one (undefined when none waits). */
  depth(): Promise<{ jobs: number; oldest: number | undefined }>
}
