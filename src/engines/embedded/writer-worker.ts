/** The writer's thread: the only connection that writes. It commits all batches that have arrived with one fsync, and answers. */
import type { Database } from 'bun:sqlite'
import { receiveMessageOnPort } from 'node:worker_threads'
import { checkpointPages, openConnection } from './connection.ts'
import type { CommitAnswer, CommitOutcome, OpAnswer, WriterRequest } from './writer.ts'
import { writerOps } from './writer-ops.ts'

declare const self: Worker

/** How soon carrying the log over is tried again when the disk was full. */
const retryAfterMs = 1_000

type Handler = (...args: unknown[]) => unknown
interface Op {
  readonly handler: Handler
  readonly args: unknown[]
}

let db: Database | undefined
let run: ((ops: Op[]) => unknown[]) | undefined
let handlers: Record<string, Handler> = {}

self.onmessage = (event: MessageEvent) => {
  const request = event.data as WriterRequest
  if ('open' in request) open(request.open, request.batches)
  else close()
}

function open(path: string, batches: MessagePort): void {
  const connection = openConnection(path)
  db = connection
  const { ops: operations, beforeCommit, rolledBack } = writerOps(connection)
  handlers = operations as unknown as Record<string, Handler>
  const begin = connection.query('BEGIN IMMEDIATE')
  const commit = connection.query('COMMIT')
  run = (ops) => {
    begin.run()
    try {
      const results = ops.map(({ handler, args }) => handler(...args))
      beforeCommit()
      commit.run()
      return results
    } catch (error) {
      rolledBack()
      // SQLite rolls back by itself where the disk failed it.
      if (connection.inTransaction) connection.run('ROLLBACK')
      throw error
    }
  }
  batches.onmessage = ({ data }) => {
    const ops: Op[] = []
    read(data, ops)
    let count = 1
    for (let next = receiveMessageOnPort(batches); next !== undefined; next = receiveMessageOnPort(batches)) {
      read(next.message, ops)
      count++
    }
    work(ops, count)
  }
  answer({ opened: true })
}

/** A batch comes flat, because flat arrays cross threads three times as fast: name, number of arguments, arguments … */
function read(flat: unknown[], ops: Op[]): void {
  for (let at = 0; at < flat.length; ) {
    const count = flat[at + 1] as number
    const handler = handlers[flat[at] as string]
    if (!handler) throw new Error(`the writer has no operation ${flat[at]}`)
    ops.push({ handler, args: flat.slice(at + 2, at + 2 + count) })
    at += 2 + count
  }
}

function work(ops: Op[], batches: number): void {
  let outcome: CommitOutcome
  try {
    outcome = { results: compact(run!(ops)) }
  } catch (error) {
    const failure = failureOf(error)
    // What one operation did wrong must not cost the others their commit.
    outcome = failure.kind === 'bug' ? oneByOne(ops) : failure
  }
  answer({ ...outcome, batches })
  if (!('kind' in outcome) || outcome.kind === 'disk_full') checkpoint('kind' in outcome)
}

function oneByOne(ops: Op[]): CommitOutcome {
  const each: OpAnswer[] = []
  for (const op of ops) {
    try {
      each.push({ result: run!([op])[0] })
    } catch (error) {
      const failure = failureOf(error)
      if (failure.kind === 'fatal') return failure
      each.push(failure)
    }
  }
  return { each }
}

/** Most operations return nothing: then there is nothing to copy. */
function compact(results: unknown[]): unknown[] | undefined {
  return results.every((result) => result === undefined) ? undefined : results
}

function failureOf(error: unknown): Extract<OpAnswer, { kind: string }> {
  const { code = '', message } = error as { code?: string; message: string }
  // The index of the log cannot grow: nothing was written, as with a full disk.
  if (code === 'SQLITE_FULL' || code === 'SQLITE_IOERR_SHMSIZE') return { kind: 'disk_full', message }
  if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') return { kind: 'unavailable', message }
  if (/^SQLITE_(IOERR|CORRUPT|NOTADB|READONLY|CANTOPEN|NOMEM|PROTOCOL)/.test(code)) {
    return { kind: 'fatal', message: `${message} (${code})` }
  }
  return { kind: 'bug', message: error instanceof Error ? (error.stack ?? message) : String(error) }
}

/** After a full disk, when the log was last tried to be carried over. */
let triedAtMs: number | undefined

/**
 * Carries the log into the database once it is long enough, after the answers are out: done by SQLite within a commit,
 * as is its default, it would delay the answers of that batch, and hide its errors. After a full disk at any length, once
 * a second: what was carried over makes room in the log.
 */
function checkpoint(diskFull: boolean): void {
  if (diskFull) triedAtMs ??= 0
  try {
    if (triedAtMs === undefined) {
      const [[, length, carried]] = db!.query('PRAGMA wal_checkpoint(NOOP)').values() as [[number, number, number]]
      if (length - carried < checkpointPages) return
    } else {
      if (performance.now() - triedAtMs < retryAfterMs) return
      triedAtMs = performance.now()
    }
    db!.query('PRAGMA wal_checkpoint(PASSIVE)').values()
    triedAtMs = undefined
  } catch (error) {
    const failure = failureOf(error)
    if (failure.kind === 'fatal') answer({ ...failure, batches: 0 })
    else triedAtMs ??= performance.now()
  }
}

function close(): void {
  try {
    db?.run('PRAGMA wal_checkpoint(TRUNCATE)')
  } catch {
    // Everything stands in the log: the next start carries it over.
  }
  db?.close()
  answer({ closed: true })
}

function answer(outcome: CommitAnswer | { opened: true } | { closed: true }): void {
  self.postMessage(outcome)
}
