import { coalesce } from '../../../core/coalesce.ts'
import { HotCopy } from '../../../core/hot-copy.ts'
import type { MessageId, UserId } from '../../../core/ids.ts'
import { hotBucketRows, hotRefreshEveryMs } from '../../../core/limits.ts'
import type { Chance } from '../../../ports/chance.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { HotEntry, HotLog } from '../../../ports/hot-log.ts'
import { type Cassandra, statement } from './client.ts'
import { madeOnce } from './installation.ts'

interface Row {
  seq: number
  msg_id: MessageId
  author: UserId
  crossed: boolean
}

const columns = 'seq, msg_id, author, crossed'
const after = statement<Row>(`SELECT ${columns} FROM hot WHERE bucket = ? AND seq > ?`)
const one = statement<Row>(`SELECT ${columns} FROM hot WHERE bucket = ? AND seq = ?`)
const insert = statement<Row>(`INSERT INTO hot (bucket, ${columns}) VALUES (?, ?, ?, ?, ?) IF NOT EXISTS`)
const removeBucket = statement('DELETE FROM hot WHERE bucket = ?')
const readState = statement<{ value: number }>('SELECT value FROM hot_state WHERE name = ?')
// The value is its own time of writing, so the largest one stays, whoever writes last.
const raiseState = statement('INSERT INTO hot_state (name, value) VALUES (?, ?) USING TIMESTAMP ?')

export const bucketOf = (position: number) => Math.floor(position / hotBucketRows)
const entryOf = ({ seq, msg_id, author, crossed }: Row): HotEntry => ({ position: seq, id: msg_id, author, crossed })

/**
 * Opens the hot log and reads it whole. An append is a compare-and-set on the position after the last one known: who loses
 * it is told of the entry that stands there, so that a copy has no gap, and sees an id that another process appended.
 */
export async function openCassandraHotLog({
  db,
  clock,
  chance,
}: {
  db: Cassandra
  clock: Clock
  chance: Chance
}): Promise<HotLog> {
  const epoch = Number(await madeOnce(db, 'hot_epoch', () => String(chance.epoch())))
  const state = async (name: string) => (await db.one(readState, [name]))?.value ?? 0
  const copy = new HotCopy(0, await state('forgotten'))
  /** The newest bucket that was begun, and the oldest that may hold rows. */
  let newest = await state('bucket')
  let oldest = await load()
  let appending: Promise<unknown> = Promise.resolve()

  function add(row: Row): void {
    if (row.msg_id > copy.forgotten) copy.add(entryOf(row))
    // Of the newest row the position is needed, also when it is forgotten.
    else copy.head = Math.max(copy.head, row.seq)
  }

  /** From the newest bucket back to one that was removed; returns the oldest that was there. */
  async function load(): Promise<number> {
    for (let bucket = newest; bucket >= 0; bucket--) {
      const rows = await db.read(after, [bucket, 0])
      for (const row of rows) add(row)
      // Begun, but nothing came into it yet.
      if (rows.length === 0 && bucket < newest) return bucket + 1
    }
    return 0
  }

  async function readOn(): Promise<void> {
    for (;;) {
      const bucket = bucketOf(copy.head + 1)
      for (const row of await db.read(after, [bucket, copy.head])) add(row)
      if (bucketOf(copy.head + 1) === bucket) return
    }
  }

  const refresh = coalesce(readOn, {
    everyMs: hotRefreshEveryMs,
    now: () => performance.now(),
    sleep: (ms) => clock.sleep(ms),
  })

  /** A bucket is announced before its first row, so that who loads the log knows where to begin. */
  async function announce(bucket: number): Promise<void> {
    if (bucket <= newest) return
    await db.write(raiseState, ['bucket', bucket, bucket])
    newest = bucket
  }

  async function appendNext(id: MessageId, author: UserId, crossed: boolean): Promise<HotEntry> {
    await refresh()
    for (;;) {
      const present = copy.find(id, author)
      if (present !== undefined) return present
      const seq = copy.head + 1
      const bucket = bucketOf(seq)
      await announce(bucket)
      const mine = (row: Row | undefined) => row?.msg_id === id
      const inserted = await db.lwt(insert, [bucket, seq, id, author, crossed], {
        read: one,
        values: [bucket, seq],
        mine,
      })
      if (inserted.applied) return copy.add({ position: seq, id, author, crossed })
      if (inserted.row !== undefined) add(inserted.row)
    }
  }

  return {
    epoch,

    append(id, author, crossed) {
      // One after the other: two of this process would only take positions from each other.
      const entry = appending.then(
        () => appendNext(id, author, crossed),
        () => appendNext(id, author, crossed),
      )
      appending = entry
      return entry
    },

    head: () => copy.head,
    after: (position, limit) => copy.after(position, limit),
    page: (below, wanted, limit) => copy.page(below, wanted, limit),
    reach: () => copy.forgotten,
    refresh,

    async forget(below) {
      await refresh()
      const [largest] = copy.page(below, () => true, 1)
      if (largest === undefined) return
      await db.write(raiseState, ['forgotten', largest, largest])
      copy.forget(below)
      // Never the newest bucket: the last row tells which position comes next.
      for (const kept = bucketOf(Math.min(copy.oldest, copy.head)); oldest < kept; oldest++) {
        await db.write(removeBucket, [oldest])
      }
    },
  }
}
