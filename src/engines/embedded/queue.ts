import type { MessageId, UserId } from '../../core/ids.ts'
import { fanoutBatchJobs, jobRetryMaxMs, jobRetryMs, jobWaitMs, queueJobsMax } from '../../core/limits.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Job } from '../../ports/messages.ts'
import type { Lane, Outcome, Queue, QueuedJob } from '../../ports/queue.ts'

/** Workers keep the thread for so long, and at least for a batch; a turn of the event loop costs as much as a small job. */
const turnMs = 1
/** Where serving has kept it for longer, workers get this share of that time, or an overloaded server would deliver nothing … */
const turnShare = 1 / 4
/** … and no more than this: serving waits for it. */
const turnMsMax = 10

interface Entry {
  /** As handed out; replaced, never changed, when a try failed. */
  job: QueuedJob
  /** Not handed out before this, in Unix ms. */
  due: number
  inHand: boolean
}

/** The jobs of one author in one lane, in order. Out of `ready` while some are in a worker's hands or the first backs off. */
interface Line {
  readonly author: UserId
  readonly entries: Entry[]
  /** How many of them, the first ones, are in a worker's hands. */
  inHand: number
}

interface LaneState {
  readonly batchJobs: number
  readonly lines: Map<UserId, Line>
  /** Lines whose first job may be handed out, in turn. */
  ready: Line[]
  /** How many of `ready` were taken; they are cut off now and then. */
  taken: number
  readonly idle: Set<() => void>
}

/**
 * The queue of a single process: in memory alone, since the outbox row is the job's durable form (docs/adr/0002). What a
 * crash takes is put back from the rows. A job costs about a microsecond, and an idle worker nothing.
 */
export class EmbeddedQueue implements Queue {
  readonly #clock: Clock
  readonly #jobsMax: number
  readonly #held = new Map<MessageId, Entry>()
  readonly #lanes: Record<Lane, LaneState> = { job: emptyLane(fanoutBatchJobs), pages: emptyLane(1) }
  readonly #closed = new AbortController()
  #turnBegan = 0
  /** How long workers may keep the thread this time. */
  #turnMs = turnMs

  constructor(clock: Clock, jobsMax: number = queueJobsMax) {
    this.#clock = clock
    this.#jobsMax = jobsMax
  }

  async put(job: Job, nextPage?: string): Promise<boolean> {
    if (this.#held.has(job.id)) return true
    if (this.#held.size >= this.#jobsMax || this.#closed.signal.aborted) return false
    const { id, author, mode, prev, crossed } = job
    const entry = { job: { id, author, mode, prev, crossed, tries: 0, nextPage }, due: 0, inHand: false }
    this.#held.set(id, entry)
    this.#append(nextPage === undefined ? this.#lanes.job : this.#lanes.pages, entry)
    return true
  }

  async work(lane: Lane, handle: (jobs: QueuedJob[]) => Promise<Outcome[]>, signal: AbortSignal): Promise<void> {
    const state = this.#lanes[lane]
    while (!signal.aborted) {
      const lines: Line[] = []
      const batch = this.#take(state, lines)
      if (batch.length === 0) {
        await readyOrAborted(state, signal)
        continue
      }
      let outcomes: Outcome[] = []
      try {
        outcomes = await handle(batch.map((entry) => entry.job))
      } catch {
        // Q3: without outcomes, every job of the batch has failed.
      }
      this.#settle(state, lines, batch, outcomes)
      if (performance.now() - this.#turnBegan > this.#turnMs) await this.#nextTurn()
    }
  }

  holds(id: number): boolean {
    return this.#held.has(id)
  }

  async depth(): Promise<{ jobs: number; oldest: number | undefined }> {
    let jobs = 0
    let oldest = Number.POSITIVE_INFINITY
    for (const entry of this.#held.values()) {
      if (entry.inHand) continue
      jobs++
      oldest = Math.min(oldest, entry.job.id)
    }
    return { jobs, oldest: jobs === 0 ? undefined : oldest }
  }

  /** Takes no more jobs and drops every back-off; workers end by their own signal. */
  close(): void {
    this.#closed.abort()
  }

  /** Serving gets the thread. */
  async #nextTurn(): Promise<void> {
    const left = performance.now()
    await new Promise((resolve) => setImmediate(resolve))
    this.#turnBegan = performance.now()
    this.#turnMs = Math.min(Math.max(turnMs, (this.#turnBegan - left) * turnShare), turnMsMax)
  }

  #append(lane: LaneState, entry: Entry): void {
    const { author } = entry.job
    const line = lane.lines.get(author)
    if (line !== undefined) {
      line.entries.push(entry)
      return
    }
    const fresh = { author, entries: [entry], inHand: 0 }
    lane.lines.set(author, fresh)
    this.#ready(lane, fresh)
  }

  #ready(lane: LaneState, line: Line): void {
    lane.ready.push(line)
    if (lane.idle.size === 0) return
    for (const wake of lane.idle) wake()
    lane.idle.clear()
  }

  /** The first jobs of the lines whose turn it is; then, while there is room, the next ones of the same lines. */
  #take(lane: LaneState, lines: Line[]): Entry[] {
    const batch: Entry[] = []
    while (batch.length < lane.batchJobs && lane.taken < lane.ready.length) {
      const line = lane.ready[lane.taken++]!
      lines.push(line)
      batch.push(line.entries[0]!)
      line.inHand = 1
    }
    if (lane.taken === lane.ready.length || lane.taken > 1_024) {
      lane.ready = lane.ready.slice(lane.taken)
      lane.taken = 0
    }
    const now = this.#clock.now()
    for (let found = true; found && batch.length < lane.batchJobs; ) {
      found = false
      for (const line of lines) {
        const entry = line.entries[line.inHand]
        if (entry === undefined || entry.due > now || batch.length >= lane.batchJobs) continue
        batch.push(entry)
        line.inHand++
        found = true
      }
    }
    for (const entry of batch) entry.inHand = true
    return batch
  }

  #settle(lane: LaneState, lines: readonly Line[], batch: readonly Entry[], outcomes: readonly Outcome[]): void {
    const now = this.#clock.now()
    const finished = new Set<Entry>()
    const moved: Entry[] = []
    for (let i = 0; i < batch.length; i++) {
      const entry = batch[i]!
      const outcome = outcomes[i] ?? 'failed'
      entry.inHand = false
      if (outcome === 'done') {
        this.#held.delete(entry.job.id)
        finished.add(entry)
      } else if (outcome === 'failed') {
        const { tries } = entry.job
        entry.due = now + Math.min(jobRetryMs * 2 ** tries, jobRetryMaxMs)
        entry.job = { ...entry.job, tries: tries + 1 }
      } else if (outcome === 'wait') {
        entry.due = now + jobWaitMs
      } else if (lane !== this.#lanes.pages) {
        entry.due = 0
        finished.add(entry)
        moved.push(entry)
      }
    }
    const later = new Map<number, Line[]>()
    for (const line of lines) {
      const { entries } = line
      let first = 0
      while (first < line.inHand && finished.has(entries[first]!)) first++
      entries.splice(0, first)
      if (first < line.inHand) keepIf(entries, (entry) => !finished.has(entry))
      line.inHand = 0
      if (entries.length === 0) lane.lines.delete(line.author)
      else if (entries[0]!.due <= now) this.#ready(lane, line)
      else {
        const { due } = entries[0]!
        const same = later.get(due)
        if (same === undefined) later.set(due, [line])
        else same.push(line)
      }
    }
    for (const [due, same] of later) void this.#readyAt(lane, due - now, same)
    for (const entry of moved) this.#append(this.#lanes.pages, entry)
  }

  async #readyAt(lane: LaneState, ms: number, lines: readonly Line[]): Promise<void> {
    await this.#clock.sleep(ms, this.#closed.signal)
    for (const line of lines) this.#ready(lane, line)
  }
}

function emptyLane(batchJobs: number): LaneState {
  return { batchJobs, lines: new Map(), ready: [], taken: 0, idle: new Set() }
}

function keepIf(entries: Entry[], keep: (entry: Entry) => boolean): void {
  let kept = 0
  for (const entry of entries) if (keep(entry)) entries[kept++] = entry
  entries.length = kept
}

function readyOrAborted(lane: LaneState, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const wake = () => {
      lane.idle.delete(wake)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    lane.idle.add(wake)
    signal.addEventListener('abort', wake, { once: true })
  })
}
