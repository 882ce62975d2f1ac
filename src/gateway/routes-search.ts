import { pageLengthDefault } from '../core/limits.ts'
import { MessageList, SearchQuery } from '../core/wire.ts'
import type { Search } from '../services/search.ts'
import { messageBefore } from './arguments.ts'
import { type Row, row } from './table.ts'

/** Messages by words. */
export function searchRows({ search }: { search: Search }): Row[] {
  return [
    row({
      method: 'GET',
      path: '/search',
      query: SearchQuery,
      does: 'Lists messages that hold every word, newest first',
      more: 'A `#` makes a hashtag of a word. A page may be short or empty while `next` is there.',
      answers: { 200: MessageList },
      refuses: [],
      async handle({ reader, query: { query, before, length = pageLengthDefault } }) {
        const below = before === undefined ? undefined : messageBefore(before)
        const { messages, next } = await search(reader, query, below, length)
        const end = next === undefined ? '' : `,"next":"${next}"`
        return { status: 200, json: `{"messages":[${messages.join(',')}]${end}}` }
      },
    }),
  ]
}
