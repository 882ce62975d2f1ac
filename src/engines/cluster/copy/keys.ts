import type { MessageId, UserId } from '../../../core/ids.ts'
import { copySparseRows, idempotencyAgeMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { KeyRow, KindReader, KindWriter } from '../../../ports/copy.ts'
import type { Mode } from '../../../ports/messages.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { isDone } from '../cassandra/idempotency.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

interface Found {
  readonly author: UserId
  readonly key: string
  readonly msg_id: MessageId | undefined
  readonly mode: Mode | undefined
  readonly prev: MessageId[] | undefined
  readonly crossed: boolean | undefined
  readonly done: boolean | undefined
  readonly claimed_at: number | undefined
  readonly finished_id: MessageId | undefined
}

const columns = 'author, key, msg_id, mode, prev, crossed, done, claimed_at'
const find = statement<{ msg_id: MessageId }>('SELECT msg_id FROM idem WHERE author = ? AND key = ?')
// By compare-and-set as all writes of this table, whose clock is the nodes'.
const insert = statement<{ msg_id: MessageId }>(
  `INSERT INTO idem (${columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?) IF NOT EXISTS USING TTL ?`,
)
/** Rows outlive their keys by this (cassandra/idempotency.ts). */
const lifeMs = idempotencyAgeMs + 3_600_000

export function keysReader(db: Cassandra): KindReader<KeyRow> {
  return scanReader<Found, KeyRow>(db, {
    columns: `${columns}, finished_id`,
    table: 'idem',
    key: 'author, key',
    length: copySparseRows,
    rows: (found) =>
      found.flatMap((row) => {
        const { author: user, key, msg_id: id, mode, prev = [], crossed = false, claimed_at } = row
        if (id === undefined || mode === undefined || claimed_at === undefined) return []
        return [{ user, key, claimedAt: claimed_at, job: { id, author: user, mode, prev, crossed }, done: isDone(row) }]
      }),
  })
}

export function keysWriter(db: Cassandra, marks: Marks, clock: Clock): KindWriter<KeyRow> {
  return pageWriter(marks, 'keys', ({ user, key, claimedAt, job, done }) => {
    const { id, mode, prev, crossed } = job
    const seconds = Math.max(1, Math.ceil((claimedAt + lifeMs - clock.now()) / 1_000))
    return db.lwt(insert, [user, key, id, mode, prev, crossed, done, claimedAt, seconds], {
      read: find,
      values: [user, key],
      mine: (row) => row?.msg_id === id,
    })
  })
}
