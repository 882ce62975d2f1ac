import { MessageChannel } from 'node:worker_threads'
import { Refusal } from '../../core/refusal.ts'
import { workerUrl } from './worker-url.ts'
import type { WriterOps } from './writer-ops.ts'

/** What travels to the writer's thread and back; arrays of numbers as typed arrays. */
export type Value = number | string | boolean | null | undefined | Uint8Array | Uint32Array | Float64Array

/** `batches`: where batches come from, flat arrays of values. */
export type WriterRequest = { open: string; batches: MessagePort } | { close: true }

export type OpAnswer = { result: unknown } | { kind: 'disk_full' | 'unavailable' | 'fatal' | 'bug'; message: string }

/** What became of one commit. */
export type CommitOutcome =
  /** No results: all were undefined. */
  | { results: unknown[] | undefined }
  | { each: OpAnswer[] }
  | { kind: 'disk_full' | 'unavailable' | 'fatal' | 'bug'; message: string }

/** One commit holds so many batches: all that had arrived. */
export type CommitAnswer = CommitOutcome & { batches: number }

/** Operations on their way to the writer, hence of one commit. More gain nothing, but make each answer wait for the whole. */
const commitOpsMax = 512
/** Their bytes: about 600 of the largest messages. */
const commitBytesMax = 4 * 1024 * 1024
/**
 * So many make a batch of their own while the writer is at work, or while this thread still reads what has come in: the
 * two work side by side. What has arrived when the writer begins a commit goes into that one, so a slow disk does not
 * wait more often.
 */
const aheadOpsMin = 16
/** What an operation costs in memory beside its texts, about. */
const opBytes = 256
/** What may wait to be written: a second or two of the writer's work. Beyond: 503 `overloaded`. */
const queueBytesMax = 64 * 1024 * 1024

interface Waiting {
  /** How many values of `flat` are its own. */
  readonly values: number
  readonly bytes: number
  resolve(result: unknown): void
  reject(error: Error): void
}

/** The one way to write: group commit on a thread of its own. */
export interface Writer {
  /**
   * Runs one operation of writer-ops.ts; resolves to its result once it is durable (one fsync for all that arrived
   * while the former batch was being committed). Operations are committed in the order of the calls.
   * @throws Refusal `disk_full`, `unavailable`, `overloaded` (nothing was written), or the operation's own error.
   */
  write<Name extends keyof WriterOps>(
    name: Name,
    ...args: Parameters<WriterOps[Name]>
  ): Promise<ReturnType<WriterOps[Name]>>
  /** Whether anything is on its way to the disk. */
  readonly busy: boolean
  /** How many operations were committed so far. */
  readonly written: number
  /** Rejects when the disk failed: nothing is written or acknowledged any more, and the process must end. */
  readonly failed: Promise<never>
  /** Commits what waits, carries the log into the database and ends the thread. */
  close(): Promise<void>
}

/** Starts the writer's thread on the database at `path`, which must have its schema. */
export async function startWriter(path: string): Promise<Writer> {
  const worker = new Worker(workerUrl('writer-worker.ts'))
  const { port1: batches, port2 } = new MessageChannel()
  const inFlight: Waiting[][] = []
  let inFlightOps = 0
  let inFlightBytes = 0
  let written = 0
  let queue: Waiting[] = []
  let queueStart = 0
  /** What the operations of the queue are made of, one after the other, as it travels: name, number of arguments, arguments … */
  let flat: Value[] = []
  let flatStart = 0
  let queueBytes = 0
  let scheduled = false
  let failure: Error | undefined
  let closing: (() => void) | undefined
  let closed = false

  let fail!: (reason: Error) => void
  const failed = new Promise<never>((_, reject) => {
    fail = reject
  })
  failed.catch(() => {})
  let opened!: () => void
  const ready = new Promise<void>((resolve) => {
    opened = resolve
  })

  worker.onmessage = (event) => {
    const message = event.data as CommitAnswer | { opened: true } | { closed: true }
    if ('opened' in message) return opened()
    if ('closed' in message) return closing?.()
    if ('kind' in message && message.kind === 'fatal') return giveUp(message.message)
    const committed = inFlight.splice(0, message.batches).flat()
    inFlightOps -= committed.length
    written += committed.length
    for (const { bytes } of committed) inFlightBytes -= bytes
    settle(committed, message)
    send()
  }
  worker.onerror = (event) => giveUp(event.message)

  /** The disk, or the thread itself, has failed: what is unanswered stays unacknowledged. */
  function giveUp(message: string): void {
    if (failure) return
    failure = new Error(`The data folder cannot be written any more: ${message}`)
    const refusal = new Refusal('unavailable', 'The server cannot write and is going down; try again later.')
    for (const waiting of [...inFlight.flat(), ...queue.slice(queueStart)]) waiting.reject(refusal)
    inFlight.length = 0
    queue = []
    queueStart = 0
    flat = []
    flatStart = 0
    fail(failure)
    closing?.()
  }

  function send(): void {
    while (inFlightOps < commitOpsMax && inFlightBytes < commitBytesMax) {
      const waiting = queue.length - queueStart
      if (waiting === 0 || (inFlightOps > 0 && waiting < aheadOpsMin)) break
      const batch: Waiting[] = []
      let flatEnd = flatStart
      while (queueStart < queue.length && inFlightOps < commitOpsMax && inFlightBytes < commitBytesMax) {
        const next = queue[queueStart++]!
        batch.push(next)
        flatEnd += next.values
        inFlightOps += 1
        inFlightBytes += next.bytes
        queueBytes -= next.bytes
      }
      inFlight.push(batch)
      batches.postMessage(flatStart === 0 && flatEnd === flat.length ? flat : flat.slice(flatStart, flatEnd))
      flatStart = flatEnd
    }
    // What was sent goes once it is half of what is held: under a steady load the queue may never be empty.
    if (queueStart > 0 && queueStart * 2 >= queue.length) {
      queue = queue.slice(queueStart)
      queueStart = 0
      flat = flat.slice(flatStart)
      flatStart = 0
    }
    if (closing && inFlight.length === 0 && !closed) {
      closed = true
      worker.postMessage({ close: true })
    }
  }

  function enqueue(name: string, args: Value[]): Promise<unknown> {
    if (failure || closing) {
      return Promise.reject(new Refusal('unavailable', 'The server is going down; try again elsewhere.'))
    }
    let bytes = opBytes
    for (const value of args) {
      if (typeof value === 'string') bytes += value.length
      else if (ArrayBuffer.isView(value)) bytes += value.byteLength
    }
    if (queueBytes + bytes > queueBytesMax) {
      return Promise.reject(
        new Refusal('overloaded', 'Too much waits to be written; try again in a moment.', { retryAfterSeconds: 1 }),
      )
    }
    queueBytes += bytes
    return new Promise((resolve, reject) => {
      queue.push({ values: args.length + 2, bytes, resolve, reject })
      flat.push(name, args.length, ...args)
      if (queue.length - queueStart >= aheadOpsMin) return send()
      if (scheduled) return
      // Fewer go at the end of this turn of the event loop: all that its requests write shares a batch.
      scheduled = true
      setImmediate(() => {
        scheduled = false
        send()
      })
    })
  }

  worker.postMessage({ open: path, batches: port2 }, [port2 as unknown as MessagePort])
  await Promise.race([ready, failed])

  return {
    write: ((name: string, ...args: Value[]) => enqueue(name, args)) as Writer['write'],
    get busy() {
      return inFlightOps > 0 || queue.length > queueStart
    },
    get written() {
      return written
    },
    failed,
    async close() {
      if (closing) return
      await new Promise<void>((resolve) => {
        closing = resolve
        if (failure) resolve()
        else send()
      })
      worker.terminate()
    },
  }
}

function settle(batch: Waiting[], answer: CommitOutcome): void {
  if ('results' in answer) {
    for (let i = 0; i < batch.length; i++) batch[i]!.resolve(answer.results?.[i])
  } else if ('each' in answer) {
    for (let i = 0; i < batch.length; i++) settleOne(batch[i]!, answer.each[i]!)
  } else {
    for (const waiting of batch) settleOne(waiting, answer)
  }
}

function settleOne(waiting: Waiting, answer: OpAnswer): void {
  if ('result' in answer) waiting.resolve(answer.result)
  else waiting.reject(errorOf(answer))
}

function errorOf({ kind, message }: Extract<OpAnswer, { kind: string }>): Error {
  if (kind === 'disk_full') return new Refusal('disk_full', 'The disk of the server is full; try again later.')
  if (kind === 'bug') return new Error(message)
  return new Refusal('unavailable', 'The store does not answer; try again in a moment.')
}
