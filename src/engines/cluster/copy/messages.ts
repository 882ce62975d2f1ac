import { type Id, idAt, type MessageId, type UserId } from '../../../core/ids.ts'
import { outboxKeptMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { KindReader, KindWriter, OutboxEntryRow } from '../../../ports/copy.ts'
import type { MessageRecord } from '../../../ports/messages.ts'
import { AuthorIndex } from '../cassandra/author-index.ts'
import { AuthorMonths } from '../cassandra/author-months.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { writtenFor } from '../cassandra/road-keys.ts'
import type { Untold } from './deletions.ts'
import { watermarkOf } from './installation.ts'
import type { JobTable } from './jobs.ts'
import type { Marks } from './marks.ts'
import { pageWriter, scanReader } from './scan.ts'

type EntryFound = { author: UserId; id: MessageId; hot: boolean; prev: MessageId[] | undefined }

const insertMessage = statement('INSERT INTO messages (id, author, body) VALUES (?, ?, ?) USING TIMESTAMP ?')

/** Without those that a deletion has taken, which did not come to its end. */
export function messagesReader(db: Cassandra, untold: Untold): KindReader<MessageRecord> {
  return scanReader<MessageRecord, MessageRecord>(db, {
    columns: 'id, author, body',
    table: 'messages',
    key: 'id',
    rows: (found) => untold.without(found),
  })
}

export function messagesWriter(db: Cassandra, marks: Marks): KindWriter<MessageRecord> {
  return pageWriter(marks, 'messages', ({ id, author, body }) =>
    db.write(insertMessage, [id, author, body, writtenFor(id)]),
  )
}

export function outboxesReader(db: Cassandra, untold: Untold): KindReader<OutboxEntryRow> {
  return scanReader<EntryFound, OutboxEntryRow>(db, {
    columns: 'author, id, hot, prev',
    table: 'by_author',
    key: 'author, month',
    async rows(found) {
      const rows = await untold.without(found)
      return rows.map(({ author, id, hot, prev = [] }) => ({ author, id, mode: hot ? 'hot' : 'pushed', prev }))
    },
  })
}

/**
 * The index, and for messages below the watermark, as far back as outbox rows are kept, the row by which a started process
 * finds them: of those, all done, no other is copied.
 */
export function outboxesWriter(db: Cassandra, marks: Marks, clock: Clock, jobs: JobTable): KindWriter<OutboxEntryRow> {
  const index = new AuthorIndex(db, new AuthorMonths(db, clock))
  const rowsFrom = idAt(clock.now() - outboxKeptMs)
  let watermark: Promise<Id> | undefined
  return pageWriter(marks, 'outboxes', async (entry) => {
    await index.add(entry)
    if (entry.id < rowsFrom) return
    watermark ??= watermarkOf(db)
    if (entry.id < (await watermark)) await jobs.write({ ...entry, crossed: false, done: true, gone: false })
  })
}
