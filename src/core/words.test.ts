import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { wordLengthMax, wordsPerMessageMax } from './limits.ts'
import { searchedWords, wordsOf } from './words.ts'

const words = (text: string) => [...wordsOf(text)]
const searched = (query: string) => [...searchedWords(query)]

describe('words', () => {
  test('are letters, digits and _ in a row, each once', () => {
    expect(words("It's 10 o'clock, o_O! ___ it")).toEqual(['it', 's', '10', 'o', 'clock', 'o_o'])
    expect(words('https://example.org/a?b=c')).toEqual(['https', 'example', 'org', 'a', 'b', 'c'])
    expect(words('😀 … #')).toEqual([])
  })

  test('are the same in either case, with and without diacritics', () => {
    for (const [one, other] of [
      ['CAFÉ', 'cafe'],
      ['Straße', 'STRASSE'],
      ['ΟΔΥΣΣΕΎΣ.', 'οδυσσευς'],
      ['İSTANBUL', 'istanbul'],
      ['Ёлка', 'елка'],
      ['ｆｕｌｌ ﬁne', 'full fine'],
      ['שָׁלוֹם', 'שלום'],
      ['a\u0301\u0302', 'a'],
      ['so\u00adft', 'soft'],
    ] as const) {
      expect(words(one)).toEqual(words(other))
      expect(searched(one)).toEqual(words(other))
    }
    // Marks that are letters stay.
    expect(words('हिन्दी')).not.toEqual(words('हन्द'))
  })

  test('a hashtag is two words; looked for, it is one', () => {
    expect(words('#Topic a#b #a#b ##c')).toEqual(['topic', '#topic', 'a', 'b', '#a', 'c', '#c'])
    expect(searched('#Topic')).toEqual(['#topic'])
    expect(searched('topic')).toEqual(['topic'])
  })

  test('of scripts without spaces: characters and pairs', () => {
    expect(words('東京へ abc')).toEqual(['東', '京', 'へ', '東京', '京へ', 'abc'])
    expect(searched('東京へ')).toEqual(['東京', '京へ'])
    expect(searched('京')).toEqual(['京'])
    expect(searched('#東京')).toEqual(['#東京'])
  })

  test('long ones are told apart by their beginnings, and a text by its first words', () => {
    expect(words('x'.repeat(100))).toEqual(['x'.repeat(wordLengthMax)])
    expect(searched(`${'x'.repeat(wordLengthMax)}y`)).toEqual(['x'.repeat(wordLengthMax)])
    expect(words(`${'x'.repeat(wordLengthMax - 1)}𐐨`)[0]!.isWellFormed()).toBe(true)
    const many = Array.from({ length: wordsPerMessageMax + 10 }, (_, i) => `w${i}`)
    expect(words(many.join(' '))).toEqual(many.slice(0, wordsPerMessageMax))
  })

  test('whatever is written is found by any part of it that is set off by spaces', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme', minLength: 1 })), fc.nat(), (parts, at) => {
        const part = parts[at % parts.length] ?? ''
        const has = wordsOf(parts.join(' '))
        return searched(part).every((word) => has.has(word))
      }),
      { numRuns: 500 },
    )
  })
})
