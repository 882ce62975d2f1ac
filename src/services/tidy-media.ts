import type { MessageId } from '../core/ids.ts'
import { timeOf } from '../core/ids.ts'
import {
  mediaBrokenMs,
  mediaDoubtfulMax,
  mediaLateMs,
  mediaTidyEveryMs,
  mediaTidyRows,
  mediaTidyShare,
  mediaUnusedMs,
} from '../core/limits.ts'
import type { Clock } from '../ports/clock.ts'
import { asAvatar, type MediaRecord, type MediaStore, notThere, unused } from '../ports/media.ts'
import type { Members } from '../ports/members.ts'
import type { MessageStore } from '../ports/messages.ts'
import type { UserStore } from '../ports/users.ts'
import type { MediaService } from './media.ts'

/** What all media came to at the last round, by their type. */
export type MediaUse = Readonly<Record<string, { readonly count: number; readonly bytes: number }>>

/** Looks through all media for what nothing shows any more, and takes that away. */
export interface TidyMedia {
  /** One look at all of them; a tenth of the time is spent on it. */
  round(signal: AbortSignal): Promise<void>
  /** Round after round, where this process leads, until `signal` aborts. */
  run(signal: AbortSignal): Promise<void>
  stats(): { readonly taken: number; readonly use: MediaUse }
}

/** The task's name among those that one process leads (`Members.leads`). */
const task = 'media'

export function createTidyMedia({
  media,
  drop,
  messages,
  users,
  members,
  clock,
  log,
}: {
  media: Pick<MediaStore, 'list'>
  drop: MediaService['drop']
  messages: Pick<MessageStore, 'many'>
  /** Those who are withdrawn included. */
  users: Pick<UserStore, 'many'>
  members: Pick<Members, 'leads'>
  clock: Clock
  log: (problem: string, error: unknown) => void
}): TidyMedia {
  let taken = 0
  let use: MediaUse = {}
  /** Pictures that were nobody's at the last round: one is its owner's a moment before that is known of the owner. */
  let doubtful: ReadonlySet<string> = new Set()

  /** Those of the page that are to go; `strange` gains those of which the next round shall say. */
  async function left(page: readonly MediaRecord[], strange: Set<string>): Promise<MediaRecord[]> {
    const now = clock.now()
    const shownIn = page.filter(({ use }) => use > notThere && timeOf(use) + mediaLateMs < now)
    const stored = await messages.many(shownIn.map((medium) => medium.use))
    const gone = new Set<MessageId>(shownIn.flatMap((medium, i) => (stored[i] === undefined ? [medium.use] : [])))
    const pictures = page.filter((medium) => medium.use === asAvatar)
    const owners = await users.many(pictures.map(({ owner }) => owner))
    const nobodys = new Set(pictures.filter(({ id }, i) => owners[i]?.avatar !== id).map(({ id }) => id))
    return page.filter(({ id, use, createdAt }) => {
      if (use === unused) return createdAt + mediaUnusedMs < now
      if (use === notThere) return createdAt + mediaBrokenMs < now
      if (use !== asAvatar) return gone.has(use)
      if (!nobodys.has(id)) return false
      if (strange.size < mediaDoubtfulMax) strange.add(id)
      return doubtful.has(id)
    })
  }

  async function round(signal: AbortSignal): Promise<void> {
    const strange = new Set<string>()
    const found: Record<string, { count: number; bytes: number }> = {}
    for (let page: string | undefined; !signal.aborted; ) {
      const began = clock.now()
      const { media: some, next } = await media.list(page, mediaTidyRows)
      const going = new Set(await left(some, strange))
      for (const medium of going) if (await drop(medium, medium.use)) taken++
      for (const medium of some) {
        if (going.has(medium)) continue
        const of = (found[medium.type] ??= { count: 0, bytes: 0 })
        of.count++
        of.bytes += medium.bytes + medium.previewBytes
      }
      if (next === undefined) {
        use = found
        doubtful = strange
        return
      }
      page = next
      await clock.sleep((clock.now() - began) * (1 / mediaTidyShare - 1), signal)
    }
  }

  return {
    round,
    async run(signal) {
      // At once, so that what uploads take is known; most starts find little.
      for (; !signal.aborted; await clock.sleep(mediaTidyEveryMs, signal)) {
        if (!(await members.leads(task).catch(() => false))) continue
        await round(signal).catch((error: unknown) => log('uploads could not be looked through', error))
      }
    },
    stats: () => ({ taken, use }),
  }
}
