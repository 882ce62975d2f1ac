import { type Id, idAt, idMax, type MessageId, type UserId } from '../../../core/ids.ts'
import { clocksApartMaxMs, copyScanRows } from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { CopyPage, CopyRows, JobRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { states } from '../cassandra/outbox-jobs.ts'
import { outboxReading, walkUp } from '../cassandra/outbox-walk.ts'
import { dayOf, minuteOf, outboxPlace, writtenFor } from '../cassandra/road-keys.ts'
import type { WriteTime } from '../cassandra/write-times.ts'
import { watermarkOf } from './installation.ts'
import type { Marks } from './marks.ts'
import { pageWriter } from './scan.ts'

type DeadRow = CopyRows['dead']

interface Found {
  readonly id: MessageId
  /** Undefined: a mark for an id that has no row. */
  readonly author: UserId | undefined
  readonly hot: boolean
  readonly crossed: boolean
  readonly prev: MessageId[] | undefined
  readonly state: number | undefined
  readonly gone: boolean | undefined
}

const columns = 'id, author, hot, crossed, prev, state, gone'
const reading = outboxReading<Found>(columns)
const readOne = statement<Found>(`SELECT ${columns} FROM outbox WHERE minute = ? AND shard = ? AND id = ?`)
const noteMinute = statement('INSERT INTO outbox_minutes (day, minute) VALUES (?, ?)')
const insertRow = statement(
  `INSERT INTO outbox (minute, shard, id, author, hot, crossed, prev, state, gone) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
   USING TIMESTAMP ?`,
)
const setState = statement('UPDATE outbox USING TIMESTAMP ? SET state = ? WHERE minute = ? AND shard = ? AND id = ?')
const readDead = statement<DeadRow>('SELECT id, why FROM dead_jobs WHERE part = 0')
const insertDead = statement('INSERT INTO dead_jobs (part, id, why) VALUES (0, ?, ?)')

function jobsOf(found: readonly Found[]): JobRow[] {
  return found.flatMap(({ id, author, hot, crossed, prev = [], state, gone = false }) =>
    author === undefined
      ? []
      : [
          {
            id,
            author,
            mode: hot ? 'hot' : 'pushed',
            prev,
            crossed: crossed ?? false,
            done: state !== undefined,
            gone,
          },
        ],
  )
}

/** From the watermark up all rows; below it, where all are done, those that dead jobs are tried again by. */
export function jobsReader(db: Cassandra, clock: Clock): KindReader<JobRow> {
  const dead = deadReader(db)

  async function open(page: string | undefined): Promise<CopyPage<JobRow>> {
    const from = page === undefined ? await watermarkOf(db) : Number(page) + 1
    const found: Found[] = []
    for await (const rows of walkUp(db, reading, from, Math.min(idMax, idAt(clock.now() + clocksApartMaxMs)))) {
      found.push(...rows)
      if (found.length >= copyScanRows) return { rows: jobsOf(found), next: String(found.at(-1)!.id) }
    }
    return { rows: jobsOf(found), next: undefined }
  }

  async function ofDead(page: string | undefined): Promise<CopyPage<JobRow>> {
    const { rows, next } = await dead.page('all', page)
    const watermark = await watermarkOf(db)
    const below = rows.filter(({ id }) => id < watermark)
    const found = await Promise.all(below.map(({ id }) => db.one(readOne, [...outboxPlace(id), id])))
    return { rows: jobsOf(found.filter((row) => row !== undefined)), next }
  }

  return {
    async parts() {
      return ['open', 'dead'].map((name) => ({ name, rows: undefined }))
    },
    page: (part, page) => (part === 'open' ? open(page) : ofDead(page)),
  }
}

/** Outbox rows as the engine writes them. */
export interface JobTable {
  write(job: JobRow): Promise<void>
  markDead(id: Id): Promise<void>
}

export function createJobTable(db: Cassandra, writeTime: WriteTime): JobTable {
  const noted = new RecentMap<number, Promise<void>>(minutesHeld)

  /** Rows of a minute are found by its mark: before the first of them. */
  function note(minute: number): Promise<void> {
    const before = noted.get(minute)
    if (before !== undefined) return before
    const noting = db.write(noteMinute, [dayOf(minute), minute])
    noted.set(minute, noting)
    return noting
  }

  return {
    async write({ id, author, mode, crossed, prev, done, gone }) {
      await note(minuteOf(id))
      const list = prev.length > 0 ? prev : undefined
      // What is not so is absent, as in a row that is not done yet.
      const marks = [done ? states.done : undefined, gone || undefined]
      const cells = [...outboxPlace(id), id, author, mode === 'hot', crossed, list, ...marks]
      await db.write(insertRow, [...cells, writtenFor(id)])
    },
    async markDead(id) {
      await db.write(setState, [writeTime(), states.dead, ...outboxPlace(id), id])
    },
  }
}

/** Two days of minutes. */
const minutesHeld = 2_880

export function jobsWriter(marks: Marks, table: JobTable): KindWriter<JobRow> {
  return pageWriter(marks, 'jobs', (job) => table.write(job))
}

/** Without those that were done since they were given up. */
export function deadReader(db: Cassandra): KindReader<DeadRow> {
  return {
    async parts() {
      return [{ name: 'all', rows: undefined }]
    },
    async page(_, page) {
      const { rows, next } = await db.page(readDead, [], copyScanRows, page)
      const jobs = await Promise.all(rows.map(({ id }) => db.one(readOne, [...outboxPlace(id), id])))
      return { rows: rows.filter((_row, i) => jobs[i]?.state !== states.done), next }
    },
  }
}

export function deadWriter(db: Cassandra, marks: Marks, table: JobTable): KindWriter<DeadRow> {
  return pageWriter(marks, 'dead', async ({ id, why }) => {
    await db.write(insertDead, [id, why])
    await table.markDead(id)
  })
}
