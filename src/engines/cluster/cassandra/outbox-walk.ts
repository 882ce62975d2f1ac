import type { Id } from '../../../core/ids.ts'
import { type Cassandra, type Statement, statement } from './client.ts'
import { dayOf, everyShard, minuteOf } from './road-keys.ts'

/** Rows asked of each shard at first: walks often end soon … */
const rowsAtFirst = 100
/** … and then. */
const rowsAtOnce = 1_000
/** After a long absence, or in a new installation, most days have none. */
const daysAtOnce = 64
/** Up to so many minutes are read without asking which of them have rows. */
const minutesUnasked = 3

const minutesOfDay = statement<{ minute: number }>(
  'SELECT minute FROM outbox_minutes WHERE day = ? AND minute >= ? AND minute <= ?',
)

/** The two directions of one reading; each takes minute, shard, first id, last id and a limit. */
export interface OutboxReading<Row extends { id: Id }> {
  readonly up: Statement<Row>
  readonly down: Statement<Row>
}

/** `columns`: `id` must be among them. */
export function outboxReading<Row extends { id: Id }>(columns: string): OutboxReading<Row> {
  const select = `SELECT ${columns} FROM outbox WHERE minute = ? AND shard = ? AND id >= ? AND id <= ? ORDER BY id`
  return { up: statement<Row>(`${select} ASC LIMIT ?`), down: statement<Row>(`${select} DESC LIMIT ?`) }
}

/** Outbox rows with `from` ≤ id ≤ `to`, smallest first, in chunks; those visible when their chunk is asked for. */
export async function* walkUp<Row extends { id: Id }>(
  db: Cassandra,
  reading: OutboxReading<Row>,
  from: Id,
  to: Id,
): AsyncGenerator<Row[]> {
  for await (const minute of minutesUp(db, minuteOf(from), minuteOf(to))) {
    yield* walkMinute(db, reading.up, minute, from, to, 1)
  }
}

/** The same, largest first. */
export async function* walkDown<Row extends { id: Id }>(
  db: Cassandra,
  reading: OutboxReading<Row>,
  from: Id,
  to: Id,
): AsyncGenerator<Row[]> {
  const lowest = minuteOf(from)
  for (let day = dayOf(minuteOf(to)); day >= dayOf(lowest); day--) {
    const found = await db.read(minutesOfDay, [day, lowest, minuteOf(to)])
    for (const { minute } of found.reverse()) yield* walkMinute(db, reading.down, minute, from, to, -1)
  }
}

/** The minutes that may have rows: their index is written before their first row. */
export async function* minutesUp(db: Cassandra, from: number, to: number): AsyncGenerator<number> {
  if (to - from < minutesUnasked) {
    for (let minute = from; minute <= to; minute++) yield minute
    return
  }
  for (let first = dayOf(from); first <= dayOf(to); first += daysAtOnce) {
    const count = Math.min(daysAtOnce, dayOf(to) - first + 1)
    const days = Array.from({ length: count }, (_, i) => db.read(minutesOfDay, [first + i, from, to]))
    for (const { minute } of (await Promise.all(days)).flat()) yield minute
  }
}

interface ShardRows<Row> {
  readonly shard: number
  rows: Row[]
  /** Whether the shard may have rows beyond those in hand. */
  more: boolean
  /** Where its next read starts. */
  next: Id
}

/** One minute's shards side by side, merged by id. */
async function* walkMinute<Row extends { id: Id }>(
  db: Cassandra,
  read: Statement<Row>,
  minute: number,
  from: Id,
  to: Id,
  step: 1 | -1,
): AsyncGenerator<Row[]> {
  const shards = everyShard.map(
    (shard): ShardRows<Row> => ({ shard, rows: [], more: true, next: step > 0 ? from : to }),
  )
  let length = rowsAtFirst

  async function fill(one: ShardRows<Row>): Promise<void> {
    const [low, high] = step > 0 ? [one.next, to] : [from, one.next]
    one.rows = await db.read(read, [minute, one.shard, low, high, length])
    one.more = one.rows.length === length
    if (one.more) one.next = one.rows.at(-1)!.id + step
  }

  while (shards.some((one) => one.more || one.rows.length > 0)) {
    await Promise.all(shards.filter((one) => one.more && one.rows.length === 0).map(fill))
    length = rowsAtOnce
    // Beyond the last row in hand of a shard that has more, another of its rows may come first.
    const unfinished = shards.filter((one) => one.more).map((one) => step * one.rows.at(-1)!.id)
    const end = Math.min(Number.POSITIVE_INFINITY, ...unfinished)
    const chunk: Row[] = []
    for (const one of shards) {
      const beyond = one.rows.findIndex((row) => step * row.id > end)
      const within = beyond < 0 ? one.rows.length : beyond
      chunk.push(...one.rows.slice(0, within))
      one.rows = one.rows.slice(within)
    }
    if (chunk.length > 0) yield chunk.sort((a, b) => step * (a.id - b.id))
  }
}
