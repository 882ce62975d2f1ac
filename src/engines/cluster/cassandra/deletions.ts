import { coalesce } from '../../../core/coalesce.ts'
import { type Id, idAt, type MessageId, timeOf, type UserId } from '../../../core/ids.ts'
import { clocksApartMaxMs, deletionsAgeMs, deletionsHeldMax, settleMs } from '../../../core/limits.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Deletion } from '../../../ports/messages.ts'
import type { Background } from './background.ts'
import { type Cassandra, statement } from './client.ts'
import { HeldDeletions } from './deletions-held.ts'
import { LookedAt } from './looked-at.ts'

interface DeletionRow extends Deletion {
  readonly told: boolean | undefined
}

const insert = statement('INSERT INTO deletions (part, stamp, id, author) VALUES (?, ?, ?, ?)')
const tell = statement('UPDATE deletions SET told = true WHERE part = ? AND stamp = ?')
const readAfter = statement<DeletionRow>(
  'SELECT stamp, id, author, told FROM deletions WHERE part = ? AND stamp > ? LIMIT ?',
)

/** One partition holds the deletions of so long: some 20,000 when a hundredth of 3,000 messages a second is deleted. */
const partMs = 600_000
const partAt = (ms: number) => Math.floor(ms / partMs)
export const partOf = (stamp: Id) => partAt(timeOf(stamp))
/** Partitions read at once when many are. */
const partsAtOnce = 16
/** More than a partition holds. */
const rowsMax = 1_000_000

export interface DeletionsParts {
  readonly db: Cassandra
  readonly clock: Clock
  readonly background: Background
  /** The smallest id in flight of any process: stamps are in flight until their deletion has been told, or has failed. */
  readonly lowestInFlight: () => Id
  /** Takes the message's rows away, and what processes share of it. */
  readonly remove: (id: MessageId, author: UserId) => Promise<void>
  /** Told of each deletion, by whichever process. */
  readonly removed: (id: MessageId, author: UserId) => void
}

/**
 * The log of deletions, and a copy of its last days in memory that is read on at most once a second.
 *
 * A deletion is written before the message's rows go, and marked `told` after: a process that dies between leaves neither
 * a message that is gone and that nobody was told of, nor a deletion that told others to read the body once more before it
 * went. One that is not told when its time has passed is finished by whoever meets it.
 */
export class Deletions {
  readonly #parts: DeletionsParts
  readonly #held: HeldDeletions
  /** No deletion appears at or below this stamp any more, and all there are held (down to `reach`). */
  #settled: Id
  #head: Id = 0
  readonly #looked: LookedAt

  constructor(parts: DeletionsParts) {
    this.#parts = parts
    this.#settled = idAt(parts.clock.now() - settleMs)
    this.#looked = new LookedAt(parts.clock, parts.background, 'new deletions could not be read', () => this.#readOn())
    this.#held = new HeldDeletions(this.#settled, deletionsHeldMax)
  }

  /** Resolves once the rows are gone and everybody may know. */
  async log(deletion: Deletion): Promise<void> {
    const { db } = this.#parts
    const { stamp, id, author } = deletion
    await db.write(insert, [partOf(stamp), stamp, id, author])
    await this.#finish(deletion)
    this.#hold(deletion)
  }

  /** Another process says that it has deleted: the rows are gone, and whoever asks here is told from now on. */
  heard(deletion: Deletion): void {
    this.#hold(deletion)
  }

  async head(): Promise<Id> {
    await this.#looked.fresh()
    // While the last days are being read: up to where they are, all that there is can be read from the store. Never back.
    this.#head = Math.max(this.#head, this.#held.largest(this.#settled), this.#held.reach)
    return this.#head
  }

  async after(above: Id, limit: number): Promise<Deletion[]> {
    await this.#looked.fresh()
    const older = above < this.#held.reach ? await this.#readOlder(above, limit) : []
    if (older.length >= limit) return older.slice(0, limit)
    return [...older, ...this.#held.after(Math.max(above, this.#held.reach), limit - older.length)]
  }

  /** Reads the last days into memory; until it is done, they are read from the store when asked for. */
  async load(stop: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    const { reach } = this.#held
    const found: Deletion[] = []
    const oldest = partAt(clock.now() - deletionsAgeMs)
    for (let part = partOf(reach); part >= oldest && found.length < deletionsHeldMax; part -= partsAtOnce) {
      if (stop.aborted) return
      const parts = await this.#readParts(Math.max(oldest, part - partsAtOnce + 1), part, 0, rowsMax)
      for (const row of parts) if (!row.told && row.stamp <= reach) await this.#finish(row)
      found.push(...parts.filter(({ stamp }) => stamp <= reach))
    }
    if (stop.aborted) return
    const least = found.reduce((stamp, one) => Math.min(stamp, one.stamp), reach)
    this.#held.addOlder(found, found.length < deletionsHeldMax ? 0 : least)
  }

  async #finish({ stamp, id, author }: Deletion): Promise<void> {
    await this.#parts.remove(id, author)
    await this.#parts.db.write(tell, [partOf(stamp), stamp])
  }

  #hold(deletion: Deletion): void {
    if (this.#held.add(deletion)) this.#parts.removed(deletion.id, deletion.author)
  }

  readonly #readOn = coalesce(async () => {
    const { clock, lowestInFlight } = this.#parts
    const began = clock.now()
    // In flight first: a stamp that leaves the flight has its row by then.
    const bound = Math.min(lowestInFlight(), idAt(began - settleMs))
    const rows = await this.#readParts(partOf(this.#settled), partAt(began + clocksApartMaxMs), this.#settled, rowsMax)
    const due = rows.filter(({ told, stamp }) => told || stamp <= bound)
    // Side by side: where Redis cannot be told, each of them waits.
    await Promise.all(due.map((row) => (row.told ? undefined : this.#finish(row))))
    for (const row of due) this.#hold(row)
    this.#settled = Math.max(this.#settled, bound)
    this.#looked.at = began
  })

  /** From the store, up to where memory reaches. */
  async #readOlder(above: Id, limit: number): Promise<Deletion[]> {
    const { reach } = this.#held
    const found: Deletion[] = []
    const oldest = partAt(this.#parts.clock.now() - deletionsAgeMs)
    for (let part = Math.max(oldest, partOf(above)); part <= partOf(reach); part += partsAtOnce) {
      const to = Math.min(partOf(reach), part + partsAtOnce - 1)
      const rows = await this.#readParts(part, to, above, limit)
      for (const { stamp, id, author, told } of rows) if (told && stamp <= reach) found.push({ stamp, id, author })
      if (found.length >= limit) break
    }
    return found
  }

  async #readParts(from: number, to: number, above: Id, limit: number): Promise<DeletionRow[]> {
    const parts = Array.from({ length: Math.max(0, to - from + 1) }, (_, i) => from + i)
    const rows = await Promise.all(parts.map((part) => this.#parts.db.read(readAfter, [part, above, limit])))
    return rows.flat()
  }
}
