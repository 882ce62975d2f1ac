import { type Id, idMax, idSpan, type MessageId, type UserId } from '../../../core/ids.ts'
import { namedWithinMs } from '../../../core/limits.ts'
import type { RecentMap } from '../../../core/recent-map.ts'
import type { Mode } from '../../../ports/messages.ts'
import type { AuthorIndex } from './author-index.ts'
import { monthOf } from './road-keys.ts'

/** Index rows read at first: enough for an author who is not known to have needed more … */
const rowsAtFirst = 4
/** … and then, for one who writes much, or whose fan-out lags. */
const rowsAtOnce = 64

export interface Tips {
  readonly newest: MessageId
  readonly mode: Mode
  readonly tips: { id: MessageId; mode: Mode }[]
}

/**
 * The author's newest message, and those that no other one names as its `prev`: one read of the outbox's newest rows, of a
 * quorum, for any process may have stored the last one.
 *
 * It ends at the watermark (what lies below is done), or `namedWithinMs` below the newest row, whichever comes first. The
 * second holds because a publish reads the tips, takes its id, and stores within 10 s: whatever was stored before it read
 * the tips is named, by it or by one before it. So a row that a later one does not name was stored at most 10 s after its
 * id and not before that later one read the tips, which was seconds before its own id. And where the naming row was
 * deleted since, either one after it names it, and its outbox row leads on; or those that remain overlapped with it, and
 * name what it named.
 *
 * `frequent`: authors of whom the first rows were not enough, kept by us.
 */
export async function readTips(
  index: AuthorIndex,
  author: UserId,
  watermark: () => Promise<Id>,
  frequent: RecentMap<UserId, true>,
): Promise<Tips> {
  const named = new Set<MessageId>()
  const tips: { id: MessageId; mode: Mode }[] = []
  let newest: { id: MessageId; mode: Mode } | undefined
  let end: Id = 0
  let below: Id = idMax + 1
  for (let length = frequent.get(author) ? rowsAtOnce : rowsAtFirst; ; length = rowsAtOnce) {
    const first = newest === undefined
    if (!first) frequent.set(author, true)
    const rows = await (first ? index.newestOfMonth(author, length) : index.entries(author, below, length))
    if (newest === undefined) {
      newest = rows[0]
      if (newest === undefined) return { newest: 0, mode: 'pushed', tips }
      end = Math.max(await watermark(), newest.id - idSpan(namedWithinMs))
    }
    for (const { id, mode, prev } of rows) {
      if (id < end) return { newest: newest.id, mode: newest.mode, tips }
      if (!named.has(id)) tips.push({ id, mode })
      for (const before of prev) named.add(before)
      below = id
    }
    // What the end leaves to read may lie in the month before.
    const all = rows.length < length && (!first || monthOf(end) === monthOf(newest.id))
    if (all) return { newest: newest.id, mode: newest.mode, tips }
  }
}
