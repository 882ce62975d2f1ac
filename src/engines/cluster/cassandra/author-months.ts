import type { UserId } from '../../../core/ids.ts'
import { authorMonthsKeptMax, clocksApartMaxMs, settleMs } from '../../../core/limits.ts'
import { RecentMap } from '../../../core/recent-map.ts'
import type { Clock } from '../../../ports/clock.ts'
import { type Cassandra, statement } from './client.ts'
import { monthAt } from './road-keys.ts'

const readMonths = statement<{ month: number }>('SELECT month FROM author_months WHERE author = ?')
const writeMonth = statement('INSERT INTO author_months (author, month) VALUES (?, ?)')

interface Known {
  /** Upward. */
  readonly months: readonly number[]
  /** All months before this one are known. */
  readonly before: number
}

/** The months in which an author has (or had) messages: the partitions of an outbox. */
export class AuthorMonths {
  readonly #db: Cassandra
  readonly #clock: Clock
  readonly #known = new RecentMap<UserId, Known>(authorMonthsKeptMax)
  /** By author the newest month that is noted. */
  readonly #written = new RecentMap<UserId, number>(authorMonthsKeptMax)

  constructor(db: Cassandra, clock: Clock) {
    this.#db = db
    this.#clock = clock
  }

  /** To be awaited before a message of that month is written; undefined where the month is noted. */
  note(author: UserId, month: number): Promise<void> | undefined {
    if (this.#written.get(author) === month) return undefined
    return this.#db.write(writeMonth, [author, month]).then(() => this.seen(author, month))
  }

  /** The month is noted: a message of it was seen in a read of a quorum. */
  seen(author: UserId, month: number): void {
    this.#written.set(author, month)
  }

  /** The newest month an id may be of. */
  newest(): number {
    return monthAt(this.#clock.now() + clocksApartMaxMs)
  }

  /**
   * Months that may have messages, upward. Those that have ended are known once read; the present one, and what began
   * since, is always among them.
   */
  async of(author: UserId): Promise<number[]> {
    const known = this.#known.get(author) ?? (await this.#read(author))
    const months = known.months.filter((month) => month < known.before)
    for (let month = known.before; month <= this.newest(); month++) months.push(month)
    return months
  }

  async #read(author: UserId): Promise<Known> {
    const before = monthAt(this.#clock.now() - settleMs)
    const rows = await this.#db.read(readMonths, [author])
    const known = { months: rows.map(({ month }) => month), before }
    this.#known.set(author, known)
    return known
  }
}
