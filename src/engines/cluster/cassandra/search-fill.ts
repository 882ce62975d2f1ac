import { searchFillEveryMs, searchFillLeadTask, searchFillRanges, searchFillRows } from '../../../core/limits.ts'
import type { Log } from '../../../core/log.ts'
import type { Clock } from '../../../ports/clock.ts'
import type { Members } from '../../../ports/members.ts'
import type { MessageRecord } from '../../../ports/messages.ts'
import type { SearchIndex } from '../../../ports/search.ts'
import { type Cassandra, statement } from './client.ts'
import { tokenRanges } from './token-ranges.ts'

const readFills = statement<{ range: number; page: string | undefined; done: boolean | undefined }>(
  'SELECT range, page, done FROM word_fills',
)
const saveFill = statement('INSERT INTO word_fills (range, page, done) VALUES (?, ?, ?)')
const someMessages = statement<MessageRecord>(
  'SELECT id, author, body FROM messages WHERE token(id) > ? AND token(id) <= ?',
)

/** What this takes of the time: the rest is left to others. */
const share = 1 / 3

/**
 * Adds the messages that were there before the index was: those of an older version, of a load, of a copy. One process does
 * it for all, range by range, and goes on where the last one was; an installation that began with the index has none.
 */
export function createSearchFill({
  db,
  clock,
  members,
  index,
  log,
}: {
  db: Cassandra
  clock: Clock
  members: Pick<Members, 'leads'>
  index: Pick<SearchIndex, 'add'>
  log: Log
}): { run(stop: AbortSignal): Promise<void>; done(): boolean } {
  let done = false

  /** Resolves to whether nothing is left. */
  async function fill(stop: AbortSignal): Promise<boolean> {
    const fills = new Map((await db.read(readFills, [])).map((row) => [row.range, row]))
    const ranges = tokenRanges(searchFillRanges)
    if (ranges.every((_, i) => fills.get(i)?.done)) return true
    if (!(await members.leads(searchFillLeadTask))) return false
    for (const [i, bounds] of ranges.entries()) {
      if (fills.get(i)?.done) continue
      for (let page = fills.get(i)?.page; ; ) {
        const began = clock.now()
        const { rows, next } = await db.page(someMessages, bounds, searchFillRows, page)
        await index.add(rows)
        await db.write(saveFill, [i, next, next === undefined])
        if (stop.aborted || !(await members.leads(searchFillLeadTask))) return false
        if (next === undefined) break
        page = next
        await clock.sleep((clock.now() - began) * (1 / share - 1), stop)
      }
    }
    return true
  }

  return {
    done: () => done,
    async run(stop) {
      while (!stop.aborted && !done) {
        try {
          done = await fill(stop)
        } catch (error) {
          log.warn({ error }, 'older messages could not be indexed for search; they will be')
        }
        if (!done) await clock.sleep(searchFillEveryMs, stop)
      }
    },
  }
}
