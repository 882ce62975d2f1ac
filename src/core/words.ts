import { wordLengthMax, wordsPerMessageMax } from './limits.ts'

/** Letters, digits, marks and `_` in a row, `#` before and between them. */
const runs = /#?[\p{L}\p{N}\p{M}_]+(?:#[\p{L}\p{N}\p{M}_]+)*/gu
const asciiRuns = /#?[a-z0-9_]+(?:#[a-z0-9_]+)*/g
/** What the runs of strange and of invisible characters alone are not. */
const spoken = /[\p{L}\p{N}]/u
/** What is not ASCII alone. */
export const foreign = /[^\p{ASCII}]/u
/** Marks on letters of alphabets that have cases, or that mostly go without points. */
const diacritics = /([\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{Script=Hebrew}\p{Script=Arabic}])\p{Mn}+/gu
/** Characters of scripts that are written without spaces between words. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]\p{M}*/gu

/** A text without what does not count where texts are compared: case, diacritics, how its characters are put together. */
export function foldText(text: string): string {
  return foreign.test(text) ? fold(text) : text.toLowerCase()
}

/**
 * The different words of a message, as the index holds them: the first `wordsPerMessageMax`. Case and diacritics are folded.
 * A hashtag is two words, one with its `#`. Of scripts without spaces every character is a word, and each pair of them.
 */
export function wordsOf(text: string): Set<string> {
  const words = new Set<string>()
  for (const run of runsOf(text)) {
    const tag = run.startsWith('#')
    const { rest, characters } = parts(tag ? run.slice(1) : run)
    for (const word of rest) words.add(short(word))
    for (const word of characters) words.add(word)
    for (const word of pairs(characters)) words.add(word)
    if (tag) words.add(short(run))
    if (words.size > wordsPerMessageMax) return new Set([...words].slice(0, wordsPerMessageMax))
  }
  return words
}

/** The different words that a query asks for: a message is found when `wordsOf` it has all of them. */
export function searchedWords(query: string): Set<string> {
  const words = new Set<string>()
  for (const run of runsOf(query)) {
    if (run.startsWith('#')) {
      words.add(short(run))
      continue
    }
    const { rest, characters } = parts(run)
    for (const word of rest) words.add(short(word))
    for (const word of characters.length === 1 ? characters : pairs(characters)) words.add(word)
  }
  return words
}

/** Words as they are written, and hashtags: a `#` makes one of what follows it, but not after a letter. */
function runsOf(text: string): string[] {
  const found = (foreign.test(text) ? fold(text).match(runs) : text.toLowerCase().match(asciiRuns)) ?? []
  return found.flatMap(apart).filter((run) => spoken.test(run))
}

function apart(run: string): string[] {
  const at = run.indexOf('#', 1)
  return at < 0 ? [run] : [run.slice(0, at), ...run.slice(at + 1).split('#')]
}

/** Upper case first, which makes `SS` of `ß`; a sigma is the same at the end of a word. */
function fold(text: string): string {
  const bare = text
    .normalize('NFKD')
    .replace(/\p{Cf}/gu, '')
    .replace(diacritics, '$1')
  return bare.toUpperCase().toLowerCase().replaceAll('ς', 'σ').normalize('NFC')
}

/** Characters of scripts without spaces, and what stands between them. */
function parts(run: string): { rest: string[]; characters: string[] } {
  if (!foreign.test(run)) return { rest: [run], characters: [] }
  const characters = run.match(unspaced) ?? []
  return { rest: run.split(unspaced).filter((word) => spoken.test(word)), characters }
}

function pairs(characters: readonly string[]): string[] {
  return characters.slice(1).map((character, i) => characters[i]! + character)
}

/** Longer words are told apart by their beginnings. */
function short(word: string): string {
  return word.length <= wordLengthMax ? word : word.slice(0, wordLengthMax).toWellFormed()
}
