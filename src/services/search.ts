import { idMax, type MessageId, type UserId } from '../core/ids.ts'
import { pageEntriesMax } from '../core/limits.ts'
import { searchedWords } from '../core/words.ts'
import type { SearchIndex } from '../ports/search.ts'
import type { MessageList } from './author-messages.ts'
import type { Bodies, Body } from './bodies.ts'
import type { Present } from './present.ts'
import type { Visibility } from './visibility.ts'

/**
 * Messages that hold every word of `query` (one at least), newest first, below `before`. A page is filled past what is gone
 * or hidden, up to `pageEntriesMax` entries looked at, and as far as the index goes at once: it may be short, or empty,
 * while there is a `next`.
 */
export type Search = (
  reader: UserId,
  query: string,
  before: MessageId | undefined,
  length: number,
) => Promise<MessageList>

export function createSearch({
  index,
  bodies,
  present,
  visibility,
}: {
  index: Pick<SearchIndex, 'find'>
  bodies: Pick<Bodies, 'many'>
  present: Pick<Present, 'bodies'>
  visibility: Pick<Visibility, 'blockedAmong'>
}): Search {
  /** What there still is of them, and the reader may see. */
  async function shown(reader: UserId, ids: readonly MessageId[]): Promise<Body[]> {
    const there = (await bodies.many(ids)).filter((body) => body !== undefined)
    const others = new Set(there.map(({ author }) => author))
    others.delete(reader)
    const blocked = others.size === 0 ? others : await visibility.blockedAmong(reader, [...others])
    return there.filter(({ author }) => !blocked.has(author))
  }

  return async function search(reader, query, before = idMax + 1, length) {
    const words = [...searchedWords(query)]
    const messages: string[] = []
    let below = before
    for (let looked = 0; ; ) {
      const wanted = length - messages.length
      // One more than wanted tells whether there is a following page.
      const found = await index.find(words, below, wanted + 1)
      const ids = found.ids.slice(0, wanted)
      messages.push(...(await present.bodies(reader, await shown(reader, ids))))
      looked += ids.length
      const rest = found.ids.length > wanted ? ids.at(-1) : found.rest
      if (rest === undefined) return { messages }
      const full = messages.length === length || looked >= pageEntriesMax
      if (full || found.ids.length <= wanted) return { messages, next: String(rest) }
      below = rest
    }
  }
}
