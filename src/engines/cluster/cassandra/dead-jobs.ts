import type { Id, MessageId } from '../../../core/ids.ts'
import { type Cassandra, statement } from './client.ts'
import { states } from './outbox-jobs.ts'
import { outboxPlace } from './road-keys.ts'

interface DeadRow {
  readonly id: MessageId
  readonly why: string
}

const insertDead = statement('INSERT INTO dead_jobs (part, id, why) VALUES (0, ?, ?)')
const listDead = statement<DeadRow>('SELECT id, why FROM dead_jobs WHERE part = 0 AND id > ? LIMIT ?')
const deleteDead = statement('DELETE FROM dead_jobs WHERE part = 0 AND id = ?')
const readState = statement<{ state: number | undefined }>(
  'SELECT state FROM outbox WHERE minute = ? AND shard = ? AND id = ?',
)

/** Jobs given up, until they are done after all. */
export interface DeadJobs {
  add(id: MessageId, why: string): Promise<void>
  /** By id, without those that were done since: `done` itself does not ask, for nearly none of its jobs was ever dead. */
  list(limit: number): Promise<{ id: MessageId; why: string }[]>
}

export function createDeadJobs(db: Cassandra): DeadJobs {
  async function revived({ id }: DeadRow): Promise<boolean> {
    const row = await db.one(readState, [...outboxPlace(id), id])
    if (row?.state !== states.done) return false
    await db.write(deleteDead, [id])
    return true
  }

  return {
    add: (id, why) => db.write(insertDead, [id, why]),

    async list(limit) {
      const found: DeadRow[] = []
      for (let above: Id = 0; ; ) {
        const rows = await db.read(listDead, [above, limit])
        const over = await Promise.all(rows.map(revived))
        for (const [i, { id, why }] of rows.entries()) if (!over[i] && found.length < limit) found.push({ id, why })
        if (rows.length < limit || found.length === limit) return found
        above = rows.at(-1)!.id
      }
    },
  }
}
