import { type Id, idAt, type MessageId, type UserId } from '../../../core/ids.ts'
import { outboxKeptMs, recountsAtOnce } from '../../../core/limits.ts'
import { linkOf } from '../../../core/message.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { KindReader, KindWriter, OutboxEntryRow } from '../../../ports/copy.ts'
import type { MessageRecord } from '../../../ports/messages.ts'
import { AuthorIndex } from '../cassandra/author-index.ts'
import { AuthorMonths } from '../cassandra/author-months.ts'
import { claimCopied } from '../cassandra/boosts.ts'
import { chunks } from '../cassandra/chunks.ts'
import { type Cassandra, statement } from '../cassandra/client.ts'
import { createLinkCounts } from '../cassandra/link-counts.ts'
import { insertLink, linkShard } from '../cassandra/link-rows.ts'
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

/** Messages, and what follows from their bodies: the rows of replies and boosts, and their counts. */
export function messagesWriter(db: Cassandra, marks: Marks, clock: Clock): KindWriter<MessageRecord> {
  const likeCounts = { forget() {} }
  const boosts = createLinkCounts({ db, clock, kind: 'boosts', likeCounts })
  const replies = createLinkCounts({ db, clock, kind: 'replies', likeCounts })

  async function write({ id, author, body }: MessageRecord): Promise<void> {
    const link = linkOf(body)
    if (link !== undefined) {
      await insertLink(db, id, author, link)
      if (link.kind === 'boost') await claimCopied(db, author, link.message, id)
    }
    await db.write(insertMessage, [id, author, body, writtenFor(id)])
  }

  async function count(rows: readonly MessageRecord[]): Promise<void> {
    const shards = new Map<string, () => Promise<unknown>>()
    for (const { id, author, body } of rows) {
      const link = linkOf(body)
      if (link === undefined) continue
      const shard = linkShard(id, author, link)
      const counts = link.kind === 'boost' ? boosts : replies
      shards.set(`${link.kind} ${link.message} ${shard}`, () => counts.recount(link.message, shard))
    }
    for (const some of chunks([...shards.values()], recountsAtOnce)) await Promise.all(some.map((recount) => recount()))
  }

  return pageWriter(marks, 'messages', write, { after: count })
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
