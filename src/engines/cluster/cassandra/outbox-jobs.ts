import type { Id, MessageId, UserId } from '../../../core/ids.ts'
import type { Link } from '../../../core/message.ts'
import type { Job } from '../../../ports/messages.ts'
import type { OutboxRow } from '../../../ports/outbox-rows.ts'
import { type Cassandra, type Statement, statement } from './client.ts'
import { outboxPlace, writtenFor } from './road-keys.ts'
import type { Values } from './rows.ts'

/** What `state` holds; absent: undone. */
export const states = { done: 1, dead: 2 } as const

export interface JobRow {
  readonly id: Id
  /** Undefined: a mark for an id that has no row. */
  readonly author: UserId | undefined
  readonly hot: boolean
  readonly crossed: boolean
  readonly prev: Id[] | undefined
  readonly next_page: string | undefined
  readonly state: number | undefined
}

export const jobColumns = 'id, author, hot, crossed, prev, next_page, state'

const insertRow = statement(
  'INSERT INTO outbox (minute, shard, id, author, hot, crossed, prev, link) VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?',
)
const readLink = statement<{ link: string | undefined }>(
  'SELECT link FROM outbox WHERE minute = ? AND shard = ? AND id = ?',
)

/** The write of a job's row, with what the message answers or boosts. */
export function rowOf({ id, author, mode, crossed, prev }: Job, link?: Link): [Statement, Values] {
  const list = prev.length > 0 ? prev : undefined
  const linked = link && `${link.kind} ${link.message}`
  return [insertRow, [...outboxPlace(id), id, author, mode === 'hot', crossed, list, linked, writtenFor(id)]]
}

/** What the row's message answers or boosts, where that was to be stored. */
export async function linkInRow(db: Cassandra, id: MessageId): Promise<Link | undefined> {
  const [kind, message] = (await db.one(readLink, [...outboxPlace(id), id]))?.link?.split(' ') ?? []
  return kind === 'reply' || kind === 'boost' ? { kind, message: Number(message) } : undefined
}

/** The row as the port shows it. */
export function presentRow(row: JobRow & { author: UserId }): OutboxRow {
  return {
    id: row.id,
    author: row.author,
    mode: row.hot ? 'hot' : 'pushed',
    prev: row.prev ?? [],
    crossed: row.crossed,
    nextPage: row.next_page,
    done: row.state !== undefined,
  }
}

export const isRow = (row: JobRow): row is JobRow & { author: UserId } => row.author !== undefined
