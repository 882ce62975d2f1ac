import type { MessageId, UserId } from '../../../core/ids.ts'
import type { QueuedJob } from '../../../ports/queue.ts'
import { partitionOf } from './job-code.ts'

/** One message of a stream, in this process's hands until all of its jobs are done and the stream knows. */
export interface Parcel {
  /** Sequence and time in the stream: the same for every delivery of the same message, another after a wipe. */
  readonly key: string
  readonly sequence: number
  readonly partition: number
  readonly jobs: HeldJob[]
  /** Where its latest delivery is acknowledged. */
  reply: string
  /** Jobs that are not done. */
  left: number
  /** When it came or its time was extended, by `performance.now()`. */
  extendedAt: number
  /** When the consumer was lost by which it came, by `performance.now()`: it comes again by the next one. */
  lostAt: number | undefined
  /** Whether the stream is being told that it is done. */
  acknowledging: boolean
}

/**
 * `waiting`: in its line. `inHand`: at a handler, or on its way into another lane. `done`: but its parcel may not be.
 * `dropped`: its parcel was lost before a handler had it, and comes again.
 */
export type HeldState = 'waiting' | 'inHand' | 'done' | 'dropped'

export interface HeldJob {
  /** As handed out; replaced, never changed, when a try failed. */
  job: QueuedJob
  state: HeldState
  /** Not handed out before this, in Unix ms. */
  due: number
  /** The messages it came by: several when it was put several times. */
  readonly parcels: Parcel[]
}

/** The jobs of one author, in the order of the stream. */
interface Line {
  readonly author: UserId
  readonly partition: number
  readonly jobs: HeldJob[]
  /** How many of them are in hand: taken from the front, all at once. */
  out: number
  /** Whether it stands among those whose turn it is. */
  queued: boolean
}

/**
 * The jobs of one lane that this process holds, a line for each author: [Q2] the first ones of a line are handed out
 * together, and nothing more of it until all of them are back.
 */
export class Lines {
  readonly #lines = new Map<UserId, Line>()
  readonly #ids = new Map<MessageId, HeldJob>()
  #turns: Line[] = []
  /** Lines whose turn came while it was not sure that their partition is ours. */
  #parked: Line[] = []

  get(id: MessageId): HeldJob | undefined {
    return this.#ids.get(id)
  }

  append(held: HeldJob): void {
    held.state = 'waiting'
    const { id, author } = held.job
    this.#ids.set(id, held)
    const line = this.#lines.get(author)
    if (line !== undefined) {
      line.jobs.push(held)
      return
    }
    const fresh = { author, partition: partitionOf(author), jobs: [held], out: 0, queued: false }
    this.#lines.set(author, fresh)
    this.#queue(fresh)
  }

  /** The first jobs of the lines whose turn it is, then the ones behind them: at most `most`. */
  take(most: number, now: number, isOurs: (partition: number) => boolean): HeldJob[] {
    const batch: HeldJob[] = []
    const lines: Line[] = []
    let looked = 0
    for (; looked < this.#turns.length && batch.length < most; looked++) {
      const line = this.#turns[looked]!
      line.queued = false
      if (line.jobs.length === 0 || line.out > 0) continue
      if (!isOurs(line.partition)) {
        this.#parked.push(line)
        continue
      }
      lines.push(line)
      this.#handOut(line, batch)
    }
    this.#turns = this.#turns.slice(looked)
    for (let found = true; found && batch.length < most; ) {
      found = false
      for (const line of lines) {
        const next = line.jobs[line.out]
        if (next === undefined || next.due > now || batch.length >= most) continue
        this.#handOut(line, batch)
        found = true
      }
    }
    return batch
  }

  /** A job in hand is done, or stands in another lane by now. */
  finish(held: HeldJob): void {
    this.#lines.get(held.job.author)!.out--
    held.state = 'done'
    this.#remove(held)
  }

  /** A job in hand keeps its place, and is not handed out before `due`. */
  giveBack(held: HeldJob, due: number): void {
    this.#lines.get(held.job.author)!.out--
    held.state = 'waiting'
    held.due = due
  }

  /** To be called once jobs of the line came back. Answers when its turn comes, in Unix ms, if that is not at once. */
  goOn(author: UserId, now: number): number | undefined {
    const line = this.#lines.get(author)
    if (line === undefined || line.out > 0) return undefined
    const [first] = line.jobs
    if (first === undefined) {
      this.#lines.delete(author)
      return undefined
    }
    if (first.due > now) return first.due
    this.#queue(line)
    return undefined
  }

  /** Looks again at the lines that were not surely ours. */
  unpark(): void {
    for (const line of this.#parked.splice(0)) this.#queue(line)
  }

  /** The stream knows that it is done. */
  forget(held: HeldJob): void {
    if (this.#ids.get(held.job.id) === held) this.#ids.delete(held.job.id)
  }

  /** Takes out a job that waits. */
  drop(held: HeldJob): void {
    held.state = 'dropped'
    this.#remove(held)
    this.forget(held)
  }

  #handOut(line: Line, batch: HeldJob[]): void {
    const held = line.jobs[line.out++]!
    held.state = 'inHand'
    batch.push(held)
  }

  #remove(held: HeldJob): void {
    const line = this.#lines.get(held.job.author)!
    line.jobs.splice(line.jobs.indexOf(held), 1)
    if (line.jobs.length === 0 && line.out === 0) this.#lines.delete(line.author)
  }

  #queue(line: Line): void {
    if (line.queued) return
    line.queued = true
    this.#turns.push(line)
  }
}
