import type { UserId } from '../../../core/ids.ts'
import { namesLookedAt, userWordShards } from '../../../core/limits.ts'
import { foldHandle } from '../../../core/text.ts'
import { foldText } from '../../../core/words.ts'
import type { UserRecord } from '../../../ports/users.ts'
import { type Cassandra, statement } from './client.ts'
import { shardOfText } from './text-shards.ts'

interface Word {
  word: string
  handle: string
  user_id: UserId
}
type Kind = 'h' | 'n'

const insert = statement(
  'INSERT INTO user_words (kind, first, shard, word, handle, user_id) VALUES (?, ?, ?, ?, ?, ?) USING TIMESTAMP ?',
)
const remove = statement(
  'DELETE FROM user_words USING TIMESTAMP ? WHERE kind = ? AND first = ? AND shard = ? AND word = ? AND handle = ?',
)
const range = statement<Word>(
  `SELECT word, handle, user_id FROM user_words
   WHERE kind = ? AND first = ? AND shard = ? AND word >= ? AND word < ? LIMIT ?`,
)

/** What a text stands under now, and may stand under from before: names were folded as handles are at first. */
const foldings = (text: string) => [...new Set([foldText(text), foldHandle(text)])].filter((word) => word !== '')
const firstOf = (word: string) => String.fromCodePoint(word.codePointAt(0)!)
/** Above every text that begins with it: Cassandra compares bytes of UTF-8, and this is the largest character. */
const above = (prefix: string) => `${prefix}\u{10ffff}`

/** By the handle, so that a user's words lie in one shard, and users who begin alike in all of them. */
const shardOf = (handle: string) => shardOfText(handle, userWordShards)

/**
 * Handles and names by prefix. Words that begin with the same character lie in `userWordShards` partitions, by handle's
 * hash: a million users who are all called alike make 62,500 rows in each, and a search reads a piece of all of them.
 */
export function createUserWords(db: Cassandra) {
  const shards = Array.from({ length: userWordShards }, (_, shard) => shard)

  /** From each shard at most `limit` words between the bounds, smallest first. */
  async function between(kind: Kind, first: string, from: string, to: string, limit: number): Promise<Word[]> {
    const found = await Promise.all(shards.map((shard) => db.read(range, [kind, first, shard, from, to, limit])))
    return found.flat()
  }

  return {
    /** `at` is the time of writing, in microseconds: that of the value itself, so that of two changes the later counts. */
    async add(kind: Kind, text: string, handle: string, user: UserId, at: number): Promise<void> {
      const word = foldText(text)
      if (word === '') return
      await db.write(insert, [kind, firstOf(word), shardOf(handle), word, handle, user, at])
    },

    /** Takes away what was written at `at` or before. */
    async remove(kind: Kind, text: string, handle: string, at: number): Promise<void> {
      const words = foldings(text)
      await Promise.all(words.map((word) => db.write(remove, [at, kind, firstOf(word), shardOf(handle), word, handle])))
    },

    matches: ({ handle, name }: UserRecord, prefix: string): boolean =>
      [handle, foldText(name)].some((word) => word.startsWith(foldText(prefix))),

    /**
     * Users by handle upward, after the handle `after`: at least the next `length` whose handle begins so, and those among
     * the first `namesLookedAt` names of each shard. Some may be called otherwise by now.
     */
    async find(prefix: string, after: string | undefined, length: number): Promise<Word[]> {
      const wanted = foldText(prefix)
      if (wanted === '') return []
      const from = after !== undefined && after >= wanted ? `${after}\0` : wanted
      const [handles, ...names] = await Promise.all([
        between('h', firstOf(wanted), from, above(wanted), length),
        ...foldings(prefix).map((word) => between('n', firstOf(word), word, above(word), namesLookedAt)),
      ])
      const byHandle = new Map(handles!.map((word) => [word.handle, word]))
      for (const word of names.flat()) if (after === undefined || word.handle > after) byHandle.set(word.handle, word)
      return [...byHandle.values()].sort((a, b) => (a.handle < b.handle ? -1 : 1))
    },
  }
}
