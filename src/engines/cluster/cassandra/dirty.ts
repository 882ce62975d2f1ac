import {
  dirtyLifeSeconds,
  dirtyParts,
  recountAfterMs,
  recountEveryMs,
  recountLeadTask,
  recountsAtOnce,
} from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Members } from '../../../ports/members.ts'
import { chunks } from './chunks.ts'
import { type Cassandra, statement } from './client.ts'

/** What can be counted again: each kind has one counter. */
export type DirtyKind = 'likes' | 'boosts' | 'replies' | 'followers'

interface Mark {
  at: number
  kind: DirtyKind
  id: number
  shard: number
}

const insert = statement(
  `INSERT INTO dirty (minute, part, at, kind, id, shard) VALUES (?, ?, ?, ?, ?, ?) USING TTL ${dirtyLifeSeconds}`,
)
const between = statement<Mark>(
  'SELECT at, kind, id, shard FROM dirty WHERE minute = ? AND part = ? AND at > ? AND at <= ?',
)
const saveUpTo = statement('INSERT INTO recounted (part, up_to) VALUES (?, ?) USING TIMESTAMP ?')
const readUpTo = statement<{ up_to: number }>('SELECT up_to FROM recounted WHERE part = ?')

/** How far behind the stored place may be while nothing is marked. */
const savedEveryMs = 10_000

const minuteOf = (ms: number) => Math.floor(ms / 60_000)

/**
 * Marks of what was changed and is to be counted again: durable before the change itself, so that no crash leaves a count
 * wrong. A log in order of marking, read once.
 */
export interface Dirty {
  /** Durable. Before the row is changed that is counted. */
  mark(kind: DirtyKind, id: number, shard: number): Promise<void>
}

export function createDirty({ db, clock }: { db: Cassandra; clock: Clock }): Dirty {
  return {
    mark(kind, id, shard) {
      const at = clock.now()
      return db.write(insert, [minuteOf(at), shard % dirtyParts, at, kind, id, shard])
    },
  }
}

/** Counts a shard again and stores the figure, with the moment that its read began as the time of writing. */
export type Recount = (id: number, shard: number) => Promise<unknown>

/**
 * Counts once more what was marked, `recountAfterMs` after the mark: by then the change has landed, whatever became of the
 * process that made it. One process does it for all (`members.leads`).
 */
export function createRecounter({
  db,
  clock,
  members,
  recounts,
  log,
}: {
  db: Cassandra
  clock: Clock
  members: Pick<Members, 'leads'>
  recounts: Readonly<Partial<Record<DirtyKind, Recount>>>
  log: Log
}): { run(stop: AbortSignal): Promise<void>; round(): Promise<number> } {
  const parts = Array.from({ length: dirtyParts }, (_, part) => part)

  /** Marks of one part after `from` and up to `to`, each thing once. */
  async function marked(part: number, from: number, to: number): Promise<Mark[]> {
    const found = new Map<string, Mark>()
    for (let minute = minuteOf(from); minute <= minuteOf(to); minute++) {
      for (const mark of await db.read(between, [minute, part, from, to])) {
        found.set(`${mark.kind} ${mark.id} ${mark.shard}`, mark)
      }
    }
    return [...found.values()]
  }

  async function part(number: number): Promise<number> {
    const to = clock.now() - recountAfterMs
    const oldest = to - dirtyLifeSeconds * 1_000
    // Asked each time: whoever led before may have come further than this process has seen.
    const stored = (await db.one(readUpTo, [number]))?.up_to ?? to - 60_000
    let from = Math.max(stored, oldest)
    let counted = 0
    // At most some minutes at a time, so that after a long absence what was done stays done.
    while (from < to) {
      const until = Math.min(to, from + 5 * 60_000)
      const marks = await marked(number, from, until)
      for (const some of chunks(marks, recountsAtOnce)) {
        await Promise.all(some.map(({ kind, id, shard }) => recounts[kind]?.(id, shard)))
      }
      counted += marks.length
      // Looking at nothing once more is cheaper than a durable write a second.
      if (marks.length > 0 || until - stored > savedEveryMs) await db.write(saveUpTo, [number, until, until])
      from = until
    }
    return counted
  }

  async function round(): Promise<number> {
    if (!(await members.leads(recountLeadTask))) return 0
    const counted = await Promise.all(parts.map(part))
    return counted.reduce((sum, count) => sum + count, 0)
  }

  return {
    round,
    async run(stop) {
      while (!stop.aborted) {
        await clock.sleep(recountEveryMs, stop)
        if (stop.aborted) return
        await round().catch((error) => log.warn({ error }, 'counting again failed; what is marked stays marked'))
      }
    },
  }
}
