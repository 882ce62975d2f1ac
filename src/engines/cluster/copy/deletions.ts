import type { Id, MessageId, UserId } from '../../../core/ids.ts'
import { copyScanRows } from '../../../core/limits.ts'
import type { KindReader, KindWriter } from '../../../ports/copy.ts'
import type { Deletion } from '../../../ports/messages.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { partOf } from '../cassandra/deletions.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

type Found = { stamp: Id; id: MessageId; author: UserId; told: boolean | undefined }

const all = statement<Found>('SELECT stamp, id, author, told FROM deletions')
const insert = statement('INSERT INTO deletions (part, stamp, id, author, told) VALUES (?, ?, ?, ?, true)')

export function deletionsReader(db: Cassandra): KindReader<Deletion> {
  return scanReader<Found, Deletion>(db, {
    columns: 'stamp, id, author, told',
    table: 'deletions',
    key: 'part',
    rows: (found) => found.map(({ stamp, id, author }) => ({ stamp, id, author })),
  })
}

export function deletionsWriter(db: Cassandra, marks: Marks): KindWriter<Deletion> {
  return pageWriter(marks, 'deletions', ({ stamp, id, author }) => db.write(insert, [partOf(stamp), stamp, id, author]))
}

/** Deletions that a process left before it had taken the message's rows away. */
export interface Untold {
  /** The rows whose message none of them has taken. */
  without<Row extends { readonly id: MessageId }>(rows: readonly Row[]): Promise<readonly Row[]>
}

/** They are finished by whoever meets them: for a copy, the message is gone. */
export function untoldDeletions(db: Cassandra): Untold {
  let read: Promise<ReadonlySet<MessageId>> | undefined

  async function readIds(): Promise<ReadonlySet<MessageId>> {
    const ids = new Set<MessageId>()
    for (let page: string | undefined; ; ) {
      const { rows, next } = await db.page(all, [], copyScanRows, page)
      for (const { id, told } of rows) if (told !== true) ids.add(id)
      if (next === undefined) return ids
      page = next
    }
  }

  return {
    async without(rows) {
      read ??= readIds()
      const ids = await read
      return ids.size === 0 ? rows : rows.filter(({ id }) => !ids.has(id))
    },
  }
}
