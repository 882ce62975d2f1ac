import type { MessageId } from '../../core/ids.ts'
import type { MessageCounts } from '../../core/message.ts'
import { noCounts } from '../../core/message.ts'
import { RecentMap } from '../../core/recent-map.ts'
import type { EmbeddedDatabase } from './database.ts'

/** Counts held in memory: those of the pages that are read, zeros too. */
const countsHeldMax = 100_000

/**
 * What people have made of each message. This process is the only one that writes, and answers come in the order of the
 * commits: what is held is true as long as each change is told here.
 */
export class EmbeddedCounts {
  readonly #held = new RecentMap<MessageId, MessageCounts>(countsHeldMax)
  readonly #read

  constructor({ reader }: EmbeddedDatabase) {
    this.#read = reader.query('SELECT likes, boosts, replies FROM counts WHERE message = ?')
  }

  of(message: MessageId): MessageCounts {
    const held = this.#held.get(message)
    if (held !== undefined) return held
    const [row] = this.#read.values(message) as [number, number, number][]
    const found = row === undefined ? noCounts : { likes: row[0], boosts: row[1], replies: row[2] }
    this.#held.set(message, found)
    return found
  }

  changed(message: MessageId): void {
    this.#held.delete(message)
  }
}
