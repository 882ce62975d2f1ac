import { textOf } from '../../core/message.ts'
import { wordsOf } from '../../core/words.ts'
import type { SearchIndex } from '../../ports/search.ts'
import { idsBelow, insert } from './sorted.ts'
import type { MemoryTruth } from './truth.ts'

export function createMemorySearch(truth: MemoryTruth): SearchIndex {
  let added = 0

  return {
    async add(messages) {
      for (const { id, body } of messages) {
        if (!truth.messages.has(id)) continue
        for (const word of wordsOf(textOf(body))) {
          const ids = truth.words.get(word) ?? []
          truth.words.set(word, ids)
          insert(ids, id)
        }
        added++
      }
    },

    async find(words, below, limit) {
      const [first = [], ...others] = words.map((word) => truth.words.get(word) ?? [])
      const sets = others.map((ids) => new Set(ids))
      const all = idsBelow(first, below, first.length)
      const ids = all.filter((id) => truth.messages.has(id) && sets.every((set) => set.has(id)))
      return { ids: ids.slice(0, limit), rest: ids.length > limit ? ids[limit - 1] : undefined }
    },

    stats: () => ({ added, waiting: undefined, older: false }),
  }
}
