import { type Id, idMax, type MessageId, type UserId } from '../../../core/ids.ts'
import { authorsReadAtOnce } from '../../../core/limits.ts'
import type { NewMessage, OutboxEntry } from '../../../ports/messages.ts'
import type { AuthorMonths } from './author-months.ts'
import { type Cassandra, type Statement, statement } from './client.ts'
import { monthOf, writtenFor } from './road-keys.ts'

interface IndexRow {
  readonly id: MessageId
  readonly hot: boolean
  readonly prev: MessageId[] | undefined
}

const entryOf = ({ id, hot, prev }: IndexRow): OutboxEntry => ({ id, mode: hot ? 'hot' : 'pushed', prev: prev ?? [] })

const insert = statement(
  'INSERT INTO by_author (author, month, id, hot, prev) VALUES (?, ?, ?, ?, ?) USING TIMESTAMP ?',
)
const remove = statement('DELETE FROM by_author USING TIMESTAMP ? WHERE author = ? AND month = ? AND id = ?')
const between = 'FROM by_author WHERE author = ? AND month = ? AND id > ? AND id < ?'
const entriesDown = statement<IndexRow>(`SELECT id, hot, prev ${between} LIMIT ?`)
const idsDown = statement<{ id: MessageId }>(`SELECT id ${between} LIMIT ?`)
const idsUp = statement<{ id: MessageId }>(`SELECT id ${between} ORDER BY id ASC LIMIT ?`)
const countAll = statement<{ count: number }>('SELECT count(*) FROM by_author WHERE author = ? AND month = ?')

/** The outboxes: each author's messages in order, in partitions of one month. */
export class AuthorIndex {
  readonly #db: Cassandra
  readonly #months: AuthorMonths

  constructor(db: Cassandra, months: AuthorMonths) {
    this.#db = db
    this.#months = months
  }

  async add({ author, id, mode, prev }: Pick<NewMessage, 'author' | 'id' | 'mode' | 'prev'>): Promise<void> {
    const month = monthOf(id)
    const list = prev.length > 0 ? prev : undefined
    // First the month: whoever sees a row need not note its month.
    const noting = this.#months.note(author, month)
    if (noting !== undefined) await noting
    await this.#db.write(insert, [author, month, id, mode === 'hot', list, writtenFor(id)])
  }

  async remove(author: UserId, id: MessageId, writeTime: number): Promise<void> {
    await this.#db.write(remove, [writeTime, author, monthOf(id), id])
  }

  /** The author's entries with id below `below`, largest id first, at most `limit`. */
  async entries(author: UserId, below: Id, limit: number): Promise<OutboxEntry[]> {
    const rows = await this.#down(entriesDown, author, below, 0, limit)
    return rows.map(entryOf)
  }

  /**
   * The author's newest entries, at most `limit`, of one month: fewer do not mean that there are no older ones, but none
   * means that there are none at all.
   */
  async newestOfMonth(author: UserId, limit: number): Promise<OutboxEntry[]> {
    const month = this.#months.newest()
    const rows = await this.#db.read(entriesDown, [author, month, 0, idMax + 1, limit])
    if (rows.length === 0) return this.entries(author, idMax + 1, limit)
    this.#months.seen(author, month)
    return rows.map(entryOf)
  }

  /** How many messages the author has. */
  async count(author: UserId): Promise<number> {
    const months = await this.#months.of(author)
    const counts = await Promise.all(months.map((month) => this.#db.one(countAll, [author, month])))
    return counts.reduce((sum, row) => sum + (row?.count ?? 0), 0)
  }

  /** The largest ids with `above` < id < `below` of all `authors`, largest first, at most `limit`. */
  down(authors: Float64Array, below: Id, above: Id, limit: number): Promise<MessageId[]> {
    return merge(
      authors,
      limit,
      (a, b) => b - a,
      (author, worst) => this.#down(idsDown, author, below, worst ?? above, limit),
    )
  }

  /** The smallest ids above `above` of all `authors`, smallest first, at most `limit`. */
  up(authors: Float64Array, above: Id, limit: number): Promise<MessageId[]> {
    return merge(
      authors,
      limit,
      (a, b) => a - b,
      (author, worst) => this.#up(author, above, worst ?? idMax + 1, limit),
    )
  }

  async #down<Row extends { id: Id }>(
    read: Statement<Row>,
    author: UserId,
    below: Id,
    above: Id,
    limit: number,
  ): Promise<Row[]> {
    const found: Row[] = []
    // The present month first: most answers lie in it, and need no list of months.
    let month = Math.min(this.#months.newest(), monthOf(Math.max(0, below - 1)))
    const oldest = monthOf(above + 1)
    let older: number[] | undefined
    for (;;) {
      if (month < oldest) return found
      found.push(...(await this.#db.read(read, [author, month, above, below, limit - found.length])))
      if (found.length >= limit) return found
      older ??= (await this.#months.of(author)).filter((one) => one < month)
      const next = older.pop()
      if (next === undefined) return found
      month = next
    }
  }

  async #up(author: UserId, above: Id, below: Id, limit: number): Promise<{ id: MessageId }[]> {
    const found: { id: MessageId }[] = []
    const [first, last] = [monthOf(above + 1), monthOf(Math.max(0, below - 1))]
    const present = this.#months.newest()
    const months = first >= present ? [present] : await this.#months.of(author)
    for (const month of months) {
      if (month < first || month > last) continue
      found.push(...(await this.#db.read(idsUp, [author, month, above, below, limit - found.length])))
      if (found.length >= limit) break
    }
    return found
  }
}

/**
 * One question an author, some at once; once `limit` ids are known, the worst of them bounds the questions that follow, so
 * that most of these find nothing.
 */
async function merge(
  authors: Float64Array,
  limit: number,
  order: (a: number, b: number) => number,
  read: (author: UserId, worst: MessageId | undefined) => Promise<{ id: MessageId }[]>,
): Promise<MessageId[]> {
  let found: MessageId[] = []
  let worst: MessageId | undefined
  let next = 0

  async function work(): Promise<void> {
    while (next < authors.length) {
      const rows = await read(authors[next++]!, worst)
      for (const { id } of rows) found.push(id)
      if (found.length >= 2 * limit || (worst === undefined && found.length >= limit)) {
        found = found.sort(order).slice(0, limit)
        worst = found.at(-1)
      }
    }
  }

  await Promise.all(Array.from({ length: Math.min(authorsReadAtOnce, authors.length) }, work))
  return found.sort(order).slice(0, limit)
}
