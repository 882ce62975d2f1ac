import type { Id, MessageId } from '../../core/ids.ts'
import { RecentMap } from '../../core/recent-map.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Job } from '../../ports/messages.ts'
import type { OutboxRow, OutboxRows } from '../../ports/outbox-rows.ts'
import { outboxFlags, type PackedPrev, unpackJob } from './codes.ts'
import type { EmbeddedDatabase } from './database.ts'
import { UndoneIds } from './undone-ids.ts'

/** Jobs held in memory beside the ids: those of the last second or two, whose rows are asked for. */
const jobsHeldMax = 20_000
/** Done marks are written in batches: after this time, or when this many wait. A crash loses them: jobs are then repeated. */
const marksAfterMs = 500
const marksMax = 2_000
/** Rows forgotten in one commit. */
const trimRowsMax = 2_000

type Row = [id: number, author: number, flags: number, prev: PackedPrev, nextPage: string | null]

/** Outbox rows, and what the message store tells them. */
export interface EmbeddedOutboxRows extends OutboxRows {
  /** A row was stored; to be told before the call that stored it resolves. */
  added(job: Job): void
  /** The watermark, without waiting. */
  settledBelow(): Id
  /** Writes the marks that wait. */
  flush(): Promise<void>
}

/**
 * This process is the only one: which rows are undone is known in memory, and written behind. `forgetBelow` says below
 * which id nobody asks for rows any more.
 */
export function createEmbeddedOutboxRows(
  { reader, writer, meta }: EmbeddedDatabase,
  clock: Clock,
  forgetBelow: () => Id,
): EmbeddedOutboxRows {
  const columns = 'id, author, flags, prev, next_page'
  const find = reader.query(`SELECT ${columns} FROM outbox WHERE id = ?`)

  let watermark = meta.number('watermark') ?? 0
  let forgottenBelow = meta.number('outbox_from') ?? 0
  const undone = new UndoneIds()
  const stored = reader.query(`SELECT id FROM outbox WHERE id >= ? AND flags & ${outboxFlags.done} = 0 ORDER BY id`)
  for (const [id] of stored.values(watermark) as [MessageId][]) undone.add(id)
  const dead = new Map(reader.query('SELECT id, why FROM dead_jobs ORDER BY id').values() as [MessageId, string][])

  const jobs = new RecentMap<MessageId, Job>(jobsHeldMax)
  /** Where jobs of large authors go on; in memory until they are done. */
  const nextPages = new Map<MessageId, string>()
  let marks: MessageId[] = []
  let progressed = new Set<MessageId>()
  let waiting = false

  function present(job: Job, nextPage: string | undefined, done: boolean): OutboxRow {
    return { ...job, nextPage, done }
  }

  function row(id: MessageId): OutboxRow | undefined {
    const done = !undone.has(id)
    const held = jobs.get(id)
    if (held) return present(held, nextPages.get(id), done)
    // That it is done is all that anybody asks of such a row, unless the job was given up.
    if (done && !dead.has(id)) return undefined
    const [found] = find.values(id) as Row[]
    if (!found) return undefined
    const [, author, flags, prev, nextPage] = found
    return present(unpackJob(id, author, flags, prev), nextPages.get(id) ?? nextPage ?? undefined, done)
  }

  function flushSoon(): void {
    if (marks.length >= marksMax) void flush().catch(() => {})
    if (waiting) return
    waiting = true
    void clock.sleep(marksAfterMs).then(() => {
      waiting = false
      // A full disk: they are tried again with the next ones.
      return flush().catch(() => {})
    })
  }

  function takeMarks(): Float64Array {
    const taken = Float64Array.from(marks)
    marks = []
    return taken
  }

  async function flush(): Promise<void> {
    const moving = [...progressed].filter((id) => nextPages.has(id))
    progressed = new Set()
    if (moving.length > 0) {
      const pages = JSON.stringify(moving.map((id) => nextPages.get(id)))
      await writer.write('outboxProgress', Float64Array.from(moving), pages)
    }
    if (marks.length === 0) return
    const taken = takeMarks()
    try {
      await writer.write('outboxDone', taken)
    } catch (error) {
      marks.push(...taken)
      throw error
    }
  }

  function finish(id: MessageId): boolean {
    if (!undone.remove(id)) return false
    nextPages.delete(id)
    return true
  }

  /** A dead job was done after all. */
  function revive(id: MessageId): void {
    const why = dead.get(id)
    if (why === undefined) return
    dead.delete(id)
    void writer.write('outboxRevived', id).catch(() => dead.set(id, why))
  }

  /** Forgets rows that nobody asks for, some at a time, so that no commit is long. */
  function trim(): void {
    const below = Math.min(watermark, forgetBelow())
    if (below <= forgottenBelow) return
    void writer.write('trimOutbox', forgottenBelow, below, trimRowsMax).then(
      (from) => {
        forgottenBelow = Math.max(forgottenBelow, from || below)
      },
      () => {},
    )
  }

  return {
    added(job) {
      undone.add(job.id)
      jobs.set(job.id, { id: job.id, author: job.author, mode: job.mode, prev: job.prev, crossed: job.crossed })
    },

    flush,
    settledBelow: () => watermark,

    async row(id) {
      return row(id)
    },

    async progress(id, nextPage) {
      if (!undone.has(id)) return
      nextPages.set(id, nextPage)
      progressed.add(id)
      flushSoon()
    },

    async done(ids) {
      for (const id of ids) {
        if (finish(id)) marks.push(id)
        else revive(id)
      }
      if (marks.length > 0) flushSoon()
    },

    async undone(above, limit) {
      return undone.above(above, limit).map((id) => row(id)!)
    },

    async lowestUndone() {
      return undone.lowest
    },

    async watermark() {
      return watermark
    },

    async setWatermark(id) {
      if (id <= watermark) return
      const taken = takeMarks()
      try {
        await writer.write('watermark', id, taken)
      } catch (error) {
        marks.push(...taken)
        throw error
      }
      watermark = Math.max(watermark, id)
      trim()
    },

    async dead(id, why) {
      if (!row(id)) return
      await writer.write('outboxDead', id, why)
      dead.set(id, why)
      finish(id)
    },

    async deadJobs(limit) {
      return [...dead].slice(0, limit).map(([id, why]) => ({ id, why }))
    },
  }
}
