import type { Id } from '../../core/ids.ts'

/** Ids in a stretch of time, the longest first: 19 hours, 70 minutes, 4 minutes. */
const spans = [2 ** 38, 2 ** 34, 2 ** 30] as const
export const shortest = spans.length - 1

/** A stretch of time: its first id, and the word that all of its messages have in the index. */
export interface Stretch {
  readonly first: Id
  readonly word: string
}

/**
 * FTS5 looks for a message that has all of several words through the whole index, whatever range of ids it is given: the
 * range is held against what it found. The word of a stretch, as one more that must be there, bounds its work.
 */
export function stretchOf(id: Id, length: number): Stretch {
  const number = Math.floor(id / spans[length]!)
  return { first: number * spans[length]!, word: `@${length}${number.toString(36)}` }
}

export function stretchWords(id: Id): string[] {
  return spans.map((_, length) => stretchOf(id, length).word)
}
