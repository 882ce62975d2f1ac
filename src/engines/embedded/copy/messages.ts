import type { Database } from 'bun:sqlite'
import type { Id, MessageId, UserId } from '../../../core/ids.ts'
import type { KindReader, KindWriter, OutboxEntryRow } from '../../../ports/copy.ts'
import type { MessageRecord } from '../../../ports/messages.ts'
import { outboxFlags, type PackedPrev, packMode, packPrev, unpackMode, unpackPrev } from '../codes.ts'
import { linkRows } from '../links-writer.ts'
import { type Marks, tableReader, tableWriter } from './table.ts'

export function messagesReader(db: Database): KindReader<MessageRecord> {
  return tableReader(db, [
    {
      name: 'all',
      select: 'SELECT id, author, body FROM messages WHERE id > ? ORDER BY id LIMIT ?',
      count: 'SELECT count(*) FROM messages',
      first: [0],
      key: ({ id }) => [id],
      row: (id: MessageId, author: UserId, body: string): MessageRecord => ({ id, author, body }),
    },
  ])
}

/** Who boosts and answers what follows from the bodies. */
export function messagesWriter(db: Database, marks: Marks): KindWriter<MessageRecord> {
  const links = linkRows(db)
  const insert = db.query('INSERT INTO messages (id, author, body) VALUES (?, ?, ?)')
  return tableWriter(db, marks, 'messages', ({ id, author, body }: MessageRecord) => {
    insert.run(id, author, body)
    links.copied(id, author, body)
  })
}

/** What is in the index, and what is still only in outbox rows (author-index.ts). */
export function outboxesReader(db: Database): KindReader<OutboxEntryRow> {
  const indexedTo = "coalesce((SELECT value FROM meta WHERE key = 'indexed_to'), 0)"
  const tail = `id > ${indexedTo} AND flags & ${outboxFlags.gone} = 0`
  const row = (author: UserId, id: MessageId, mode: number, prev: PackedPrev): OutboxEntryRow => ({
    author,
    id,
    mode: unpackMode(mode),
    prev: unpackPrev(prev),
  })
  return tableReader(db, [
    {
      name: 'indexed',
      select: `SELECT author, id, mode, prev FROM by_author
        WHERE (author, id) > (?, ?) AND id <= ${indexedTo} ORDER BY author, id LIMIT ?`,
      count: `SELECT count(*) FROM by_author WHERE id <= ${indexedTo}`,
      first: [0, 0],
      key: ({ author, id }) => [author, id],
      row,
    },
    {
      name: 'tail',
      select: `SELECT author, id, flags & ${outboxFlags.hot}, prev FROM outbox WHERE id > ? AND ${tail} ORDER BY id LIMIT ?`,
      count: `SELECT count(*) FROM outbox WHERE ${tail}`,
      first: [0],
      key: ({ id }) => [id],
      row,
    },
  ])
}

/**
 * Outbox rows are kept for the newest messages: what the engine's memory of recent messages holds at most. Older ones have
 * none, as after its own trimming.
 */
const outboxRowsMax = 2_097_152

/**
 * The index, and for the newest messages the outbox row by which a start finds them, as a done one: what is not comes later,
 * with the jobs.
 */
export function outboxesWriter(db: Database, marks: Marks): KindWriter<OutboxEntryRow> {
  const insertIndex = db.query('INSERT INTO by_author (author, id, mode, prev) VALUES (?, ?, ?, ?)')
  const insertRow = db.query('INSERT INTO outbox (id, author, flags, prev) VALUES (?, ?, ?, ?)')
  const saveMeta = db.query('INSERT OR REPLACE INTO meta (key, value) VALUES (?, ?)')
  const largest = db.query('SELECT coalesce(max(id), 0) FROM outbox')
  const newest = db.query(`SELECT id FROM messages ORDER BY id DESC LIMIT 1 OFFSET ${outboxRowsMax - 1}`)
  let from: Id | undefined
  /** From this id on every message has its row. */
  function rowsFrom(): Id {
    from ??= ((newest.values() as [Id][])[0] ?? [0])[0]
    return from
  }

  return tableWriter(
    db,
    marks,
    'outboxes',
    ({ author, id, mode, prev }: OutboxEntryRow) => {
      insertIndex.run(author, id, packMode(mode), packPrev(prev))
      if (id >= rowsFrom()) insertRow.run(id, author, packMode(mode) | outboxFlags.done, packPrev(prev))
    },
    () => {
      if (rowsFrom() > 0) saveMeta.run('outbox_from', rowsFrom())
      const [[indexedTo]] = largest.values() as [[Id]]
      saveMeta.run('indexed_to', indexedTo)
    },
  )
}
